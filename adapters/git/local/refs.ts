/** Refs of a repository on disk by their exact names, without git's own guesses (`refs/remotes/x`, `x@{1}`). */
import type { InvalidInputError } from '../../../core/contract/errors';
import type { BranchHead } from '../../../core/ports/git';
import { shellCommand } from '../../../core/text/escape';
import { candidateRefs, isObjectId, isRefName, unknownRef } from '../object-name';
import { runGit } from './git-command';
import type { LocalRepository } from './repository';

const HEADS = 'refs/heads/';

/** Returns every branch with its head. */
export async function listBranches({ path }: LocalRepository): Promise<readonly BranchHead[]> {
  const format = '--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents)%00';
  const { stdout } = await runGit(path, ['for-each-ref', format, HEADS]);
  const fields = stdout.toString('utf8').split('\0');
  const heads: BranchHead[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [name = '', commit = '', seconds = '', message = ''] = fields.slice(at, at + 4);
    // Each record ends with a line feed, which precedes the next name.
    heads.push({ name: name.trimStart().slice(HEADS.length), commit, message, committedAt: Number(seconds) * 1000 });
  }
  return heads;
}

/**
 * Returns the commit that a name stands for. A full commit id is that commit, also if a branch has the same name. Other names are
 * looked up as a full ref, branch, tag, `HEAD` and abbreviated commit id, in this order. `~2` and `^` may follow.
 * Throws `InvalidInput` if there is no such commit.
 */
export async function resolveRef(repository: LocalRepository, ref: string): Promise<string> {
  const [name, steps] = splitSteps(ref);
  const candidates = candidateRefs(name);
  const found = isObjectId(name) ? undefined : await findRef(repository, candidates);
  if (found?.type === 'commit' && steps === '') return found.id;
  const object = isObjectId(name) ? name : found?.id;
  const commit = await commitOf(repository, `${object ?? name}${steps}`);
  const isGuess = object === undefined && name !== 'HEAD';
  if (isGuess && !(isAbbreviation(name) && (steps !== '' || commit?.startsWith(name)))) {
    throw missing(repository, ref, 'is neither a branch nor a tag nor a commit of the repository');
  }
  if (commit === undefined) throw missing(repository, ref, 'names no commit of the repository');
  return commit;
}

/** Splits `main~2^` into the name and the steps behind it. */
function splitSteps(ref: string): readonly [name: string, steps: string] {
  let end = ref.length;
  for (;;) {
    const [step] = /[~^]\d{0,6}$/.exec(ref.slice(Math.max(0, end - 7), end)) ?? [];
    if (step === undefined) return [ref.slice(0, end), ref.slice(end)];
    end -= step.length;
  }
}

/** A shallow clone lacks commits and most branches, which a person cannot tell from a wrong name. */
function missing({ path, isShallow }: LocalRepository, ref: string, message: string): InvalidInputError {
  if (!isShallow) return unknownRef(ref, message);
  const cure = shellCommand('git', '-C', path, ...fetchingOnly(ref));
  const all = shellCommand('git', '-C', path, 'fetch', '--unshallow');
  return unknownRef(
    ref,
    `${message}, which is a shallow clone; fetch it with: ${cure}, or the whole history with: ${all}`,
  );
}

/** Returns the arguments of git that fetch what a name stands for, and as little else as possible. A plan needs no history in between. */
function fetchingOnly(ref: string): readonly string[] {
  const [name, steps] = splitSteps(ref);
  if (steps !== '') {
    const generations = [...steps.matchAll(/~(\d*)|\^\d*/g)].reduce((sum, [, count]) => sum + Number(count || 1), 0);
    return ['fetch', `--deepen=${generations}`];
  }
  const branch = name.replace(/^(refs\/heads\/|(refs\/remotes\/)?origin\/)/, '');
  return isObjectId(name)
    ? ['fetch', '--depth=1', 'origin', name]
    : ['fetch', '--depth=1', 'origin', `+${branch}:refs/remotes/origin/${branch}`];
}

/** Returns the branch's head, or undefined if there is no such branch. */
export async function branchHead(repository: LocalRepository, branch: string): Promise<string | undefined> {
  return (await readBranch(repository, branch))?.head;
}

/** A branch. `worktree` is the folder in which it is checked out; undefined if there is none. */
export interface LocalBranch {
  readonly head: string;
  readonly worktree: string | undefined;
}

/** Returns the branch, or undefined if there is none of that name. */
export async function readBranch(repository: LocalRepository, branch: string): Promise<LocalBranch | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `${HEADS}${branch}`;
  const found = (await listRefs(repository, [name])).find((ref) => ref.name === name);
  if (found === undefined) return undefined;
  const { id: head, worktree } = found;
  const isOutside = worktree === '' || (repository.isBare && worktree === repository.gitDirectory);
  return { head, worktree: isOutside ? undefined : worktree };
}

interface Ref {
  readonly name: string;
  readonly id: string;
  /** `commit`, `tag` for an annotated tag, or something else. */
  readonly type: string;
  readonly worktree: string;
}

async function findRef(repository: LocalRepository, names: readonly string[]): Promise<Ref | undefined> {
  const refs = new Map((await listRefs(repository, names)).map((ref) => [ref.name, ref]));
  return names.map((name) => refs.get(name)).find((ref) => ref !== undefined);
}

async function listRefs({ path }: LocalRepository, names: readonly string[]): Promise<Ref[]> {
  const format = '--format=%(objectname) %(refname)%00%(objecttype)%00%(worktreepath)';
  const { stdout } = await runGit(path, ['for-each-ref', format, ...names]);
  const lines = stdout.toString('utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', type = '', worktree = ''] = line.slice(41).split('\0');
      return { id: line.slice(0, 40), name, type, worktree };
    });
}

/** Returns the commit of an expression, tags followed; undefined if there is none, or if an abbreviation fits several. */
async function commitOf({ path }: LocalRepository, expression: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${expression}^{commit}`];
  const { stdout, exitCode } = await runGit(path, args, { accept: [1, 128] });
  return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
}

function isAbbreviation(name: string): boolean {
  return /^[0-9a-f]{4,39}$/.test(name);
}
