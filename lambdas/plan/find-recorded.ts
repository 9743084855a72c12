/** Finds what was released earlier, in the version locks of the branches and environments where it may have been tested. */
import type { GitHost } from '../../core/ports';
import type { LockPlace } from '../../core/trigger/lock-places';
import { type FoundRecords, findRecords, type LockRevision, type RecordSearch } from '../../core/version/lock-history';
import { type LockEntry, parseVersionLock, type VersionLock } from '../../core/version/version-lock';

/** What is needed is mostly among the newest; who asks for something older waits longer. */
const REVISIONS = [30, 1000];

/**
 * The records of what is looked for, from the first places that know them: of named services those that any place knows, of a whole
 * release those of the first place that knows it.
 */
export async function findRecorded(
  search: RecordSearch,
  places: readonly LockPlace[],
  git: GitHost,
): Promise<FoundRecords> {
  const found = new Map<string, LockEntry>();
  for (const place of places) {
    const services = search.services?.filter((name) => !found.has(name));
    for (const [name, record] of await searchPlace({ ...search, ...(services && { services }) }, place, git)) {
      found.set(name, record);
    }
    const isComplete = search.services === undefined ? found.size > 0 : found.size === search.services.length;
    if (isComplete) break;
  }
  return found;
}

async function searchPlace(search: RecordSearch, { branch, path }: LockPlace, git: GitHost): Promise<FoundRecords> {
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

/** Undefined for a state that a person broke: nothing was released by it. */
function lockIn(text: string, path: string): VersionLock | undefined {
  try {
    return parseVersionLock(text, path);
  } catch {
    return undefined;
  }
}
