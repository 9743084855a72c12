/** The commit step: updates values file, version lock and IMAGE_VERSIONS.md in one compare-and-swap commit. */
import pLimit from 'p-limit';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { CommitRequest, CommitResult, ReleasedService, ReleaseRecord } from '../../core/contract/release';
import type { Action } from '../../core/contract/run-input';
import type { FileChange, GitHost, SourceRepository } from '../../core/ports/git';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { environmentNamed, filesOf } from '../../core/settings/environment';
import type { Settings } from '../../core/settings/schema';
import { writeVersions } from '../../core/values/release-edits';
import { commitMessage, readTrailers } from '../../core/version/commit-message';
import { parseModuleLock, printModuleLock, updateModuleLock } from '../../core/version/module-lock';
import { compareVersions, parseVersion } from '../../core/version/version';
import {
  type LockEntry,
  parseVersionLock,
  printImageVersions,
  printVersionLock,
  updateLock,
  type VersionLock,
} from '../../core/version/version-lock';
import { readStored } from '../shared/stored';

interface CommitDependencies {
  readonly settings: Settings;
  readonly git: GitHost;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number;
}

/** Tries before giving up, about two minutes. A branch that moves this often needs a person. */
const TRIES = 20;

/** The pause before the second try, in ms. It doubles each time up to the longest, with full jitter. */
const FIRST_PAUSE = 200;

const LONGEST_PAUSE = 10_000;

/**
 * Applies the release to the current head of the branch; never by a rebase of text, never by force. If the branch moves in between, the
 * release and its check for newer ones are applied again to the new head. A run that has committed already finds its commit. The result
 * is stored for the report.
 * Throws `CommitConflict` if the branch is gone or moves at every try.
 */
export async function commitStep(request: CommitRequest, dependencies: CommitDependencies): Promise<CommitResult> {
  const record = await readStored<ReleaseRecord>(dependencies.store, objectKeys.release(request.run));
  const known: KnownFacts = { isAncestor: rememberAncestry(dependencies.git) };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await pause(attempt, dependencies);
    const result = await tryCommit(record, known, dependencies);
    if (result === 'moved') continue;
    await dependencies.store.put(objectKeys.commit(request.run), JSON.stringify(result));
    return result;
  }
  const message = `branch ${record.ref} moved at each of ${TRIES} tries to commit; the images have their versions, so start the run again to commit`;
  throw new PipelineError(ERROR_NAMES.commitConflict, message);
}

/** Facts that hold for all tries. A second lookup would make a try longer, and the branch more likely to move during it. */
interface KnownFacts {
  readonly isAncestor: SourceRepository['isAncestor'];
  /** The version lock at the commit that the run was planned at. */
  planned?: Promise<VersionLock>;
}

async function tryCommit(
  record: ReleaseRecord,
  known: KnownFacts,
  { settings, git }: CommitDependencies,
): Promise<CommitResult | 'moved'> {
  const head = await git.head(record.ref);
  if (head === undefined) {
    const message = `branch ${record.ref} no longer exists; the images have their versions, no values file was changed`;
    throw new PipelineError(ERROR_NAMES.commitConflict, message);
  }
  const paths = { catalog: settings.catalogFile, ...filesOf(environmentNamed(settings, record.environment)) };
  const texts = await git.readFiles(head, Object.values(paths));
  const lock = parseVersionLock(texts.get(paths.lock) ?? '', paths.lock);
  const planned = () => {
    known.planned ??= head === record.commit ? Promise.resolve(lock) : lockAt(record.commit, paths.lock, git);
    return known.planned;
  };
  const left = await findSuperseded(record, { head, lock, planned }, known.isAncestor);
  const services = record.services.filter((service) => !left.superseded.includes(service.name));
  const nothing: CommitResult = { commit: null, changes: 0, ...left };
  if (services.length === 0) return (await findExistingCommit(record, head, paths.lock, git)) ?? nothing;

  const values = requireText(texts, paths.values, head);
  const catalog = parseCatalog(requireText(texts, paths.catalog, head));
  const applied = { ...record, services };
  const edited = writeVersions(values, paths.values, applied);
  const newLock = updateLock(lock, services);
  const catalogImages = new Map(
    catalog.services.map(({ name, image }) => [
      name,
      `${settings.releases.host}/${settings.releases.namespace}/${image}`,
    ]),
  );
  const wanted: readonly FileChange[] = [
    { path: paths.values, content: edited.text },
    { path: paths.lock, content: printVersionLock(newLock) },
    { path: paths.images, content: printImageVersions({ lock: newLock, catalogImages }) },
    ...moduleChanges(record, paths.modules, texts),
  ];
  const files = wanted.filter(({ path, content }) => texts.get(path) !== content);
  if (files.length === 0) return (await findExistingCommit(record, head, paths.lock, git)) ?? nothing;

  const message = commitMessage(applied, edited.changes);
  try {
    const attempt = await git.commit({ branch: record.ref, parent: head, files, message });
    if (attempt.kind === 'moved') return 'moved';
    return { commit: attempt.commit, changes: edited.changes.length, ...left };
  } catch (error) {
    // The answer may be lost although the commit was made, so the branch decides.
    const now = await git.head(record.ref).catch(() => undefined);
    const committed =
      now === undefined ? undefined : await findExistingCommit(record, now, paths.lock, git).catch(() => undefined);
    if (committed === undefined) throw error;
    return committed;
  }
}

