/** Reads what `git ls-tree -z` prints. Works on bytes, because a monorepo may have a million files. */
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { TreeEntry, TreeMode } from '../../core/ports';
import { byPathBytes } from './path-order';

const MODES: Readonly<Record<string, TreeMode>> = {
  '100644': '100644',
  '100755': '100755',
  '120000': '120000',
  '160000': '160000',
  // Very old commits have this mode; git itself takes it for 100644.
  '100664': '100644',
};

/** One line of a listing: a file, or (with `ls-tree -t`) a folder. */
export interface ListedEntry {
  readonly path: string;
  readonly mode: string;
  readonly id: string;
}

/**
 * The files of a listing, sorted by path in byte order. A name that is not UTF-8 is read with replacement characters, as git
 * hosts show it; throws `GitHostError` if two files would get the same name by that.
 */
export function parseTree(listing: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const { path, mode, id } of parseListing(listing)) entries.push({ path, mode: treeModeOf(mode, path), id });
  return distinctPaths(entries);
}

/** A file's mode as git has it. Throws `GitHostError` for one that is not known. */
export function treeModeOf(mode: string, path: string): TreeMode {
  const known = MODES[mode];
  if (known === undefined) throw unreadable(path, `has mode ${mode}`);
  return known;
}

/**
 * Entries in git's order, sorted anew if that order was lost with bytes that are not UTF-8. Throws `GitHostError` if two have the
 * same path.
 */
export function distinctPaths(entries: TreeEntry[]): readonly TreeEntry[] {
  if (!entries.some(({ path }) => path.includes('\ufffd'))) return entries;
  entries.sort(byPathBytes);
  const twin = entries.find((entry, index) => entry.path === entries[index + 1]?.path);
  if (twin !== undefined) throw unreadable(twin.path, 'cannot be told from another file: their names are not UTF-8');
  return entries;
}

/** Every line of a listing (`<mode> <type> <id>\t<path>\0`), folders included. */
export function* parseListing(listing: Buffer): Generator<ListedEntry> {
  let at = 0;
  while (at < listing.length) {
    const end = listing.indexOf(0, at);
    const tab = listing.indexOf(9, at);
    if (end < 0 || tab < 0 || tab > end) throw unreadable('?', 'is listed in a form that is not known');
    yield {
      path: listing.toString('utf8', tab + 1, end),
      mode: listing.toString('latin1', at, at + 6),
      id: listing.toString('latin1', tab - 40, tab),
    };
    at = end + 1;
  }
}

function unreadable(path: string, what: string): PipelineError {
  return new PipelineError(ERROR_NAMES.gitHost, `the commit's tree cannot be read: '${path}' ${what}`);
}
