/**
 * Says which paths a list of patterns matches, the last match winning: moby's `MatchesUsingParentResults`, which BuildKit uses
 * while it walks through a folder. It is not quite "does a pattern match the path or a parent": a pattern that was not asked
 * about the parent, because it could not have changed the answer there, is not asked about the parent later either.
 */
import type { Pattern } from './pattern';

/** Which patterns have matched a folder: one byte per pattern, 1 for a match. Undefined for the root. */
export type FolderMatch = Uint8Array | undefined;

export class IgnoreMatcher {
  private readonly patterns: readonly Pattern[];
  private readonly hasExceptions: boolean;

  constructor(patterns: readonly Pattern[]) {
    this.patterns = patterns;
    this.hasExceptions = patterns.some((pattern) => pattern.exception);
  }

  /** True if nothing can ever match. */
  get isEmpty(): boolean {
    return this.patterns.length === 0;
  }

  /** True if a folder that matches cannot have anything in it that does not. */
  get isFinal(): boolean {
    return !this.hasExceptions;
  }

  /** Whether a path in a folder matches; fills `own`, if given, with what the path's own children have to be asked with. */
  matches(path: string, folder: FolderMatch, own?: Uint8Array): boolean {
    let matched = false;
    for (let index = 0; index < this.patterns.length; index++) {
      const pattern = this.patterns[index];
      if (pattern === undefined) continue;
      let match = folder?.[index] === 1;
      if (!match) {
        if (pattern.exception !== matched) continue;
        match = pattern.matches(path);
      }
      if (!match) continue;
      if (own !== undefined) own[index] = 1;
      matched = !pattern.exception;
    }
    return matched;
  }

  /** A fresh record for a folder. */
  folderMatch(): Uint8Array {
    return new Uint8Array(this.patterns.length);
  }
}
