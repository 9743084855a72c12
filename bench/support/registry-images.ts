/** Real images for the registry benchmark: one layer of incompressible bytes each, that Docker can unpack. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { systemClock } from '../../adapters/clock';
import { createDiskClaims, createDiskObjectStore } from '../../adapters/disk/disk-store';
import { objectKeys } from '../../core/contract/keys';
import type { ImageRegistry } from '../../core/ports/registry';
import type { OpenSigner } from '../../core/ports/signer';
import { parseSettings } from '../../core/settings/parse-settings';
import { releaseStep } from '../../lambdas/release/release';
import { releasedAs, releasePlan } from '../../test/support/pipeline/runs';

/** The namespace of the images' repositories. */
const REPOSITORIES = 'bench';

/** The images' names, `image-<n>`. */
export function imageNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `image-${index}`);
}

/** The images' repositories, `bench/image-<n>`. */
export function repositories(count: number): readonly string[] {
  return imageNames(count).map((name) => `${REPOSITORIES}/${name}`);
}

/** The repository that holds every image as a candidate under its own tag, as builds leave them. */
export const CANDIDATES = 'bench/candidates';

/** The tag of an image among the candidates. */
export function candidateTag(repository: string): string {
  return repository.replace('/', '.');
}

/** Pushes an image with a layer of so many bytes under the tag, to `http://host`. */
export async function pushImage(base: string, repository: string, tag: string, bytes: number): Promise<void> {
  const archive = pack();
  archive.entry({ name: 'data' }, randomBytes(bytes));
  archive.finalize();
  const layer = await buffer(archive);
  const compressed = gzipSync(layer, { level: 0 });
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digestOf(config),
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: compressed.length,
        digest: digestOf(compressed),
      },
    ],
  };
  for (const blob of [config, compressed]) {
    const opened = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const location = new URL(opened.headers.get('location') ?? '', base);
    location.searchParams.set('digest', digestOf(blob));
    await expectCreated(await fetch(location, { method: 'PUT', body: blob }));
  }
  const headers = { 'content-type': manifest.mediaType };
  const url = `${base}/v2/${repository}/manifests/${tag}`;
  await expectCreated(await fetch(url, { method: 'PUT', headers, body: JSON.stringify(manifest) }));
}

async function expectCreated(reply: Response): Promise<void> {
  if (reply.status !== 201) throw new Error(`${reply.url} answered ${reply.status} ${await reply.text()}`);
  await reply.arrayBuffer();
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Gives all images a further version. */
type Release = (version: string, registry: ImageRegistry) => Promise<void>;

/** The images of a release and their registry. */
interface Releases {
  readonly host: string;
  /** Names below `REPOSITORIES`. */
  readonly images: readonly string[];
  /** A tag that all have. */
  readonly from: string;
  /** The folder to work in, which the caller removes. */
  readonly home: string;
  /** Signs the releases. Default: they are not signed. */
  readonly openSigner?: OpenSigner;
}

/** Releases that come after a first one, which left manifests and content tags; that one is made here, and part of no measurement. */
export async function furtherReleases(
  { host, images, from, home, openSigner }: Releases,
  registry: ImageRegistry,
): Promise<Release> {
  const dependencies = {
    settings: parseSettings({
      git: { host: 'github', repository: 'bench/monorepo' },
      releases: { host, namespace: REPOSITORIES },
      candidates: { host, repository: 'candidates' },
    }),
    store: createDiskObjectStore(join(home, 'objects')),
    claims: createDiskClaims(join(home, 'claims')),
    clock: systemClock,
    openSigner,
  };
  const digests = await Promise.all(
    images.map((image) => registry.head({ host, repository: `${REPOSITORIES}/${image}` }, from)),
  );
  const release: Release = async (version, client) => {
    const services = images.map((name, index) => {
      const origin = { kind: 'released', reference: digests[index] ?? '' } as const;
      const inputDigest = createHash('sha1').update(name).digest('hex');
      return releasedAs(version, { name, inputDigest, action: 'retag', origin });
    });
    await dependencies.store.put(objectKeys.plan(version), JSON.stringify(releasePlan(version, version, services)));
    await releaseStep({ run: version, builds: [] }, { ...dependencies, registry: client });
  };
  await release(`${from}-${process.pid}`, registry);
  return release;
}