/** Returns the module lock with the versions of the release; nothing if the release has no modules. */
function moduleChanges({ modules }: ReleaseRecord, path: string, texts: ReadonlyMap<string, string>): FileChange[] {
  if (modules === undefined) return [];
  const lock = parseModuleLock(texts.get(path) ?? '', path);
  return [{ path, content: printModuleLock(updateModuleLock(lock, modules)) }];
}

async function lockAt(commit: string, path: string, git: GitHost): Promise<VersionLock> {
  return parseVersionLock((await git.readFiles(commit, [path])).get(path) ?? '', path);
}

function requireText(texts: ReadonlyMap<string, string>, path: string, head: string): string {
  const text = texts.get(path);
  if (text !== undefined) return text;
  throw new PipelineError(
    ERROR_NAMES.valuesFile,
    `${path} is missing at the head of the branch (${head.slice(0, 8)}); nothing was committed`,
  );
}

async function pause(attempt: number, { clock, random }: CommitDependencies): Promise<void> {
  await clock.sleep(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)));
}

/** The number of later commits to the version lock among which a run's own is searched. */
const SEARCHED_COMMITS = 100;

/** Finds the commit that the run has made on the branch: an answer can be lost, and a step can run twice. Returns undefined for none. */
async function findExistingCommit(
  { run, services }: ReleaseRecord,
  head: string,
  lockPath: string,
  git: Pick<GitHost, 'log' | 'readFiles'>,
): Promise<CommitResult | undefined> {
  const log = await git.log(head, lockPath, SEARCHED_COMMITS);
  const commit = log.find(({ message }) => readTrailers(message)?.run === run)?.commit;
  if (commit === undefined) return undefined;
  const lock = parseVersionLock((await git.readFiles(commit, [lockPath])).get(lockPath) ?? '', lockPath);
  const superseded = services
    .filter(({ name, version, digest }) => {
      const entry = lock.get(name);
      return entry?.version !== version || entry.digest !== digest;
    })
    .map(({ name }) => name);
  return { commit, changes: services.length - superseded.length, ...byRelease(superseded) };
}

/** The current state of the branch. */
export interface BranchState {
  readonly head: string;
  readonly lock: VersionLock;
  /** Reads the version lock at the commit that the run was planned at. The branch may not contain that commit any more. */
  readonly planned: () => Promise<VersionLock>;
}

/** The services to leave as they are, and why. */
export type Superseded = Pick<CommitResult, 'superseded' | 'supersededBy'>;

/**
 * Returns the services that the run must not commit: the branch has a later release of them, or no longer has the run's commit. A release of the whole platform is committed as a whole, so that one superseded service supersedes
 * all. A run is undone service by service.
 */
export async function findSuperseded(
  record: ReleaseRecord,
  { head, lock, planned }: BranchState,
  isAncestor: SourceRepository['isAncestor'],
): Promise<Superseded> {
  const names = record.services.map((service) => service.name);
  if (!(await isAncestor(record.commit, head))) return { superseded: names, supersededBy: 'rewind' };

  const atPlan = await planned();
  const isOld = record.services.map(async (service): Promise<boolean> => {
    const current = lock.get(service.name);
    if (current === undefined || (current.version === service.version && current.digest === service.digest))
      return false;
    const before = atPlan.get(service.name);
    if (record.action === 'rollback') return hasChanged(before, current);
    return (await isNewer(current, service, record.action, isAncestor)) || wasRolledBack(before, current, isAncestor);
  });
  const answers = await Promise.all(isOld);
  const superseded = names.filter((_, index) => answers[index]);
  const isWhole = record.platformVersion !== undefined && record.rollbackOf === undefined;
  return byRelease(isWhole && superseded.length > 0 ? names : superseded);
}

/** Returns the services that a later release or rollback superseded. */
function byRelease(superseded: readonly string[]): Superseded {
  return { superseded, supersededBy: superseded.length === 0 ? null : 'release' };
}

/** A rollback undoes what a person saw when asking for it, and nothing later. */
function hasChanged(before: LockEntry | undefined, current: LockEntry): boolean {
  return before?.version !== current.version || before.digest !== current.digest;
}

/** One source commit may have several releases. A late push does not take back the version that a person gave. */
async function isNewer(
  current: LockEntry,
  service: ReleasedService,
  action: Action,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (current.source !== service.source) return isAncestor(service.source, current.source);
  return action === 'push' && isBefore(service.version, current.version);
}

/** Returns true if a person rolled the service back after the run was planned. A late run must not undo that. */
async function wasRolledBack(
  before: LockEntry | undefined,
  current: LockEntry,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  if (before === undefined) return false;
  if (before.source !== current.source) return isAncestor(current.source, before.source);
  return isBefore(current.version, before.version);
}

function isBefore(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0;
}

/** Lookups at a time; a git host on disk starts a process for each. */
const LOOKUPS_AT_ONCE = 8;

/** Caches `isAncestor`: a run asks for few pairs of commits, but for many services and at every try, and the answer never changes. */
export function rememberAncestry(git: Pick<SourceRepository, 'isAncestor'>): SourceRepository['isAncestor'] {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const known = new Map<string, Promise<boolean>>();
  return (ancestor, descendant) => {
    const pair = `${ancestor} ${descendant}`;
    const answer = known.get(pair) ?? limit(() => git.isAncestor(ancestor, descendant));
    known.set(pair, answer);
    return answer;
  };
}
