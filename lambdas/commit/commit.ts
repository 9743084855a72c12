/** The commit step: updates values file, version lock and IMAGE_VERSIONS.md in one compare-and-swap commit. */
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { CommitRequest, CommitResult, ReleaseRecord } from '../../core/contract/release';
import type { FileChange, GitHost, SourceRepository } from '../../core/ports/git';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { environmentNamed, filesOf } from '../../core/settings/environment';
import type { Settings } from '../../core/settings/schema';
import { writeVersions } from '../../core/values/release-edits';
import { commitMessage, readTrailers } from '../../core/version/commit-message';
import {
  parseVersionLock,
  printImageVersions,
  printVersionLock,
  updateLock,
  type VersionLock,
} from '../../core/version/version-lock';
import { readStored } from '../shared/stored';
import { byRelease, findSuperseded, rememberAncestry } from './find-superseded';

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
    const message = `branch ${record.ref} does not exist any more; the images have their versions, no values file was changed`;
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
