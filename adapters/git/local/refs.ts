/** Refs of a repository on disk, found by their exact names: git's own guessing (`refs/remotes/x`, `x@{1}`) plays no part. */
import type { BranchHead } from '../../../core/ports/git';
import { isObjectId, isRefName, unknownRef } from '../object-name';
import { runGit } from './git-command';
import type { LocalRepository } from './repository';

const HEADS = 'refs/heads/';

/** Every branch with its head. */
export async function listBranches({ path }: LocalRepository): Promise<readonly BranchHead[]> {
  const format = '--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents)%00';
  const { stdout } = await runGit(path, ['for-each-ref', format, 'refs/heads/']);
  const fields = stdout.toString('utf8').split('\0');
  const heads: BranchHead[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [name = '', commit = '', seconds = '', message = ''] = fields.slice(at, at + 4);
    // Each record ends with a line feed, which comes before the next one's name.
    heads.push({ name: name.trimStart().slice(HEADS.length), commit, message, committedAt: Number(seconds) * 1000 });
  }
  return heads;
}

interface Ref {
  readonly name: string;
  readonly id: string;
  readonly worktree: string;
}

/**
 * The commit that a name means. A full commit id is that commit and nothing else (or a branch named like one could take its
 * place); then, in this order: the full ref, the branch, the tag, `HEAD`, an abbreviated commit id. `~2` and `^` may follow.
 * Throws `InvalidInput` if there is no such commit.
 */
export async function resolveRef(repository: LocalRepository, ref: string): Promise<string> {
  const [, name = '', steps = ''] = /^(.*?)((?:[~^]\d{0,6})*)$/s.exec(ref) ?? [];
  if (!isRefName(name)) throw unknownRef(ref, 'is no name of a branch, tag or commit that git allows');
  const object = isObjectId(name) ? name : await findRef(repository, name);
  const commit = await commitOf(repository, `${object ?? name}${steps}`);
  const guessed = object === undefined && name !== 'HEAD';
  if (guessed && !(isAbbreviation(name) && (steps !== '' || commit?.startsWith(name)))) {
    throw unknownRef(ref, 'is neither a branch nor a tag nor a commit of the repository');
  }
  if (commit === undefined) throw unknownRef(ref, 'names no commit of the repository');
  return commit;
}

/** The branch's head, or undefined if there is no such branch. */
export async function branchHead(repository: LocalRepository, branch: string): Promise<string | undefined> {
  return (await readRef(repository, branch))?.id;
}

/** The folder in which the branch is checked out, or undefined. */
export async function checkedOutIn(repository: LocalRepository, branch: string): Promise<string | undefined> {
  const worktree = (await readRef(repository, branch))?.worktree ?? '';
  return worktree === '' || (repository.bare && worktree === repository.gitDirectory) ? undefined : worktree;
}

async function readRef(repository: LocalRepository, branch: string): Promise<Ref | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `refs/heads/${branch}`;
  return (await listRefs(repository, [name])).find((ref) => ref.name === name);
}

async function findRef(repository: LocalRepository, name: string): Promise<string | undefined> {
  const wanted = [...(name.startsWith('refs/') ? [name] : []), `refs/heads/${name}`, `refs/tags/${name}`];
  const refs = new Map((await listRefs(repository, wanted)).map((ref) => [ref.name, ref.id]));
  return wanted.map((each) => refs.get(each)).find((id) => id !== undefined);
}

async function listRefs({ path }: LocalRepository, names: readonly string[]): Promise<Ref[]> {
  const format = '--format=%(objectname) %(refname)%00%(worktreepath)';
  const { stdout } = await runGit(path, ['for-each-ref', format, ...names]);
  const lines = stdout.toString('utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', worktree = ''] = line.slice(41).split('\0');
      return { id: line.slice(0, 40), name, worktree };
    });
}

/** Peels a tag to its commit. Undefined if there is none (or more than one, for an abbreviation). */
async function commitOf({ path }: LocalRepository, expression: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${expression}^{commit}`];
  const { stdout, exitCode } = await runGit(path, args, { accept: [1, 128] });
  return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
}

function isAbbreviation(name: string): boolean {
  return /^[0-9a-f]{4,39}$/.test(name);
}
