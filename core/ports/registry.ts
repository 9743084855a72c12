/** Image registries, as the steps use them. `adapters/registry` implements this port, `test/support` has a fake. */
import type { PullLimit } from '../image/exhausted-rate-limit';

/** A manifest: its exact bytes, their media type, and their sha256 (`sha256:...`). */
export interface Manifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** An image repository on a registry. `host` may have a port. */
export interface RepositoryName {
  readonly host: string;
  readonly repository: string;
}

/** Returns a manifest whose bytes are known, or undefined. */
export type ManifestsByDigest = (digest: string) => Promise<Manifest | undefined>;

/** An entry of the list of manifests that refer to an image, such as signatures (distribution-spec, "Listing Referrers"). `size` is in bytes. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Reads and writes what refers to an image, such as signatures. Throws `RegistryError`. */
export interface Attachments {
  /** Returns the manifests that refer to the digest, each once. The repository must exist. */
  referrers(name: RepositoryName, digest: string): Promise<readonly Referrer[]>;
  /** Returns the bytes of a blob of at most 4 MiB, checked against the digest, or undefined if there is none. */
  blob(name: RepositoryName, digest: string): Promise<Buffer | undefined>;
  /** Uploads a small blob unless it is there, and returns its digest. */
  putBlob(name: RepositoryName, bytes: Buffer): Promise<string>;
}

/** Reads and writes image manifests on any OCI registry. `reference` is a tag or a digest. Throws `RegistryError`. */
export interface ImageRegistry extends Attachments {
  /** Returns the manifest's digest by HEAD, or undefined if there is none. */
  head(name: RepositoryName, reference: string): Promise<string | undefined>;
  /** Returns the manifest, its bytes checked against its digest, or undefined if there is none. */
  get(name: RepositoryName, reference: string): Promise<Manifest | undefined>;
  /** Returns the bytes of the image's config (for an index, of its first image), or undefined if there is none. */
  config(name: RepositoryName, manifest: Manifest): Promise<Buffer | undefined>;
  /** Puts the exact bytes under a tag or the digest, and verifies them by reading back. Never deletes. One with a subject becomes its referrer. */
  put(name: RepositoryName, reference: string, manifest: Manifest): Promise<void>;
  /**
   * Copies everything that the manifest refers to into `to`, children first, by mount or otherwise streamed. Does not copy the manifest
   * itself. Manifests that `kept` returns are not pulled.
   */
  copyContent(from: RepositoryName, to: RepositoryName, manifest: Manifest, kept?: ManifestsByDigest): Promise<void>;
  /** Returns why nothing can be pushed to the repository, as far as a look tells. Absent if every registry makes missing repositories. */
  whyNotWritable?(name: RepositoryName): Promise<string | undefined>;
  /** Returns why the image will not be replicated to the registry `to`, or undefined if it may be yet. Absent if no registry replicates. */
  whyNotReplicated?(name: RepositoryName, digest: string, to: string): Promise<string | undefined>;
  /** Returns the pulls that the host still allows by its last reply, or undefined if it does not count them. Absent if no host does. */
  pullsLeft?(host: string): PullLimit | undefined;
}
