/** Plans a promotion or a rollback: finds the records, checks that their images can be pulled, and plans their versions. */
import pLimit from 'p-limit';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../../core/contract/errors';
import type { Plan } from '../../core/contract/plan';
import type { RecordedInput, RollbackInput } from '../../core/contract/run-input';
import { promotionPlan, type RecordedService, recordedVersion, type TakenOver } from '../../core/planning/build-plan';
import { unknownChartServices, unknownServices } from '../../core/planning/check-plan-input';
import { checkPulledNames } from '../../core/planning/registries/pulled-names';
import type { SourceGit, ValuesGit } from '../../core/ports/git';
import type { ImageRegistry } from '../../core/ports/registry';
import type { ObjectStore } from '../../core/ports/store';
import { environmentBefore, environmentOf, lockPaths } from '../../core/settings/environment';
import type { Environment } from '../../core/settings/environment-schema';
import { filesOf, writtenPaths } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import { repositoryIn } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { writeFiles } from '../../core/values/release-edits';
import { type CommitOfRun, sharedVersion, undoRun } from '../../core/version/lock-history';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { type RunBranch, runBranch } from '../../core/webhook/execution-input';
import { whyNotPullable } from '../release/find-manifest';
import { findRecorded, findRun, type PlaceOfRun, placeOfRun } from './read-records';
import { headOfValues } from './read-source';
import { checkVersionOrder } from './version-order';

interface RecordedDependencies {
  readonly settings: Settings;
  readonly git: SourceGit;
  readonly valuesGit: ValuesGit;
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
}

