/** Trees and blobs of a repository on disk, each kind by one git process however many there are. */

import type { Readable } from 'node:stream';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { TreeEntry } from '../../../core/ports/git';
import type { BlobStream } from '../archive';
import { isObjectId, parentsOf, pathProblem } from '../object-name';
import { type ListedEntry, parseListing, parseTree } from '../tree';
import { gitNotStarted, runGit, spawnGit } from './git-command';
import type { LocalRepository } from './repository';

/** All files of a commit. Throws `GitHostError` if the commit is not there. */
export async function readTree({ path }: LocalRepository, commit: string): Promise<readonly TreeEntry[]> {
  const { stdout } = await runGit(path, ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', checked(commit)]);
  return parseTree(stdout);
}

/** What the commit has at these paths and at every folder above them. A path that it does not or cannot have is absent. */
export async function listPaths(
  { path }: LocalRepository,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ListedEntry>> {
  const possible = paths.filter((each) => pathProblem(each) === undefined);
  const wanted = new Set(possible.flatMap((each) => [...parentsOf(each), each]));
  if (wanted.size === 0) return new Map();
  const args = ['ls-tree', '-t', '-z', '--full-tree', checked(commit), '--', ...wanted];
  const { stdout } = await runGit(path, args);
  return new Map([...parseListing(stdout)].map((entry) => [entry.path, entry]));
}

/** Contents by blob id. Throws `GitHostError` if one is missing or is not a blob. */
export async function readBlobs(
  { path }: LocalRepository,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(ids)].map(checked);
  if (wanted.length === 0) return new Map();
  const input = `${wanted.join('\n')}\n`;
  const { stdout } = await runGit(path, ['cat-file', '--batch', '--buffer'], { input });
  const blobs = new Map<string, Buffer>();
  let at = 0;
  for (const id of wanted) {
    const end = stdout.indexOf(10, at);
    const size = blobSize(stdout.toString('latin1', at, Math.max(end, at)), id);
    blobs.set(id, stdout.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return blobs;
}

/** The size in the line `<id> blob <size>` that `cat-file --batch` prints before a content. */
function blobSize(header: string, id: string): number {
  const [found, type, size] = header.split(' ');
  if (found === id && type === 'blob') return Number(size);
  throw new PipelineError(ERROR_NAMES.gitHost, `the repository has no blob ${id}: ${header || 'git ended early'}`);
}

function checked(id: string): string {
  if (isObjectId(id)) return id;
  throw new PipelineError(ERROR_NAMES.gitHost, `'${id.slice(0, 80)}' is not an object id of 40 hex digits`);
}

// Blobs of a repository on disk one after the other, each as a stream: an archive of any size needs little memory.

/** The blobs in the order of `ids`. Each must be read to its end before the next. Throws `GitHostError` if one is missing. */
export async function* streamBlobs({ path }: LocalRepository, ids: readonly string[]): AsyncGenerator<BlobStream> {
  const child = spawnGit(path, ['cat-file', '--batch', '--buffer']);
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

// Reads lines and counted bytes off a stream, with no more of it in memory than one chunk.

/** A position in a stream. `bytes` must be read to its end before anything else is asked for. */
interface ByteReader {
  /** The text up to the next line feed, without it; what is left if the stream ends before one. */
  line(): Promise<string>;
  /** The next `count` bytes; fewer if the stream ends before. */
  bytes(count: number): AsyncGenerator<Buffer, void, void>;
}

/** Starts reading. The stream's errors are thrown by whoever reads at that time. */
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
