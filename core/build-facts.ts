/** How images are built, beyond their inputs: what plan, job, image and version lock say of it. */
import type { ImageOrigin } from './contract';

/** What an image was really made of: the input digest, and the commit at which it was planned. */
export interface ImageContent {
  readonly inputDigest: string;
  readonly source: string;
}

/** External base images, sorted by their name in the Dockerfile, each with its manifest's digest (`sha256:...`). */
export type BaseDigests = Readonly<Record<string, string>>;

/** What is known of how an image was built, beyond its inputs. */
export interface BuildFacts {
  /** What it was built from, that of images of ours that it is built from included; absent if unknown, or nothing. */
  readonly bases?: BaseDigests;
  /** The day on which it was built, in UTC: `2026-11-23`. In a plan, of an image that is yet to be found, the first day that it can be. */
  readonly built?: string;
}

/** Which images a build starts from: external ones by digest; of ours by service, where the plan knows better than their inputs say. */
export interface JobBases {
  readonly digests: BaseDigests;
  readonly images: Readonly<Record<string, ImageOrigin>>;
  /** True if nothing that an earlier build has left on the machine may be used: the image is built because of its age. */
  readonly noCache: boolean;
  /** Whose build cache may be written: see `core/plan/cache-scope.ts`. */
  readonly cacheScope: string;
}
