/** Plans a promotion or a rollback: finds the records, checks that their images can be pulled, and plans their versions. */
import pLimit from 'p-limit';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../../core/contract/errors';
import type { Plan } from '../../core/contract/plan';
import type { RecordedInput } from '../../core/contract/run-input';
import { promotionPlan, type RecordedService, recordedVersion } from '../../core/planning/build-plan';
import { unknownServices } from '../../core/planning/check-plan-input';
import type { GitHost, SourceRepository } from '../../core/ports/git';
import type { ImageRegistry } from '../../core/ports/registry';
import type { ObjectStore } from '../../core/ports/store';
import { environmentOf, filesOf, type LockPath, lockPaths } from '../../core/settings/environment';
import type { Environment, Settings } from '../../core/settings/schema';
import { writeVersions } from '../../core/values/release-edits';
import { type FoundRecords, findRecords, type LockRevision, type RecordSearch } from '../../core/version/lock-history';
import { type LockEntry, parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { type RunBranch, runBranch } from '../../core/webhook/execution-input';
import { whyNotPullable } from '../release/find-manifest';
import { checkVersionOrder } from './version-order';

interface RecordedDependencies {
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
  const target = await readTarget(input, dependencies);
  refuse(unknownServices(input.services ?? [], target.catalog));
  const services = await recordedServices(input, target, dependencies);
  if (input.action === 'promote') await refuseBackwards(services, target, dependencies.git);
  await refuseMissing(services, input, dependencies);
  const { branch, commit, environment } = target;
  const about = { run, input, branch, commit, environment: environment.name, strategy: settings.strategy };
  const plan = await checkVersionOrder(promotionPlan(about, services), { ...target, ...dependencies });
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

/** Returns every service of the run with the record of its image. */
async function recordedServices(
  input: RecordedInput,
  target: Target,
  { settings, git }: RecordedDependencies,
): Promise<readonly RecordedService[]> {
  const { services } = target.catalog;
  const platform = services.filter(({ versioning }) => versioning === 'platform').map(({ name }) => name);
  const version = input.action === 'rollback' ? input.version : input.from;
  const named = input.services === undefined ? {} : { services: input.services };
  const paths = lockPaths(input, target, settings);
  const records = await findRecorded({ ...(version === undefined ? {} : { version }), ...named, platform }, paths, git);
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

/** Edits the values file in memory, so that a problem with it fails the run now. */
function rehearse({ platformVersion, services }: Plan, { valuesText, environment }: Target): void {
  const versions = services.map(({ name, version, origin, values, followsPlatform }) => ({
    name,
    version: version.kind === 'exact' ? version.version : '',
    values,
    followsPlatform,
    ...(origin.kind === 'released' ? { digest: origin.reference } : {}),
  }));
  const moved = platformVersion === undefined ? {} : { platformVersion };
  writeVersions(valuesText, filesOf(environment).values, { ...moved, services: versions });
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidInputError('the run was refused', problems);
}

// ------------------------------------------------------------------------------------------------------------- refusals

/** Images checked at a time. */
const IMAGES_AT_ONCE = 16;

/** Throws `InvalidInput` for services whose image in the environment was built from a later commit. */
async function refuseBackwards(
  services: readonly RecordedService[],
  { lock, environment }: { readonly lock: VersionLock; readonly environment: Environment },
  git: Pick<SourceRepository, 'isAncestor'>,
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
  const { host, namespace } = settings.releases;
  const checks = services.map((each) =>
    limit(async (): Promise<Problem[]> => {
      const { service, record } = each;
      const name = { host, repository: `${namespace}/${service.image}` };
      const reason = await whyNotPullable(name, record.version, record.digest, { registry, store });
      if (reason !== undefined) return [{ path: service.name, message: reason }];
      const version = recordedVersion(each, input);
      const holder = version === record.version ? undefined : await registry.head(name, version);
      if (holder === undefined || holder === record.digest) return [];
      const message = `${host}/${name.repository}:${version} is ${holder} already; a version is given once, so choose the next one`;
      return [{ path: service.name, message }];
    }),
  );
  const problems = (await Promise.all(checks)).flat();
  if (problems.length === 0) return;
  throw new InvalidInputError('the recorded images cannot be used', problems, undefined, ERROR_NAMES.imageMissing);
}

// -------------------------------------------------------------------------------------------------------------- records

/** Commits of a version lock to search: first the newest, then many more, because most searches end among the newest. */
const REVISIONS = [30, 1000];

/**
 * Returns the records, from the first paths that have them. Records of named services may come from several paths, those of a whole
 * release from one.
 */
async function findRecorded(search: RecordSearch, paths: readonly LockPath[], git: GitHost): Promise<FoundRecords> {
  const found = new Map<string, LockEntry>();
  for (const path of paths) {
    const services = search.services?.filter((name) => !found.has(name));
    for (const [name, record] of await searchPath({ ...search, ...(services && { services }) }, path, git)) {
      found.set(name, record);
    }
    const isComplete = search.services === undefined ? found.size > 0 : found.size === search.services.length;
    if (isComplete) break;
  }
  return found;
}

async function searchPath(search: RecordSearch, { branch, path }: LockPath, git: GitHost): Promise<FoundRecords> {
  const head = await git.head(branch);
  if (head === undefined) return new Map();
  if (search.version === undefined) {
    const text = (await git.readFiles(head, [path])).get(path) ?? '';
    return findRecords([{ commit: head, lock: parseVersionLock(text, path) }], search, true);
  }
  let found: FoundRecords = new Map();
  for (const limit of REVISIONS) {
    const { revisions, isWhole } = await readRevisions(head, path, limit, git);
    found = findRecords(revisions, search, isWhole || limit === REVISIONS.at(-1));
    const isComplete = search.services === undefined ? found.size > 0 : found.size === search.services.length;
    if (isComplete || isWhole) break;
  }
  return found;
}

async function readRevisions(head: string, path: string, limit: number, git: GitHost) {
  const log = await git.log(head, path, limit);
  const texts = await git.blobs([...new Set(log.flatMap(({ id }) => id ?? []))]);
  const revisions = log.flatMap(({ commit, id }): LockRevision[] => {
    const lock = id === undefined ? new Map() : lockIn(texts.get(id)?.toString('utf8') ?? '', path);
    return lock === undefined ? [] : [{ commit, lock }];
  });
  return { revisions, isWhole: log.length < limit };
}

/** Returns undefined for a state that does not parse: no release wrote it. */
function lockIn(text: string, path: string): VersionLock | undefined {
  try {
    return parseVersionLock(text, path);
  } catch {
    return undefined;
  }
}
