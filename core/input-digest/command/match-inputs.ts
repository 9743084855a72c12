/** Finds the files that the input patterns of a service match, and what is wrong with patterns that match none. */
import type { CommandBuild } from '../../catalog/model';
import { DockerfileError } from '../../dockerfile/instruction';
import { IgnoreMatcher } from '../../dockerignore/ignore-file';
import { closest } from '../../text/closest';
import { hasWildcard } from '../../text/glob';
import { type BuildContext, filterFiles, openContext } from '../build-context';
import { COST_OF_FILTER, type SourceBudget, sourceBudget, spend } from '../resolve-source';
import {
  eachPosition,
  folderRange,
  joinPath,
  lengthWithSlash,
  positionOf,
  type TreeIndex,
  type TreeRange,
} from '../tree-index';

/** The files of one pattern. */
export interface PatternFiles {
  readonly pattern: string;
  /** Positions in the tree, ascending. */
  readonly positions: Uint32Array;
}

/** Either the files by pattern, without those that a `!` takes back, or problems in words. */
export interface MatchedInputs {
  readonly patterns: readonly PatternFiles[];
  /** The files of all patterns, ascending. */
  readonly positions: Uint32Array;
  readonly problems: readonly string[];
}

/**
 * Matches patterns with the rules of ignore files: a folder stands for all of its files, and the last pattern that matches decides. Each
 * pattern without `!` must match a file, because a name that matches nothing is a mistake that would leave out an input. Those of `reads` may
 * match nothing.
 */
export function matchInputs(tree: TreeIndex, { inputs, reads }: Pick<CommandBuild, 'inputs' | 'reads'>): MatchedInputs {
  const patterns = [...reads, ...inputs];
  const context = openContext({ tree, folder: '', hasLinks: false, ignore: new IgnoreMatcher([]), texts: new Map() });
  const budget = sourceBudget();
  try {
    const positive = patterns.filter((pattern) => !pattern.startsWith('!'));
    const own = positive.map((pattern) => ({
      pattern,
      positions: filtered(context, rangesOf(tree, pattern), [pattern], budget),
    }));
    const problems = own.flatMap(({ pattern, positions }) =>
      positions.length === 0 && inputs.includes(pattern)
        ? [`'${pattern}' matches no file of this commit; ${nearest(tree, pattern)}`]
        : [],
    );
    const union = Uint32Array.from(new Set(own.flatMap(({ positions }) => [...positions]))).sort();
    const positions = filtered(context, [union], patterns, budget);
    if (problems.length === 0 && positions.length === 0)
      problems.push('the patterns with ! leave no file of this commit');
    const taken = new Set(positions);
    return {
      patterns: own.map((each) => ({ ...each, positions: each.positions.filter((position) => taken.has(position)) })),
      positions,
      problems,
    };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return { patterns: [], positions: new Uint32Array(), problems: [error.message] };
  }
}

function filtered(
  context: BuildContext,
  places: readonly (TreeRange | Uint32Array)[],
  includes: readonly string[],
  budget: SourceBudget,
): Uint32Array {
  const positions = Uint32Array.from(places.flatMap((place) => [...eachPosition(place)]));
  spend(budget, positions.length * includes.length * COST_OF_FILTER);
  const files = filterFiles(context, '', { positions, emptyFolders: [], disputed: [] }, { includes, excludes: [] });
  return Uint32Array.from(eachPosition(files.positions));
}

/** Returns the path before the first part with a wildcard: what a pattern matches is this path, or below it. */
export function placeOfPattern(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => hasWildcard(part) || part.includes('\\'));
  return (wild < 0 ? parts : parts.slice(0, wild)).join('/');
}

/** Returns where in the tree the files of a pattern can be: the path itself, and all below it. */
function rangesOf(tree: TreeIndex, pattern: string): readonly TreeRange[] {
  const place = placeOfPattern(pattern);
  const start = positionOf(tree, place);
  const file = tree.entries[start]?.path === place ? [{ start, end: start + 1 }] : [];
  return [...file, folderRange(tree, place)];
}

const MAX_NAMES = 5;

/** Returns what to write instead: the pattern with its first wrong name replaced, or the names that there are. */
function nearest(tree: TreeIndex, pattern: string): string {
  const parts = pattern.split('/');
  let folder = '';
  let here = namesIn(tree, folder);
  for (const [at, part] of parts.entries()) {
    if (hasWildcard(part) || part.includes('\\')) break;
    if (!here.includes(part)) {
      const near = closest(part, here);
      if (near !== undefined)
        return `did you mean '${[...parts.slice(0, at), near, ...parts.slice(at + 1)].join('/')}'?`;
      break;
    }
    folder = joinPath(folder, part);
    here = namesIn(tree, folder);
    if (here.length === 0) return `${folder} is a file`;
  }
  const shown = here.slice(0, MAX_NAMES).join(', ');
  return `${folder === '' ? 'the repository' : folder} has ${shown}${here.length > MAX_NAMES ? ', ...' : ''}`;
}

/** Returns the names of files and folders in a folder. */
function namesIn(tree: TreeIndex, folder: string): readonly string[] {
  const names = new Set<string>();
  const { start, end } = folderRange(tree, folder);
  const skip = lengthWithSlash(folder);
  for (let at = start; at < end; at++) names.add((tree.entries[at]?.path ?? '').slice(skip).split('/')[0] ?? '');
  return [...names];
}
