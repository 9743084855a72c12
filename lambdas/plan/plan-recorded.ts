/** The plan step of a promotion or a rollback: finds the record, makes sure that it can be pulled, and plans its names. */
import type { Catalog } from '../../core/catalog/catalog';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import type { Plan } from '../../core/contract';
import { environmentOf, filesOf } from '../../core/environment';
import { InvalidInputError, type Problem } from '../../core/errors';
import { unknownServices } from '../../core/plan/check-plan-input';
import { type RecordedService, recordedPlan } from '../../core/plan/recorded-plan';
import type { GitHost, ImageRegistry, ObjectStore } from '../../core/ports';
import type { RecordedInput } from '../../core/run-input';
import type { Environment, Settings } from '../../core/settings';
import { lockPlaces } from '../../core/trigger/lock-places';
import { type RunBranch, runBranch } from '../../core/trigger/run-branch';
import { writeVersions } from '../../core/values/release-edits';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { refuseBackwards, refuseMissing } from './check-recorded';
import { findRecorded } from './find-recorded';

export interface RecordedDependencies {
  readonly settings: Settings;
  readonly git: GitHost;
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
}

/** The branch as it is now. */
interface Target extends RunBranch {
  readonly environment: Environment;
  readonly commit: string;
  readonly catalog: Catalog;
  readonly lock: VersionLock;
  readonly valuesText: string;
}

/** Throws `InvalidInput` for what no version lock knows or would go back, `ImageMissing` for what cannot be pulled. */
export async function planRecorded(
  run: string,
  input: RecordedInput,
  dependencies: RecordedDependencies,
): Promise<Plan> {
  const { settings } = dependencies;
  const target = await readTarget(input, dependencies);
  refuse(unknownServices(input.services ?? [], target.catalog));
  const services = await recordedServices(input, target, dependencies);
  if (input.action === 'promote') await refuseBackwards(services, target, dependencies.git);
  await refuseMissing(services, input, dependencies);
  const plan = recordedPlan({
    run,
    input,
    branch: target.branch,
    environment: target.environment.name,
    commit: target.commit,
    strategy: settings.strategy,
    services,
  });
  rehearse(plan, target);
  return plan;
}

async function readTarget(input: RecordedInput, { settings, git }: RecordedDependencies): Promise<Target> {
  const { branch, rule } = runBranch(input, settings);
  const environment = environmentOf(settings, rule, input);
  const paths = { catalog: settings.catalogFile, ...filesOf(environment) };
  const wanted = [paths.catalog, paths.lock, paths.values];
  const commit = await git.resolve(`refs/heads/${branch}`, wanted);
  const texts = await git.readFiles(commit, wanted);
  const missing = [paths.catalog, paths.values].filter((path) => !texts.has(path));
  refuse(missing.map((path) => ({ path, message: `is not in commit ${commit.slice(0, 8)} of branch ${branch}` })));
  return {
    branch,
    rule,
    environment,
    commit,
    catalog: parseCatalog(texts.get(paths.catalog) ?? ''),
    lock: parseVersionLock(texts.get(paths.lock) ?? '', paths.lock),
    valuesText: texts.get(paths.values) ?? '',
  };
}

/** Every service that the run is about, with the record of its image. */
async function recordedServices(
  input: RecordedInput,
  target: Target,
  { settings, git }: RecordedDependencies,
): Promise<readonly RecordedService[]> {
  const { services } = target.catalog;
  const platform = services.filter(({ versioning }) => versioning === 'platform').map(({ name }) => name);
  const version = input.action === 'rollback' ? input.version : input.from;
  const named = input.services === undefined ? {} : { services: input.services };
  const places = lockPlaces(input, target, settings);
  const records = await findRecorded(
    { ...(version === undefined ? {} : { version }), ...named, platform },
    places,
    git,
  );
  const where = [...new Set(places.map(({ branch, path }) => `${path} on ${branch}`))].join(', ');
  if (records.size === 0 && input.services === undefined) {
    const message = `${version ?? 'a release'} is not recorded as a release of the platform in ${where}`;
    refuse([{ path: input.action === 'rollback' ? 'version' : 'from', message }]);
  }
  // What came later than a release was no part of it; but what has no image yet cannot be promoted as it is now.
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

/** Edits the values file in memory: what it cannot take is better known now. */
function rehearse({ platformVersion, services }: Plan, { valuesText, environment }: Target): void {
  const versions = services.map(({ name, version, values, followsPlatform }) => ({
    name,
    version: version.kind === 'exact' ? version.version : '',
    values,
    followsPlatform,
  }));
  const moved = platformVersion === undefined ? {} : { platformVersion };
  writeVersions(valuesText, filesOf(environment).values, { ...moved, services: versions });
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError('the run was refused', problems);
}
