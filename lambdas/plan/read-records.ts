/** Reads the records of earlier releases: version locks in the history of a branch, and the plans of earlier runs. */
import { InvalidInputError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { ValuesGit } from '../../core/ports/git';
import type { ObjectStore } from '../../core/ports/store';
import type { LockPath } from '../../core/settings/environment';
import { runOf } from '../../core/version/commit-message';
import {
  type CommitOfRun,
  type FoundRecords,
  findCommitOfRun,
  findRecords,
  type LockRevision,
  type RecordSearch,
} from '../../core/version/lock-history';
import { type LockEntry, parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { readIfStored } from '../shared/stored';

/** The branch and the environment that a run updated. `isWhole` if it gave the platform a version. */
export interface PlaceOfRun {
  readonly ref: string;
  readonly environment: string;
  readonly isWhole: boolean;
}

/** Returns where a run wrote, by its stored plan. Returns undefined if there is none: git alone has to tell. */
export async function placeOfRun(run: string, store: Pick<ObjectStore, 'get'>): Promise<PlaceOfRun | undefined> {
  const plan = await readIfStored<Plan>(store, objectKeys.plan(run));
  return plan && { ref: plan.ref, environment: plan.environment, isWhole: plan.platformVersion !== undefined };
}

/** Finds the commit of a run. Throws `InvalidInput` if none of the locks has one. */
export async function findRun(run: string, paths: readonly LockPath[], valuesGit: ValuesGit): Promise<CommitOfRun> {
  for (const { branch, path } of paths) {
    const head = await valuesGit.head(branch);
    if (head === undefined) continue;
    for (const limit of REVISIONS) {
      const { revisions, isWhole } = await readRevisions(head, path, limit, valuesGit);
      const found = findCommitOfRun(revisions, run, isWhole);
      if (found !== undefined) return found;
      if (isWhole) break;
    }
  }
  const where = paths.map(({ branch, path }) => `${path} on ${branch}`).join(', ');
  const message = `${run} has no commit in ${where}; pipeline history lists the runs that have`;
  throw new InvalidInputError('the run was refused', [{ path: 'run', message }]);
}

/** Commits of a version lock to search: first the newest, then many more, because most searches end among the newest. */
const REVISIONS = [30, 1000];

/**
 * Returns the records, from the first paths that have them. Records of named services may come from several paths, those of a whole
 * release from one.
 */
export async function findRecorded(
  search: RecordSearch,
  paths: readonly LockPath[],
  valuesGit: ValuesGit,
): Promise<FoundRecords> {
  const found = new Map<string, LockEntry>();
  for (const path of paths) {
    const services = search.services?.filter((name) => !found.has(name));
    for (const [name, record] of await searchPath({ ...search, ...(services && { services }) }, path, valuesGit)) {
      found.set(name, record);
    }
    const isComplete = search.services === undefined ? found.size > 0 : found.size === search.services.length;
    if (isComplete) break;
  }
  return found;
}

async function searchPath(
  search: RecordSearch,
  { branch, path }: LockPath,
  valuesGit: ValuesGit,
): Promise<FoundRecords> {
  const head = await valuesGit.head(branch);
  if (head === undefined) return new Map();
  if (search.version === undefined) {
    const text = (await valuesGit.readFiles(head, [path])).get(path) ?? '';
    return findRecords([{ commit: head, lock: parseVersionLock(text, path) }], search, true);
  }
  let found: FoundRecords = new Map();
  for (const limit of REVISIONS) {
    const { revisions, isWhole } = await readRevisions(head, path, limit, valuesGit);
    found = findRecords(revisions, search, isWhole || limit === REVISIONS.at(-1));
    const isComplete = search.services === undefined ? found.size > 0 : found.size === search.services.length;
    if (isComplete || isWhole) break;
  }
  return found;
}

async function readRevisions(head: string, path: string, limit: number, valuesGit: ValuesGit) {
  const log = await valuesGit.log(head, path, limit);
  const texts = await valuesGit.blobs([...new Set(log.flatMap(({ id }) => id ?? []))]);
  const revisions = log.flatMap(({ commit, id, message }): LockRevision[] => {
    const lock = id === undefined ? new Map() : lockIn(texts.get(id)?.toString('utf8') ?? '', path);
    const run = runOf(message);
    return lock === undefined ? [] : [{ commit, lock, ...(run === undefined ? {} : { run }) }];
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
