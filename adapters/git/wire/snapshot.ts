/** A commit with all its trees, as one fetch without blobs returns it. */
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { TreeEntry } from '../../../core/ports/git';
import { HttpError } from '../../http/http-error';
import type { BlobMemory } from '../blob-reader';
import { distinctPaths, treeModeOf } from '../tree';
import type { WireClient } from './client';
import {
  type GitObject,
  type GitObjects,
  objectId,
  parseTreeObject,
  type TreeLine,
  treeObject,
  treeOfCommit,
} from './objects';
import type { FindObject } from './pack';

export interface Snapshot {
  readonly commit: string;
  readonly root: string;
  readonly objects: GitObjects;
}

/** Returns the snapshot of a commit. Throws `GitHostError` if the commit is not among the objects. */
export function snapshotOf(commit: string, objects: GitObjects): Snapshot {
  return { commit, root: treeOfCommit(objects.get(commit), commit), objects };
}

/** Returns a snapshot with the objects of the commit only; undefined if `find` lacks one of its trees. */
function gatherSnapshot(commit: string, find: FindObject): Snapshot | undefined {
  const found = find(commit);
  if (found === undefined) return undefined;
  const root = treeOfCommit(found, commit);
  const objects = new Map([[commit, found]]);
  const gather = (id: string): boolean => {
    if (objects.has(id)) return true;
    const tree = find(id);
    if (tree?.type !== 'tree') return false;
    objects.set(id, tree);
    return parseTreeObject(tree.content).every((line) => line.mode !== '40000' || gather(line.id));
  };
  return gather(root) ? { commit, root, objects } : undefined;
}

/** Returns all files, sorted by path in byte order. */
export function filesOf(snapshot: Snapshot): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  const collect = (id: string, prefix: string) => {
    for (const { mode, name, id: child } of linesOf(snapshot, id)) {
      const path = `${prefix}${Buffer.from(name, 'latin1').toString('utf8')}`;
      if (mode === '40000') collect(child, `${path}/`);
      else entries.push({ path, mode: treeModeOf(mode, path), id: child });
    }
  };
  collect(snapshot.root, '');
  return distinctPaths(entries);
}

/** Returns the entry at a path: a file, a link, a submodule or a folder; undefined if there is none. */
export function entryAt(snapshot: Snapshot, path: string): TreeLine | undefined {
  let found: TreeLine | undefined = { mode: '40000', name: '', id: snapshot.root };
  for (const part of path.split('/')) {
    if (found?.mode !== '40000') return undefined;
    const name = rawName(part);
    found = linesOf(snapshot, found.id).find((line) => line.name === name);
  }
  return found;
}

/** Writes files into the trees. Returns the changed trees and the id of the new root. */
export function writeFiles(
  snapshot: Snapshot,
  files: ReadonlyMap<string, { readonly mode: string; readonly id: string }>,
): { readonly root: string; readonly trees: readonly GitObject[] } {
  const trees: GitObject[] = [];
  const write = (id: string | undefined, changes: ReadonlyMap<string, { mode: string; id: string }>): string => {
    const lines = new Map((id === undefined ? [] : linesOf(snapshot, id)).map((line) => [line.name, line]));
    for (const [first, below] of groupByFirst(changes)) {
      const name = rawName(first);
      const file = below.get('');
      const folder = () => ({ mode: '40000', id: write(lines.get(name)?.id, below) });
      lines.set(name, { name, ...(file ?? folder()) });
    }
    const tree = treeObject([...lines.values()]);
    trees.push(tree);
    return objectId(tree);
  };
  return { root: write(snapshot.root, files), trees };
}

/** Groups `a/b` and `a/c` as `a` with `b` and `c`. A path without a folder has the rest ''. */
function groupByFirst<Value>(changes: ReadonlyMap<string, Value>): ReadonlyMap<string, Map<string, Value>> {
  const groups = new Map<string, Map<string, Value>>();
  for (const [path, value] of changes) {
    const [first = '', ...rest] = path.split('/');
    groups.set(first, (groups.get(first) ?? new Map()).set(rest.join('/'), value));
  }
  return groups;
}

function linesOf({ objects, commit }: Snapshot, id: string): readonly TreeLine[] {
  const tree = objects.get(id);
  if (tree?.type === 'tree') return parseTreeObject(tree.content);
  throw new PipelineError(ERROR_NAMES.gitHost, `the git host did not send a folder of commit ${commit.slice(0, 8)}`);
}

function rawName(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** A run reads its own commit and the branch's head by turns, which moves. */
const MAX_SNAPSHOTS = 3;

/**
 * Returns a function that returns snapshots of commits and caches them. Simultaneous calls share one fetch, and a failed fetch is repeated
 * at the next call. If other snapshots are cached, only the difference is fetched, with its files, which a plan reads next: they are stored
 * in `blobs`.
 */
export function createSnapshotMemory(
  client: Pick<WireClient, 'fetch' | 'fetchSince'>,
  blobs: BlobMemory,
): (commit: string) => Promise<Snapshot> {
  const cached = new Map<string, Promise<Snapshot>>();
  const known = new Map<string, Snapshot>();

  /** Returns undefined if the difference is not enough, or the server does not send one. */
  async function readSince(commit: string): Promise<Snapshot | undefined> {
    // A copy, because the reply refers to these snapshots and `known` may change until then.
    const snapshots = [...known.values()];
    if (snapshots.length === 0) return undefined;
    const find = (id: string): GitObject | undefined => {
      const content = blobs.get(id);
      if (content !== undefined) return { type: 'blob', content };
      return snapshots.find(({ objects }) => objects.has(id))?.objects.get(id);
    };
    const ids = snapshots.map((snapshot) => snapshot.commit);
    const objects = await client.fetchSince(commit, ids, find).catch(noneIfRefused);
    keepBlobs(objects);
    return gatherSnapshot(commit, (id) => objects.get(id) ?? find(id));
  }

  /** A server without filters sends files that were not asked for. */
  function keepBlobs(objects: GitObjects): GitObjects {
    for (const [id, { type, content }] of objects) if (type === 'blob') blobs.keep(id, content);
    return objects;
  }

  async function read(commit: string): Promise<Snapshot> {
    const snapshot = (await readSince(commit)) ?? snapshotOf(commit, keepBlobs(await client.fetch([commit], false)));
    if (cached.has(commit)) known.set(commit, snapshot);
    return snapshot;
  }

  return (commit) => {
    const found = cached.get(commit) ?? read(commit);
    cached.delete(commit);
    cached.set(commit, found);
    for (const oldest of [...cached.keys()].slice(0, -MAX_SNAPSHOTS)) {
      cached.delete(oldest);
      known.delete(oldest);
    }
    found.catch(() => cached.delete(commit));
    return found;
  };
}

/** A temporary failure is thrown, so that no second request follows. */
function noneIfRefused(error: unknown): GitObjects {
  if (error instanceof HttpError && !error.isRetryable) return new Map();
  throw error;
}
