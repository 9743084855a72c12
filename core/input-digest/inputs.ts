/** The types of input discovery. `input-digest.ts` turns inputs into a digest. */
import type { Reason } from '../contract/plan';
import type { UnusedKey } from '../dockerfile/evaluate/unused-keys';
import type { TreeMode } from '../ports/git';
import type { SecretMount } from './secrets/secret-mounts';

/** A file that the build can read. `rule` names the instruction or declaration for people: `COPY tools (line 4)`. */
export interface InputFile {
  readonly path: string;
  readonly mode: TreeMode;
  /** The blob id of git, or the commit of a submodule. */
  readonly id: string;
  readonly rule: string;
}

/** What an instruction takes from the build context. */
export interface InputSource {
  /** The line of the instruction. */
  readonly line: number;
  /** For people: `COPY tools (line 4)`. */
  readonly rule: string;
  /** Its record in the canonical list. Equal records are equal files at equal places. */
  readonly record: readonly string[];
}

/** An input that git does not contain: packages of `RUN apt-get`, a remote `ADD`, a base image without digest. */
export interface UnpinnedInput {
  readonly line: number;
  readonly text: string;
}

/** All inputs of one service's image, and the digest over them. */
export interface ServiceInputs {
  readonly service: string;
  /** The first 40 hex digits of the SHA-256 over the canonical list. */
  readonly inputDigest: string;
  /** Blob id of the Dockerfile; empty if a command makes the image. */
  readonly dockerfileId: string;
  /**
   * The files, sorted by path as JavaScript compares strings, each once. The list is made at each access, because the lists of all services
   * of a large repository would not fit into memory. Read it once, and only if it is needed.
   */
  readonly files: readonly InputFile[];
  /** What each instruction takes, in the order of the instructions; made at each access, too. */
  readonly sources: readonly InputSource[];
  /** Folders that reach the build empty, because the ignore file excludes all of their files. Sorted. */
  readonly emptyFolders: readonly string[];
  /** The rest of the canonical list, in order: Dockerfile or command, arguments or variables, target, platforms, catalog images, recipe version. */
  readonly recipe: readonly RecipePart[];
  /** The same inputs as the former recipe counts them, made when it is asked for. Undefined if that recipe makes other images. */
  readonly former?: FormerInputs | undefined;
  /** Services of the catalog whose images this one is built from. */
  readonly images: readonly string[];
  /** External base images after expansion of variables (`python:3.12.3-slim`). */
  readonly bases: readonly string[];
  /** The reasons, of kind `doubt`, for which the digest may contain more than the build reads. */
  readonly doubts: readonly Reason[];
  /** The secrets that instructions of the Dockerfile mount. */
  readonly secretMounts: readonly SecretMount[];
  /** The inputs that git does not contain. They are not part of the digest. */
  readonly impurities: readonly UnpinnedInput[];
  /** The keys of the service that its Dockerfile does not use. */
  readonly unused: readonly UnusedKey[];
}

/** What a former recipe made of inputs. Its records are found by this digest. */
export type FormerInputs = Pick<ServiceInputs, 'inputDigest' | 'recipe'>;

/** A named part of the recipe: `dockerfile` with a hash of what it does to the image, `arg:NAME` with its value, `image:restapi` with its digest. */
export interface RecipePart {
  readonly name: string;
  readonly value: string;
}
