/** Trees and blobs of a repository on disk, each kind by one git process however many there are. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { TreeEntry } from '../../core/ports';
import { runGit } from './git-command';
import type { LocalRepository } from './local-repository';
import { isObjectId } from './object-name';
import { parentsOf, pathProblem } from './repository-path';
import { type ListedEntry, parseListing, parseTree } from './tree-listing';

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
export function blobSize(header: string, id: string): number {
  const [found, type, size] = header.split(' ');
  if (found === id && type === 'blob') return Number(size);
  throw new PipelineError(ERROR_NAMES.gitHost, `the repository has no blob ${id}: ${header || 'git ended early'}`);
}

function checked(id: string): string {
  if (isObjectId(id)) return id;
  throw new PipelineError(ERROR_NAMES.gitHost, `'${id.slice(0, 80)}' is not an object id of 40 hex digits`);
}