/** The branch as it is now. */
interface Target extends RunBranch {
  readonly environment: Environment;
  readonly commit: string;
  /** The commit of the values repository; undefined if the monorepo has the values files. */
  readonly valuesCommit: string | undefined;
  readonly catalog: Catalog;
  readonly lock: VersionLock;
  /** Texts of the environment's files by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Returns the plan. Throws `InvalidInput` for releases that no version lock records and for promotions that would go back, `ImageMissing`
 * for images that cannot be pulled.
 */
export async function planPromotion(
  run: string,
  input: RecordedInput,
  dependencies: RecordedDependencies,
): Promise<Plan> {
  const { settings } = dependencies;
  const source = input.run === undefined ? undefined : await placeOfRun(input.run, dependencies.store);
  const target = await readTarget(input, source, dependencies);
  refuse([
    ...unknownServices(input.services ?? [], target.catalog),
    ...unknownChartServices(target.environment, target.catalog),
  ]);
  const { services, taken } =
    input.run === undefined
      ? { services: await recordedServices(input, target, dependencies), taken: undefined }
      : await servicesOfRun(input, input.run, source, target, dependencies);
  if (input.action === 'promote') await refuseBackwards(services, target, dependencies.git);
  await refuseMissing(services, input, dependencies);
  const { branch, commit, valuesCommit, environment, lock } = target;
  const { strategy } = settings;
  const about = { run, input, branch, commit, valuesCommit, lock, environment: environment.name, strategy };
  const planned = promotionPlan(about, services, taken);
  // An undo keeps the versions of the earlier run, so none is new.
  const plan = taken === undefined ? await checkVersionOrder(planned, { ...target, ...dependencies }) : planned;
  rehearse(plan, target);
  return checkPulledNames(plan, { ...target, settings });
}

/** A rollback of a run is about the environment and the branch of that run. */
async function readTarget(
  given: RecordedInput,
  source: PlaceOfRun | undefined,
  { settings, git, valuesGit }: RecordedDependencies,
): Promise<Target> {
  const input = given.action === 'rollback' ? { ...source, ...given } : given;
  const { branch, rule } = runBranch(input, settings);
  const environment = environmentOf(settings, rule, input);
  const files = filesOf(environment);
  const { catalogFile, valuesRepository } = settings;
  const isOne = valuesRepository === undefined;
  const written = writtenPaths(files);
  const wanted = [...written, files.lock];
  const own = [catalogFile, ...(isOne ? wanted : [])];
  const commit = await git.resolve(`refs/heads/${branch}`, own);
  const valuesCommit = isOne ? undefined : await headOfValues(valuesBranch(settings, branch), wanted, valuesGit);
  const found = await git.readFiles(commit, own);
  const texts = valuesCommit === undefined ? found : await valuesGit.readFiles(valuesCommit, wanted);
  const missing = (paths: readonly string[], there: ReadonlyMap<string, string>, where: string) =>
    paths.filter((path) => !there.has(path)).map((path) => ({ path, message: `is not in commit ${where}` }));
  const here = `${commit.slice(0, 8)} of branch ${branch}`;
  const there = valuesCommit === undefined ? here : `${valuesCommit.slice(0, 8)} of the values repository`;
  refuse([...missing([catalogFile], found, here), ...missing(written, texts, there)]);
  return {
    branch,
    rule,
    environment,
    commit,
    valuesCommit,
    catalog: parseCatalog(found.get(catalogFile) ?? ''),
    lock: parseVersionLock(texts.get(files.lock) ?? '', files.lock),
    texts,
  };
}

/** Returns every service of the run with the record of its image. */
async function recordedServices(
  input: RecordedInput,
  target: Target,
  { settings, valuesGit }: RecordedDependencies,
): Promise<readonly RecordedService[]> {
  const { services } = target.catalog;
  const platform = services.filter(({ versioning }) => versioning === 'platform').map(({ name }) => name);
  const version = input.action === 'rollback' ? input.version : input.from;
  const named = input.services === undefined ? {} : { services: input.services };
  const paths = lockPaths(input, target, settings);
  const records = await findRecorded(
    { ...(version === undefined ? {} : { version }), ...named, platform },
    paths,
    valuesGit,
  );
  const where = [...new Set(paths.map(({ branch, path }) => `${path} on ${branch}`))].join(', ');
  if (records.size === 0 && input.services === undefined) {
    const message = `${version ?? 'a release'} is not recorded as a release of the platform in ${where}`;
    refuse([{ path: input.action === 'rollback' ? 'version' : 'from', message }]);
  }
  // A service added after a release was not part of it. Without `from`, every service needs an image to promote.
  const wanted = input.services ?? (version === undefined ? platform : []);
  refuse(
    wanted
      .filter((name) => !records.has(name))
      .map((name) => ({ path: 'services', message: `no ${version ?? 'version'} of ${name} is recorded in ${where}` })),
  );
  return services.flatMap((service) => {
    const record = records.get(service.name);
    return record === undefined ? [] : [{ service, record }];
  });
}

/** Returns the services that a run changed or left, each with the record that it gets, and what the plan says of that run. */
async function servicesOfRun(
  input: RecordedInput,
  run: string,
  source: PlaceOfRun | undefined,
  target: Target,
  { settings, valuesGit }: RecordedDependencies,
): Promise<{ readonly services: readonly RecordedService[]; readonly taken: TakenOver }> {
  const tested = input.action === 'rollback' ? target.environment : environmentBefore(settings, target.environment);
  if (source !== undefined && source.environment !== tested.name) {
    const message = `${run} updated the environment ${source.environment}, not ${tested.name}`;
    refuse([{ path: 'environment', message }]);
  }
  const paths =
    source === undefined
      ? lockPaths(input, target, settings)
      : [{ branch: valuesBranch(settings, source.ref), path: filesOf(tested).lock }];
  const found = await findRun(run, paths, valuesGit);
  const { records, undone } =
    input.action === 'rollback' ? undoneRecords(input, run, found, target) : { records: found.after, undone: {} };
  const services = target.catalog.services.flatMap((service) => {
    const record = records.get(service.name);
    const isNamed = input.services === undefined || input.services.includes(service.name);
    return record === undefined || !isNamed ? [] : [{ service, record }];
  });
  if (services.length === 0) {
    refuse([
      { path: 'services', message: `none of them was changed by ${run}, or all were changed by newer runs since` },
    ]);
  }
  // Only a run that gave the platform its version moves the platform's anchor; otherwise each tag is its own.
  const platform = services.filter(({ service }) => service.versioning === 'platform');
  const isWhole = source === undefined || source.isWhole;
  const shared =
    isWhole && input.services === undefined ? sharedVersion(platform.map(({ record }) => record)) : undefined;
  return { services, taken: { ...(shared === undefined ? {} : { platformVersion: shared }), ...undone } };
}

/** Returns what every service of the run had before, without those that newer runs changed. */
function undoneRecords(
  { reason }: RollbackInput,
  run: string,
  found: CommitOfRun,
  { lock }: Target,
): { readonly records: VersionLock; readonly undone: Pick<TakenOver, 'rollbackOf'> } {
  const { restored, newer, first } = undoRun(found, lock);
  if (restored.size === 0) {
    const message =
      newer.length > 0
        ? `newer runs changed ${newer.join(', ')} since`
        : `it changed no service that was released before${first.length === 0 ? '' : ` (new: ${first.join(', ')})`}`;
    refuse([{ path: 'run', message: `${run} cannot be undone: ${message}` }]);
  }
  const rollbackOf = { run, commit: found.commit, newer, ...(reason === undefined ? {} : { reason }) };
  return { records: restored, undone: { rollbackOf } };
}

/** Edits the values files in memory, so that a problem with them fails the run now. */
function rehearse({ platformVersion, services }: Plan, { texts, environment }: Target): void {
  const versions = services.map(({ name, version, origin, values, followsPlatform }) => ({
    name,
    version: version.kind === 'exact' ? version.version : '',
    values,
    followsPlatform,
    ...(origin.kind === 'released' ? { digest: origin.reference } : {}),
  }));
  const moved = platformVersion === undefined ? {} : { platformVersion };
  writeFiles(filesOf(environment), texts, { ...moved, services: versions });
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError('the run was refused', problems);
}

/** Images checked at a time. */
const IMAGES_AT_ONCE = 16;

/** Throws `InvalidInput` for services whose image in the environment was built from a later commit. */
async function refuseBackwards(
  services: readonly RecordedService[],
  { lock, environment }: { readonly lock: VersionLock; readonly environment: Environment },
  git: Pick<SourceGit, 'isAncestor' | 'holds'>,
): Promise<void> {
  const problems = services.map(async ({ service: { name }, record }): Promise<Problem[]> => {
    const there = lock.get(name);
    if (there === undefined || there.source === record.source) return [];
    if (!(await git.isAncestor(record.source, there.source))) return [];
    const message = `${name} is at ${there.version} in environment ${environment.name}, built from a later commit than ${record.version}; promote a later version, or roll back`;
    return [{ path: 'services', message }];
  });
  const found = (await Promise.all(problems)).flat();
  if (found.length > 0) throw new InvalidInputError('a promotion must not go back to an earlier commit', found);
}

/** Throws `ImageMissing` with every image that cannot be pulled, and every new version that another image has. */
async function refuseMissing(
  services: readonly RecordedService[],
  input: RecordedInput,
  { settings, registry, store }: { settings: Settings; registry: ImageRegistry; store: ObjectStore },
): Promise<void> {
  const limit = pLimit(IMAGES_AT_ONCE);
  const checks = services.map((each) =>
    limit(async (): Promise<Problem[]> => {
      const { service, record } = each;
      const name = repositoryIn(settings.releases, service.image);
      const reason = await whyNotPullable(name, record.version, record.digest, { registry, store });
      if (reason !== undefined) return [{ path: service.name, message: reason }];
      const version = recordedVersion(each, input);
      const holder = version === record.version ? undefined : await registry.head(name, version);
      if (holder === undefined || holder === record.digest) return [];
      const message = `${name.host}/${name.repository}:${version} is ${holder} already; a version is given once, so choose the next one`;
      return [{ path: service.name, message }];
    }),
  );
  const problems = (await Promise.all(checks)).flat();
  if (problems.length === 0) return;
  throw new InvalidInputError('the recorded images cannot be used', problems, undefined, ERROR_NAMES.imageMissing);
}
