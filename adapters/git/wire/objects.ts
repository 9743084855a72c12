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

/** One entry of a tree. `name` has one character for each byte (latin1), because names need not be UTF-8. `mode` is `40000` for a folder. */
export interface TreeLine {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** Returns the sha1 that names the object. */
export function objectId({ type, content }: GitObject): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** Returns the entries of a tree. Throws `GitHostError` if it is damaged. */
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

/** Returns a tree of entries in any order. */
export function treeObject(lines: readonly TreeLine[]): GitObject {
  // git sorts a folder as if its name ended with a slash.
  const keyOf = ({ mode, name }: TreeLine) => (mode === '40000' ? `${name}/` : name);
  const sorted = [...lines].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const parts = sorted.flatMap(({ mode, name, id }) => [
    Buffer.from(`${mode} ${name}\0`, 'latin1'),
    Buffer.from(id, 'hex'),
  ]);
  return { type: 'tree', content: Buffer.concat(parts) };
}

/** The fields of a commit. `seconds` are since 1970. */
export interface CommitText {
  readonly tree: string;
  readonly parent: string;
  /** `name <address>`. */
  readonly identity: string;
  readonly seconds: number;
  readonly message: string;
}

/** Returns a commit whose author and committer are the same, in UTC. */
export function commitObject({ tree, parent, identity, seconds, message }: CommitText): GitObject {
  const signature = `${identity} ${seconds} +0000`;
  const text = `tree ${tree}\nparent ${parent}\nauthor ${signature}\ncommitter ${signature}\n\n${message}`;
  return { type: 'commit', content: Buffer.from(text) };
}

/** What a commit object says. `committedAt` is in ms since 1970. */
export interface Commit {
  readonly parents: readonly string[];
  readonly committedAt: number;
  readonly message: string;
}

/** Parses a commit. Throws `GitHostError` if it is not one; `id` is for the error. */
export function parseCommitObject(object: GitObject | undefined, id: string): Commit {
  treeOfCommit(object, id);
  const text = object?.content.toString('utf8') ?? '';
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const [, seconds = '0'] = /^committer .*> (\d+) [+-]\d+$/m.exec(head) ?? [];
  return {
    parents: [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent = '']) => parent),
    committedAt: Number(seconds) * 1000,
    message: end < 0 ? '' : text.slice(end + 2),
  };
}

/** Returns the tree of a commit. Throws `GitHostError` if it is not a commit. */
export function treeOfCommit(object: GitObject | undefined, commit: string): string {
  const [, tree] = /^tree ([0-9a-f]{40})\n/.exec(object?.content.toString('latin1', 0, 46) ?? '') ?? [];
  if (object?.type === 'commit' && tree !== undefined) return tree;
  throw new PipelineError(ERROR_NAMES.gitHost, `'${commit.slice(0, 80)}' is not a commit of the repository`);
}
