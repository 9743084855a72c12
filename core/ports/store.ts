/** Stored state and time, as the steps use them. `adapters/aws` and `adapters/disk` implement these ports. */
import type { Readable } from 'node:stream';

/** Objects by key: S3 in AWS, a folder on one machine. */
export interface ObjectStore {
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, body: Buffer | string | Readable): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** Returns where an object is, or the folder of a key that ends with `/`: `bucket/key` as CodeBuild writes it, or a path on one machine. */
  location(key: string): string;
}

/** A version of an image, bound to a digest forever. */
export interface Claim {
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly run: string;
}

/** Binds versions to digests, atomically and once. */
export interface Claims {
  /** Writes the claim if the version is free. Returns the claim that stands: this one or an earlier one. */
  claim(claim: Claim): Promise<Claim>;
  /** Returns the claim that stands, or undefined if the version is free. */
  find(image: string, version: string): Promise<Claim | undefined>;
}

/** Time as an argument: `now` in milliseconds since 1970. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}
