/** The commits between two others with the paths that they change, over git's own protocol. */
import type { SourceCommit } from '../../../core/ports/git';
import type { WireClient } from './client';
import { type Commit, type GitObjects, parseCommitObject, parseTreeObject, treeOfCommit } from './objects';

/** The first depth; each further one is that many times deeper. */
const FIRST_DEPTH = 64;
const DEEPER = 8;

/** Returns the commits that `until` has and `since` has not, the newest first, at most `limit`. Throws `GitHostError`. */
export async function readCommits(
  client: Pick<WireClient, 'fetchHistory'>,
  since: string,
  until: string,
  limit: number,
): Promise<readonly SourceCommit[]> {
  for (let depth = FIRST_DEPTH; ; depth *= DEEPER) {
    const objects = await client.fetchHistory([...new Set([until, since])], depth, 'trees');
    const known = walk(objects, since);
    const found = walk(objects, until, known.commits);
    // An older commit may be an ancestor of `since`, too, by a way that was not fetched.
    const isOpen = [...found.commits.values()].some(({ committedAt }) => committedAt <= known.openUntil);
    if (found.openUntil >= 0 || isOpen) continue;
    return newestFirst(found.commits)
      .slice(0, limit)
      .map(([id, commit]) => sourceCommit(objects, id, commit));
  }
}

/** Commits by id. `openUntil` is the time of the newest one that has a parent which was not fetched, otherwise -1. */
interface Walk {
  readonly commits: ReadonlyMap<string, Commit>;
  readonly openUntil: number;
}

/** Visits a commit and its ancestors, except those that are `known`. */
function walk(objects: GitObjects, first: string, known: ReadonlyMap<string, Commit> = new Map()): Walk {
  const commits = new Map<string, Commit>();
  const waiting = [first];
  let openUntil = -1;
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (commits.has(id) || known.has(id)) continue;
    const commit = parseCommitObject(objects.get(id), id);
    commits.set(id, commit);
    const fetched = commit.parents.filter((parent) => objects.has(parent));
    if (fetched.length < commit.parents.length) openUntil = Math.max(openUntil, commit.committedAt);
    waiting.push(...fetched);
  }
  return { commits, openUntil };
}

/** Returns the commits with the newest first, and each before its parents. */
function newestFirst(commits: ReadonlyMap<string, Commit>): readonly (readonly [string, Commit])[] {
  const children = new Map<string, number>();
  for (const { parents } of commits.values()) {
    for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  }
  const sorted: (readonly [string, Commit])[] = [];
  const ready = [...commits].filter(([id]) => !children.has(id));
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    sorted.push(next);
    for (const parent of next[1].parents) {
      const commit = commits.get(parent);
      const left = (children.get(parent) ?? 0) - 1;
      children.set(parent, left);
      if (commit !== undefined && left === 0) ready.push([parent, commit]);
    }
    ready.sort(([, one], [, other]) => other.committedAt - one.committedAt);
  }
  return sorted;
}

function sourceCommit(objects: GitObjects, id: string, { parents, message }: Commit): SourceCommit {
  const text = objects.get(id)?.content.toString('utf8') ?? '';
  const [, author = ''] = /^author (.*) <[^>]*> \d+ [+-]\d+$/m.exec(text) ?? [];
  return { commit: id, parents, author, message, paths: parents.length === 1 ? changes(objects, id, parents[0]) : [] };
}

function changes(objects: GitObjects, id: string, parent = ''): readonly string[] {
  const [before, after] = [parent, id].map((commit) => treeOfCommit(objects.get(commit), commit));
  return changedPaths(objects, before, after);
}

/** Returns the paths that differ between two trees; undefined stands for an empty one. Equal trees are not entered. */
function changedPaths(objects: GitObjects, before: string | undefined, after: string | undefined): readonly string[] {
  const [old, now] = [before, after].map((tree) => linesOf(objects, tree));
  const names = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])];
  return names.flatMap((name) => {
    const [one, other] = [old?.get(name), now?.get(name)];
    if (one?.id === other?.id && one?.mode === other?.mode) return [];
    const folders = [one, other].map((line) => (line?.mode === '40000' ? line.id : undefined));
    const below = changedPaths(objects, folders[0], folders[1]).map((path) => `${name}/${path}`);
    const isFile = [one, other].some((line) => line !== undefined && line.mode !== '40000');
    return [...(isFile ? [name] : []), ...below];
  });
}

function linesOf(objects: GitObjects, tree: string | undefined) {
  const object = tree === undefined ? undefined : objects.get(tree);
  const lines = object === undefined ? [] : parseTreeObject(object.content);
  return new Map(lines.map((line) => [Buffer.from(line.name, 'latin1').toString('utf8'), line]));
}
