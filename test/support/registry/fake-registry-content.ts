/** Images for registry tests, made of bytes and pushed over plain HTTP, independent of our client. */
import { createHash } from 'node:crypto';
import type { Manifest } from '../../../core/ports/registry';

export const TYPES = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

export interface Content {
  /** Children that must be put first, by digest. */
  readonly manifests: readonly Content[];
  readonly blobs: readonly Buffer[];
  readonly manifest: Manifest;
}

export interface ImageOptions {
  readonly mediaType?: string;
  readonly layers?: readonly Buffer[];
  /** More fields of the manifest: `annotations`, `subject`, ... */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** `sha256:...` of the bytes. */
export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A manifest with its bytes as they are. */
export function manifestOf(bytes: Buffer, mediaType: string): Manifest {
  return { bytes, mediaType, digest: sha256(bytes) };
}

/** An image of random-looking but reproducible content; `seed` makes it differ from others. */
export function imageOf(
  seed: string,
  { mediaType = TYPES.ociManifest, layers, fields = {} }: ImageOptions = {},
): Content {
  const isDocker = mediaType === TYPES.dockerManifest;
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', seed, rootfs: { type: 'layers', diff_ids: [] } }),
  );
  const blobs = [config, ...(layers ?? [Buffer.from(`layer of ${seed}`), Buffer.from('a base layer that all share')])];
  const configType = isDocker
    ? 'application/vnd.docker.container.image.v1+json'
    : 'application/vnd.oci.image.config.v1+json';
  const layerType = isDocker
    ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    : 'application/vnd.oci.image.layer.v1.tar+gzip';
  const [configDescriptor, ...layerDescriptors] = blobs.map((blob, index) =>
    descriptor(blob, index === 0 ? configType : layerType),
  );
  const body = { schemaVersion: 2, mediaType, config: configDescriptor, layers: layerDescriptors, ...fields };
  return { manifests: [], blobs, manifest: manifestOf(print(body), mediaType) };
}

/** Makes an image as Docker pushes it. */
export function dockerImage(seed: string): Content {
  return imageOf(seed, { mediaType: TYPES.dockerManifest });
}

/** An index of the contents. */
export function indexOf(children: readonly Content[], mediaType: string = TYPES.ociIndex): Content {
  const manifests = children.map(({ manifest }, index) => ({
    ...descriptor(manifest.bytes, manifest.mediaType),
    platform: { architecture: ['amd64', 'arm64', 'unknown'][index] ?? 'unknown', os: 'linux' },
  }));
  return {
    manifests: children,
    blobs: [],
    manifest: manifestOf(print({ schemaVersion: 2, mediaType, manifests }), mediaType),
  };
}

/** Returns all manifests of the content, its own last. */
export function manifestsIn(content: Content): readonly Manifest[] {
  return [...content.manifests.flatMap(manifestsIn), content.manifest];
}

/** All blobs of the content and its children. */
export function blobsIn(content: Content): readonly Buffer[] {
  return [...content.manifests.flatMap(blobsIn), ...content.blobs];
}

/** Pushes blobs, children and the manifest under the tags. `base` is `http://host:port`. */
export async function pushContent(
  base: string,
  repository: string,
  content: Content,
  ...tags: string[]
): Promise<void> {
  for (const child of content.manifests) await pushContent(base, repository, child);
  for (const blob of content.blobs) await pushBlob(base, repository, blob);
  for (const reference of [content.manifest.digest, ...tags])
    await pushManifest(base, repository, reference, content.manifest);
}

/** Uploads one blob in two requests. */
export async function pushBlob(base: string, repository: string, blob: Buffer): Promise<void> {
  const opened = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(opened.headers.get('location') ?? '', base);
  location.searchParams.set('digest', sha256(blob));
  await expectStatus(await fetch(location, { method: 'PUT', body: blob }), 201);
}

/** Puts one manifest. */
export async function pushManifest(
  base: string,
  repository: string,
  reference: string,
  manifest: Manifest,
): Promise<void> {
  const url = `${base}/v2/${repository}/manifests/${reference}`;
  const reply = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': manifest.mediaType },
    body: manifest.bytes,
  });
  await expectStatus(reply, 201);
}

/** The bytes, type and digest under a reference as another client reads them; undefined if there is none. */
export async function pulledManifest(
  base: string,
  repository: string,
  reference: string,
): Promise<Manifest | undefined> {
  const reply = await fetch(`${base}/v2/${repository}/manifests/${reference}`, {
    headers: { accept: Object.values(TYPES).join(', ') },
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  return reply.status === 200 ? manifestOf(bytes, reply.headers.get('content-type') ?? '') : undefined;
}

/** Digests of the content's parts that the repository cannot serve. */
export async function missingFrom(base: string, repository: string, content: Content): Promise<readonly string[]> {
  const manifests = await Promise.all(
    manifestsIn(content).map(
      async ({ digest }) => (await pulledManifest(base, repository, digest)) === undefined && digest,
    ),
  );
  const blobs = await Promise.all(
    blobsIn(content).map(async (blob) => {
      const reply = await fetch(`${base}/v2/${repository}/blobs/${sha256(blob)}`);
      const bytes = Buffer.from(await reply.arrayBuffer());
      return !(reply.status === 200 && bytes.equals(blob)) && sha256(blob);
    }),
  );
  return [...manifests, ...blobs].filter((digest) => digest !== false);
}

function descriptor(bytes: Buffer, mediaType: string) {
  return { mediaType, size: bytes.length, digest: sha256(bytes) };
}

/** Indented, so that a client that parses and prints it again changes the digest. */
function print(body: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(body, null, 3)}\n`);
}

async function expectStatus(reply: Response, status: number): Promise<void> {
  const text = await reply.text();
  if (reply.status !== status) throw new Error(`${reply.url} answered ${reply.status} ${text.slice(0, 300)}`);
}
