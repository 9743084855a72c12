/** Contract, shared: what plan, job, release and version lock say about an image. */

/** The content that an image was built from: its input digest, and the commit at which it was planned. */
export interface ImageContent {
  readonly inputDigest: string;
  readonly source: string;
}

/** External base images by their name in the Dockerfile, sorted, each with its manifest's digest (`sha256:...`). */
export type BaseDigests = Readonly<Record<string, string>>;

/** Facts about the build of an image besides its inputs. */
export interface BuildFacts {
  /** The base images, including those of the catalog's images that it starts from. Absent if unknown or none. */
  readonly bases?: BaseDigests;
  /** The day of the build, in UTC: `2026-11-23`. In a plan, for an image that is yet to be found, the earliest day allowed. */
  readonly built?: string;
}

/** The way to a service's version: a given one, or the first free one of a numbered line (`v1.4.0-dev`, `v1.4.0-dev-2`, ...). */
export type VersionRule =
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'next'; readonly line: string; readonly after: number }
  | { readonly kind: 'none' };

/** The place of an image's bytes, now or after its build: a candidate's tag, or a tag or digest of its release. */
export type ImageOrigin =
  | { readonly kind: 'candidate'; readonly tag: string }
  | { readonly kind: 'released'; readonly reference: string };

/**
 * The place of a service's tag: a dotted path (`grafana.image.tag`) that one of the environment's values files has, or a path in the
 * values file of that name.
 */
export type TagPlace = string | { readonly file: string; readonly path: string };

/** Days after which ECR deletes a candidate that was not released. */
export const CANDIDATE_DAYS = 14;
