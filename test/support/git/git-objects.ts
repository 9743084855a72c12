/** Objects and commits of a test repository. An id always names the same bytes, so that fakes start git once for each. */
import { execGit, type TestRepository } from './git-repository';

interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

/** What git hosts show of a commit. `date` is that of the committer. */
export interface CommitFacts {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly date: string;
  readonly message: string;
}

interface Known {
  readonly objects: Map<string, GitObject>;
  readonly commits: Map<string, CommitFacts>;
}

const repositories = new WeakMap<TestRepository, Known>();

function knownOf(repository: TestRepository): Known {
  const known = repositories.get(repository) ?? { objects: new Map(), commits: new Map() };
  repositories.set(repository, known);
  return known;
}

/** Returns an object by its full id, or undefined if there is none. */
export function readObject(repository: TestRepository, id: string): GitObject | undefined {
  if (!/^[0-9a-f]{40}$/.test(id)) return undefined;
  const { objects } = knownOf(repository);
  const object = objects.get(id) ?? readByGit(repository, id);
  if (object !== undefined) objects.set(id, object);
  return object;
}

function readByGit(repository: TestRepository, id: string): GitObject | undefined {
  const output = execGit(['-C', repository.path, 'cat-file', '--batch'], `${id}\n`);
  const end = output.indexOf('\n');
  const [, type = '', size] = output.subarray(0, end).toString('utf8').split(' ');
  return size === undefined ? undefined : { type, content: output.subarray(end + 1, end + 1 + Number(size)) };
}

/** Returns a commit by its full id. */
export function commitFacts(repository: TestRepository, id: string): CommitFacts {
  const facts = knownOf(repository).commits.get(id) ?? listCommits(repository, ['--max-count=1', id])[0];
  if (facts === undefined) throw new Error(`${id} is no commit`);
  return facts;
}

/** Returns the commits that `git log` lists, in one process. Paths are literal. */
export function listCommits(repository: TestRepository, args: readonly string[]): readonly CommitFacts[] {
  const format = '--format=%H%x00%P%x00%an%x00%cI%x00%B%x00';
  const fields = repository.git('--literal-pathspecs', 'log', format, ...args).split('\0');
  const { commits } = knownOf(repository);
  const found: CommitFacts[] = [];
  for (let at = 0; at + 5 <= fields.length; at += 5) {
    const [id = '', parents = '', author = '', date = '', message = ''] = fields.slice(at, at + 5);
    const facts = { id: id.trim(), parents: parents.split(' ').filter(Boolean), author, date, message: message.trim() };
    commits.set(facts.id, facts);
    found.push(facts);
  }
  return found;
}
