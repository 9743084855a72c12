/** `pipeline history` on a repository on disk: from git alone, without settings, registry or network. */
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { logFile } from '../../adapters/git/local/history';
import { openRepository } from '../../adapters/git/local/repository';
import { InvalidInputError } from '../../core/contract/errors';
import { type LockState, type VersionEvent, versionEvents } from '../../core/version/lock-history';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';

export interface HistoryOptions {
  readonly repo: string;
  readonly ref: string;
  /** The values repository whose `HEAD` has the version locks. Default: the commit has them. */
  readonly valuesRepo?: string;
  /** The only service to list; undefined lists all. */
  readonly service?: string;
}

/** The history of one version lock, the newest event first. */
export interface LockHistory {
  readonly lock: string;
  readonly versions: readonly VersionEvent[];
}

/** The path of a version lock, and its states. */
export interface LockStates {
  readonly lock: string;
  readonly states: readonly LockState[];
}

/** `version-lock.yaml`, and `version-lock-staging.yaml` of another environment in the same folder. */
const LOCK_FILE = /(^|\/)version-lock[^/]*\.yaml$/;
/** The number of commits that are read for each lock. */
const MAX_COMMITS = 10_000;

/** Reads the history of every version lock at the commit. Throws `InvalidInput` if there is none, or none that has the service. */
export async function readVersionHistory({ service, ...where }: HistoryOptions): Promise<readonly LockHistory[]> {
  const locks = await readLockStates(where);
  const histories = locks.map(({ lock, states }): LockHistory => {
    const events = versionEvents(states);
    return { lock, versions: events.filter((event) => service === undefined || event.service === service) };
  });
  const found = histories.filter(({ versions }) => versions.length > 0);
  if (service !== undefined && found.length === 0) {
    const message = `'${service}' was never released; it is in no version lock: ${locks.map(({ lock }) => lock).join(', ')}`;
    throw new InvalidInputError('there is no history', [{ path: 'service', message }]);
  }
  return found;
}

/** Returns the states of every version lock at the commit, the newest first. Throws `InvalidInput` if there is no lock. */
export async function readLockStates({
  valuesRepo,
  ...source
}: Omit<HistoryOptions, 'service'>): Promise<readonly LockStates[]> {
  const { repo, ref } = valuesRepo === undefined ? source : { repo: valuesRepo, ref: 'HEAD' };
  const git = createLocalGitHost(repo);
  const commit = await git.resolve(ref);
  const files = (await git.tree(commit)).filter(({ path, mode }) => mode.startsWith('100') && LOCK_FILE.test(path));
  const paths = files.map(({ path }) => path);
  if (paths.length === 0) {
    const message = `has no version-lock.yaml at ${ref}; the first release writes one`;
    throw new InvalidInputError('there is no history', [{ path: repo, message }]);
  }
  const repository = await openRepository(repo);
  return Promise.all(
    paths.map(async (path): Promise<LockStates> => {
      const log = await logFile(repository, commit, path, MAX_COMMITS);
      const texts = await git.blobs([...new Set(log.flatMap(({ id }) => id ?? []))]);
      const states = log.map(({ id, ...rest }): LockState => {
        const text = id === undefined ? '' : (texts.get(id)?.toString('utf8') ?? '');
        return { ...rest, lock: lockIn(text, path) };
      });
      return { lock: path, states };
    }),
  );
}

/** Returns an empty lock for a state that cannot be parsed; the states before and after it still count. */
function lockIn(text: string, path: string): VersionLock {
  try {
    return parseVersionLock(text, path);
  } catch {
    return new Map();
  }
}
