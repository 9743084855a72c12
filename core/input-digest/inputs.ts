/** Types of input discovery: what one service's build reads from git. See `input-digest.ts` for how it becomes a digest. */

import type { Reason } from '../contract/plan';
import type { TreeMode } from '../ports/git';

/** A file that the build can read. `rule` says by which instruction or declaration, for people: `COPY tools (line 4)`. */
export interface InputFile {
  readonly path: string;
  readonly mode: TreeMode;
  /** git blob id, or the submodule's commit. */
  readonly id: string;
  readonly rule: string;
}

/** Something an image takes in that git does not hold (`RUN apt-get`, remote `ADD`, a moving base tag). */
export interface UnpinnedInput {
  readonly line: number;
  readonly text: string;
}

/** Everything that decides one service's image, and the digest over it. */
export interface ServiceInputs {
  readonly service: string;
  /** sha256 over the canonical list, first 40 hex digits. */
  readonly inputDigest: string;
  /**
   * Sorted by path as JavaScript compares strings, each path once. The list is made at each access, because those of all
   * services of a large repository would not fit into memory: ask once, and only where it is needed.
   */
  readonly files: readonly InputFile[];
  /** Folders that reach the build empty, because the ignore file takes out all that is in them. Sorted; rarely any. */
  readonly emptyFolders: readonly string[];
  /** The rest of the canonical list, in order: Dockerfile, arguments, target, platforms, images of ours, recipe version. */
  readonly recipe: readonly RecipePart[];
  /** Services of the catalog whose images this one is built from. */
  readonly images: readonly string[];
  /** External base images as written after expansion (`python:3.12.3-slim`). */
  readonly bases: readonly string[];
  /** Why the digest is wider than it might be: reasons of kind `doubt`. */
  readonly doubts: readonly Reason[];
  readonly impurities: readonly UnpinnedInput[];
}

/** A named part of the recipe: `dockerfile` with its blob id, `arg:NAME` with its value, `image:restapi` with its digest. */
export interface RecipePart {
  readonly name: string;
  readonly value: string;
}
