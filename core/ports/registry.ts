/** What the steps need from the world, in our words. Adapters implement these; tests use the fakes in `test/support`. */
import type { PullLimit } from '../image/exhausted-rate-limit';

// ---------------------------------------------------------------------------------------------------------- registry

/** A manifest as the registry has it: exact bytes, their media type, and their sha256 (`sha256:...`). */
export interface Manifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** An image repository on a registry, without tag: `host` may have a port. */
export interface RepositoryName {
  readonly host: string;
  readonly repository: string;
}

/** Manifests whose bytes are known; undefined for others. */
export type ManifestsByDigest = (digest: string) => Promise<Manifest | undefined>;

/** Image manifests on any OCI registry. `reference` is a tag or a digest. Throws `RegistryError`. */
export interface ImageRegistry {
  /** The manifest's digest, by HEAD; undefined if the registry has no such manifest. */
  head(name: RepositoryName, reference: string): Promise<string | undefined>;
  /** The manifest, its bytes checked against its digest; undefined if there is none. */
  get(name: RepositoryName, reference: string): Promise<Manifest | undefined>;
  /** The bytes of the image's config, of an index that of its first image; undefined if there is none. */
  config(name: RepositoryName, manifest: Manifest): Promise<Buffer | undefined>;
  /** Puts the exact bytes under a tag (or the digest) and verifies by reading back. Never deletes. */
  put(name: RepositoryName, reference: string, manifest: Manifest): Promise<void>;
  /**
   * Makes all that the manifest refers to present in `to`: by mount, else streamed; children first. Not the manifest itself. What `kept`
   * has is not pulled.
   */
  copyContent(from: RepositoryName, to: RepositoryName, manifest: Manifest, kept?: ManifestsByDigest): Promise<void>;
  /** How many pulls the host said with its last reply that it still allows; undefined if it counts none. Absent: no host does. */
  pullsLeft?(host: string): PullLimit | undefined;
}
