/** How images are built, beyond their inputs: what plan, job, image and version lock say of it. */

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

// * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
// State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
// the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
// what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
// approval in `approval-contract.ts`, how a run ends that failed in
// `run-end.ts`.

/** How a service's version is found: given, or the first free one of a numbered line (`v1.4.0-dev`, `v1.4.0-dev-2`, ...). */
export type VersionRule =
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'next'; readonly line: string; readonly after: number }
  | { readonly kind: 'none' };

/** Where the bytes of a service's image are (or will be, after its build): a candidate's tag, or a tag or digest of its release. */
export type ImageOrigin =
  | { readonly kind: 'candidate'; readonly tag: string }
  | { readonly kind: 'released'; readonly reference: string };
