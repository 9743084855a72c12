/** An image registry in memory, behind the same port as the real client. It remembers every write, for assertions on history. */
import { createHash } from 'node:crypto';
import { readManifestLinks } from '../../../core/image/manifest';
import type { ImageRegistry, Manifest, Referrer, RepositoryName } from '../../../core/ports/registry';

/** One write, in the order in which it happened. */
export interface RegistryWrite {
  readonly repository: string;
  readonly reference: string;
  readonly digest: string;
}

export interface MemoryRegistry extends ImageRegistry {
  readonly writes: readonly RegistryWrite[];
  /** Puts an image as a build job would, without counting as a write of the pipeline. */
  seed(name: RepositoryName, reference: string, content: string): Manifest;
  /** Gives the image of this content a config. */
  describe(content: string, config: object): void;
  /** Empties all repositories of a host. */
  forget(host: string): void;
  /** Makes calls fail from now on: the function gets method and repository and throws if it should. */
  failWhen(rule: (method: string, repository: string, reference: string) => void): void;
}

/** A manifest of the given content; equal content has an equal digest. */
export function manifestOf(content: string): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, content }));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { bytes, mediaType: 'application/vnd.oci.image.manifest.v1+json', digest };
}

export function createMemoryRegistry(): MemoryRegistry {
  const manifests = new Map<string, Manifest>();
  const present = new Set<string>();
  const configs = new Map<string, Buffer>();
  const blobs = new Map<string, Buffer>();
  const referrers = new Map<string, Referrer[]>();
  const writes: RegistryWrite[] = [];
  let rule: (method: string, repository: string, reference: string) => void = () => undefined;
  const place = (name: RepositoryName) => `${name.host}/${name.repository}`;
  const store = (name: RepositoryName, reference: string, manifest: Manifest) => {
    manifests.set(`${place(name)}:${reference}`, manifest);
    manifests.set(`${place(name)}:${manifest.digest}`, manifest);
    present.add(`${place(name)} ${manifest.digest}`);
  };
  return {
    writes,
    seed: (name, reference, content) => {
      const manifest = manifestOf(content);
      store(name, reference, manifest);
      return manifest;
    },
    describe: (content, config) => {
      configs.set(manifestOf(content).digest, Buffer.from(JSON.stringify(config)));
    },
    forget: (host) => {
      for (const key of manifests.keys()) if (key.startsWith(`${host}/`)) manifests.delete(key);
      for (const key of present) if (key.startsWith(`${host}/`)) present.delete(key);
    },
    failWhen: (given) => {
      rule = given;
    },
    head: async (name, reference) => {
      rule('head', name.repository, reference);
      return manifests.get(`${place(name)}:${reference}`)?.digest;
    },
    get: async (name, reference) => {
      rule('get', name.repository, reference);
      return manifests.get(`${place(name)}:${reference}`);
    },
    config: async (name, manifest) => {
      rule('config', name.repository, manifest.digest);
      return configs.get(manifest.digest);
    },
    put: async (name, reference, manifest) => {
      rule('put', name.repository, reference);
      // As a real registry: a manifest whose parts are not in the repository is refused.
      const subject = subjectOf(manifest);
      const isComplete =
        subject === undefined
          ? present.has(`${place(name)} ${manifest.digest}`)
          : readManifestLinks(manifest.bytes, manifest.mediaType).blobs.every(({ digest }) =>
              blobs.has(`${place(name)} ${digest}`),
            );
      if (!isComplete) throw new Error('MANIFEST_BLOB_UNKNOWN');
      if (subject !== undefined && !manifests.has(`${place(name)}:${manifest.digest}`)) {
        const key = `${place(name)} ${subject}`;
        referrers.set(key, [...(referrers.get(key) ?? []), referrerOf(manifest)]);
      }
      store(name, reference, manifest);
      writes.push({ repository: name.repository, reference, digest: manifest.digest });
    },
    copyContent: async (from, to, manifest) => {
      rule('copy', to.repository, manifest.digest);
      if (!present.has(`${place(from)} ${manifest.digest}`)) throw new Error('BLOB_UNKNOWN');
      present.add(`${place(to)} ${manifest.digest}`);
      // All that refers to the image comes with it.
      const attached = referrers.get(`${place(from)} ${manifest.digest}`) ?? [];
      if (attached.length > 0) referrers.set(`${place(to)} ${manifest.digest}`, [...attached]);
      for (const { digest } of attached) {
        const artifact = manifests.get(`${place(from)}:${digest}`);
        if (artifact === undefined) continue;
        store(to, digest, artifact);
        for (const blob of readManifestLinks(artifact.bytes, artifact.mediaType).blobs) {
          const bytes = blobs.get(`${place(from)} ${blob.digest}`);
          if (bytes !== undefined) blobs.set(`${place(to)} ${blob.digest}`, bytes);
        }
      }
    },
    referrers: async (name, digest) => {
      rule('referrers', name.repository, digest);
      return referrers.get(`${place(name)} ${digest}`) ?? [];
    },
    blob: async (name, digest) => {
      rule('blob', name.repository, digest);
      return blobs.get(`${place(name)} ${digest}`);
    },
    putBlob: async (name, bytes) => {
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      rule('putBlob', name.repository, digest);
      blobs.set(`${place(name)} ${digest}`, bytes);
      return digest;
    },
  };
}

/** The digest that a manifest of a signature is about; undefined for an image. */
function subjectOf({ bytes }: Manifest): string | undefined {
  return (JSON.parse(bytes.toString('utf8')) as { readonly subject?: { readonly digest: string } }).subject?.digest;
}

function referrerOf({ bytes, mediaType, digest }: Manifest): Referrer {
  const { artifactType, annotations } = JSON.parse(bytes.toString('utf8')) as Pick<
    Referrer,
    'artifactType' | 'annotations'
  >;
  return { mediaType, digest, size: bytes.length, artifactType, annotations };
}
