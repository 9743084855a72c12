/** git's objects as bytes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
import { createHash } from 'node:crypto';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** An object without its id. */
export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** Objects by id. */
export type GitObjects = ReadonlyMap<string, GitObject>;

/** One entry of a tree. `name` holds bytes, one a character (latin1): names need not be UTF-8. `mode` is `40000` for a folder. */
export interface TreeLine {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** The sha1 that names the object. */
export function objectId({ type, content }: GitObject): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** The entries of a tree. Throws `GitHostError` if it is not one. */
export function parseTreeObject(content: Buffer): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const end = content.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > content.length) {
      throw new PipelineError(ERROR_NAMES.gitHost, 'the git host sent a damaged tree');
    }
    const id = content.toString('hex', end + 1, end + 21);
    lines.push({ mode: content.toString('latin1', at, space), name: content.toString('latin1', space + 1, end), id });
    at = end + 21;
  }
  return lines;
}

/** A tree of entries in any order. */
export function treeObject(lines: readonly TreeLine[]): GitObject {
  // git sorts a folder as if its name ended in a slash.
  const keyOf = ({ mode, name }: TreeLine) => (mode === '40000' ? `${name}/` : name);
  const sorted = [...lines].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const parts = sorted.flatMap(({ mode, name, id }) => [
    Buffer.from(`${mode} ${name}\0`, 'latin1'),
    Buffer.from(id, 'hex'),
  ]);
  return { type: 'tree', content: Buffer.concat(parts) };
}

/** What a commit says. `seconds` since 1970. */
export interface CommitText {
  readonly tree: string;
  readonly parent: string;
  /** `name <address>`. */
  readonly identity: string;
  readonly seconds: number;
  readonly message: string;
}

/** A commit by one person at one time, in UTC. */
export function commitObject({ tree, parent, identity, seconds, message }: CommitText): GitObject {
  const who = `${identity} ${seconds} +0000`;
  const text = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\n${message}`;
  return { type: 'commit', content: Buffer.from(text) };
}

/** The tree of a commit. Throws `GitHostError` if it is no commit. */
export function treeOfCommit(object: GitObject | undefined, commit: string): string {
  const [, tree] = /^tree ([0-9a-f]{40})\n/.exec(object?.content.toString('latin1', 0, 46) ?? '') ?? [];
  if (object?.type === 'commit' && tree !== undefined) return tree;
  throw new PipelineError(ERROR_NAMES.gitHost, `'${commit.slice(0, 80)}' is no commit of the repository`);
}
