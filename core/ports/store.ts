/** What the steps need from the world, in our words. Adapters implement these; tests use the fakes in `test/support`. */
import type { Readable } from 'node:stream';

// ------------------------------------------------------------------------------------------------------------- state

/** Objects by key: S3 in AWS, a folder on one machine. */
export interface ObjectStore {
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, body: Buffer | string | Readable): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** Where the object lies, or all objects below a key that ends with `/`, as CodeBuild writes it: `bucket/key`; on one machine a path. */
  location(key: string): string;
}

/** A version of an image, bound to a digest for ever. */
export interface Claim {
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly run: string;
}

/** Binds versions to digests, atomically, once. */
export interface Claims {
  /** Writes the claim if the version is free. Returns the claim that now stands: this one or the earlier one. */
  claim(claim: Claim): Promise<Claim>;
  /** The claim that stands; undefined if nobody has claimed the version. */
  find(image: string, version: string): Promise<Claim | undefined>;
}

/** Time, as an argument: milliseconds since 1970, and waiting. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}
