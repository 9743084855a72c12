/** The checks of `pipeline doctor` for rollouts: clusters, namespaces, alarms, and scripts at the head of each branch. */
import type { Catalog } from '../../core/catalog/model';
import { judgeConvergence } from '../../core/convergence/judge-convergence';
import { type Finding, later, ok, problem } from '../../core/doctor/finding';
import type { Cluster } from '../../core/ports/cluster';
import type { ValuesGit } from '../../core/ports/git';
import type { AlarmReader } from '../../core/ports/rollout';
import type { Environment } from '../../core/settings/environment-schema';
import { imageNameIn, registryOf } from '../../core/settings/registry/environment-registry';
import { neededFiles, ownBranches } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';
import { runCheck } from './run-check';

export interface RolloutCheck {
  readonly settings: Settings;
  readonly catalog: Catalog | undefined;
  readonly openCluster: (name: string) => Promise<Cluster>;
  /** Undefined for a local pipeline, whose alarms are files. */
  readonly alarms: AlarmReader | undefined;
  /** Undefined if no login can read the repository with the values files. */
  readonly valuesGit: Pick<ValuesGit, 'head' | 'readFiles' | 'holds'> | undefined;
}

/** Checks the rollout of every environment. */
export async function checkRollouts(check: RolloutCheck): Promise<readonly Finding[]> {
  const found = check.settings.environments.map(async (environment) => [
    ...(await checkNamespace(environment, check)),
    ...(await checkAlarms(environment, check)),
    ...(await checkFiles(environment, check)),
  ]);
  return (await Promise.all(found)).flat();
}

/** Any digest: only the names of images are compared. */
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

async function checkNamespace(
  environment: Environment,
  { settings, catalog, openCluster }: RolloutCheck,
): Promise<readonly Finding[]> {
  const { name, deploy } = environment;
  const { cluster, namespace } = deploy ?? {};
  const place = registryOf(environment, settings);
  if (cluster === undefined || namespace === undefined) return [];
  const check = `cluster of ${name}`;
  const fix = /^https?:/.test(cluster)
    ? `kubectl --server ${cluster} get --raw /readyz`
    : `aws eks describe-cluster --name ${cluster}`;
  return runCheck(check, fix, async () => {
    const snapshot = await (await openCluster(cluster)).snapshot(namespace);
    const images = (catalog?.services ?? []).map(({ name: service, image }) => ({
      service,
      image: imageNameIn(place, image),
      version: 'v0.0.0',
      digest: NO_DIGEST,
    }));
    if (images.length === 0) return later(check, `${cluster} answers; its workloads are not checked without a catalog`);
    const running = judgeConvergence(images, snapshot).filter(({ state }) => state !== 'missing').length;
    if (running > 0)
      return ok(check, `namespace ${namespace} of ${cluster} runs ${running} of ${images.length} images`);
    const text = `namespace ${namespace} of ${cluster} runs none of the ${images.length} images of ${place.host}/${place.namespace}; deploy it once, or correct the namespace`;
    return problem(check, text, `kubectl get deployments,statefulsets,daemonsets --namespace ${namespace}`);
  });
}

async function checkAlarms({ name, watch }: Environment, { alarms }: RolloutCheck): Promise<readonly Finding[]> {
  const names = watch?.alarms ?? [];
  if (names.length === 0 || alarms === undefined) return [];
  const check = `alarms of ${name}`;
  return runCheck(check, 'aws cloudwatch describe-alarms', async () => {
    const states = await alarms.states(names);
    const missing = names.filter((each) => !states.has(each));
    if (missing.length === 0) return ok(check, `${names.length} found`);
    return problem(check, `CloudWatch has no alarm ${missing.join(', ')}`, 'aws cloudwatch describe-alarms');
  });
}

async function checkFiles(
  environment: Environment,
  { settings, valuesGit }: RolloutCheck,
): Promise<readonly Finding[]> {
  const files = neededFiles(environment);
  if (files.length === 0) return [];
  const check = `scripts of ${environment.name}`;
  if (valuesGit === undefined) return [later(check, 'not checked, because no login can read them')];
  const { valuesRepository } = settings;
  const branches = valuesRepository === undefined ? ownBranches(settings, environment.name) : [valuesRepository.branch];
  const findings = branches.map((branch) =>
    runCheck(check, `git ls-tree -r --name-only origin/${branch}`, async () => {
      const head = await valuesGit.head(branch);
      if (head === undefined) return later(check, `there is no branch ${branch} yet`);
      const texts = await valuesGit.readFiles(
        head,
        files.map(({ path }) => path),
      );
      const missing = files.filter(({ path }) => !texts.has(path));
      if (missing.length === 0) return ok(check, `${files.length} found on ${branch}`);
      const names = missing.map(({ path, setting }) => `${path} (${setting})`).join(', ');
      return problem(check, `${branch} has no ${names}`, `git ls-tree -r --name-only origin/${branch}`);
    }),
  );
  return (await Promise.all(findings)).flat();
}
