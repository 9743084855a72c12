/** Trees and blobs of a repository on disk. Each function runs one git process, whatever the number of objects. */
import type { Readable } from 'node:stream';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { TreeEntry } from '../../../core/ports/git';
import type { BlobStream } from '../archive';
import { checkedObjectId, parentsOf, pathProblem } from '../object-name';
import { type ListedEntry, parseTree, readListing } from '../tree';
import type { GitObject, GitObjects, ObjectType } from '../wire/objects';
import { gitNotStarted, readGit, runGit, spawnGit } from './git-command';
import type { LocalRepository } from './repository';

/** Returns all files of a commit. Throws `GitHostError` if the commit does not exist. */
export async function readTree({ path }: LocalRepository, commit: string): Promise<readonly TreeEntry[]> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', checkedObjectId(commit)];
  return parseTree(readGit(path, args));
}

/** Returns the commit's entries at these paths and at every folder above them. A path without an entry is absent. */
export async function listPaths(
  { path }: LocalRepository,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ListedEntry>> {
  const possible = paths.filter((each) => pathProblem(each) === undefined);
  const wanted = new Set(possible.flatMap((each) => [...parentsOf(each), each]));
  if (wanted.size === 0) return new Map();
  const args = ['ls-tree', '-t', '-z', '--full-tree', checkedObjectId(commit), '--', ...wanted];
  const { stdout } = await runGit(path, args);
  const found = new Map<string, ListedEntry>();
  readListing(stdout, (path, mode, id) => found.set(path, { path, mode, id }));
  return found;
}

const READ_OBJECTS = ['cat-file', '--batch', '--buffer'];

/** Returns contents by blob id. Throws `GitHostError` if one is missing or is not a blob. */
export async function readBlobs(
  repository: LocalRepository,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(ids)].map(checkedObjectId);
  if (wanted.length === 0) return new Map();
  const { printed, stderr } = await readBatch(repository, wanted);
  const blobs = new Map<string, Buffer>();
  let at = 0;
  for (const id of wanted) {
    const [header, start] = lineAt(printed, at);
    const size = blobSize(header, id, stderr);
    blobs.set(id, printed.subarray(start, start + size));
    at = start + size + 1;
  }
  return blobs;
}

/** Returns objects by id. A name is an id, or `<commit>^{tree}`. Throws `GitHostError` if one is missing. */
export async function readObjects(repository: LocalRepository, names: readonly string[]): Promise<GitObjects> {
  const { printed } = await readBatch(repository, names);
  const objects = new Map<string, GitObject>();
  let at = 0;
  for (const name of names) {
    const [header, start] = lineAt(printed, at);
    const [id = '', type = '', size] = header.split(' ');
    if (size === undefined) throw new PipelineError(ERROR_NAMES.gitHost, `the repository has no object ${name}`);
    objects.set(id, { type: type as ObjectType, content: printed.subarray(start, start + Number(size)) });
    at = start + Number(size) + 1;
  }
  return objects;
}

async function readBatch({ path }: LocalRepository, names: readonly string[]) {
  // A git before 2.39.4 ends with an error at an object that a partial clone lacks.
  const options = { input: `${names.join('\n')}\n`, accept: [128] };
  const { stdout: printed, stderr } = await runGit(path, READ_OBJECTS, options);
  return { printed, stderr };
}

/** Returns the line that begins at `at`, and the position behind it. */
function lineAt(printed: Buffer, at: number): readonly [line: string, next: number] {
  const end = printed.indexOf(10, at);
  return [printed.toString('latin1', at, Math.max(end, at)), end + 1];
}

/**
 * Yields the blobs in the order of `ids`, each as a stream, so that an archive of any size needs little memory. Each must be read to its
 * end before the next. Throws `GitHostError` if one is missing.
 */
export async function* streamBlobs({ path }: LocalRepository, ids: readonly string[]): AsyncGenerator<BlobStream> {
  const child = spawnGit(path, READ_OBJECTS);
  child.on('error', (cause) => child.stdout.destroy(gitNotStarted(cause)));
  child.stdin.on('error', () => undefined);
  child.stderr.resume();
  child.stdin.end(ids.map((id) => `${id}\n`).join(''));
  try {
    const reader = readBytes(child.stdout);
    for (const id of ids) {
      const size = blobSize(await reader.line(), id);
      yield { size, chunks: reader.bytes(size) };
      await reader.line();
    }
  } finally {
    child.kill();
  }
}

/** Returns the size in the line `<id> blob <size>` that `cat-file --batch` prints before a content. */
function blobSize(header: string, id: string, stderr = ''): number {
  const [found, type, size] = header.split(' ');
  if (found === id && type === 'blob') return Number(size);
  const reason = header || stderr.trimEnd().split('\n').at(-1) || 'git ended early';
  const cure = /missing|promisor/.test(reason)
    ? '; a clone made with --filter lacks files, so make one without it'
    : '';
  throw new PipelineError(ERROR_NAMES.gitHost, `the repository has no blob ${id}: ${reason.slice(0, 200)}${cure}`);
}

/** A position in a stream, with at most one chunk of it in memory. `bytes` must be read to its end before anything else. */
interface ByteReader {
  /** Returns the text up to the next line feed, without it; the rest of the stream if there is none. */
  line(): Promise<string>;
  /** Yields the next `count` bytes; fewer if the stream ends before. */
  bytes(count: number): AsyncGenerator<Buffer, void, void>;
}

/** Starts reading. Errors of the stream are thrown by the call that reads when they occur. */
function readBytes(stream: Readable): ByteReader {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function fill(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done !== true) rest = next.value;
    return next.done !== true;
  }

  async function line(): Promise<string> {
    let text = '';
    for (;;) {
      const end = rest.indexOf(10);
      text += rest.toString('latin1', 0, end < 0 ? rest.length : end);
      rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
      if (end >= 0 || !(await fill())) return text;
    }
  }

  async function* bytes(count: number): AsyncGenerator<Buffer, void, void> {
    let left = count;
    while (left > 0) {
      if (rest.length === 0 && !(await fill())) return;
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  return { line, bytes };
}
