/** Pushes an image made on this machine: blobs first, the manifest last, so that nobody ever sees half an image. */
import type { Readable } from 'node:stream';
import { hasBlob } from '../../adapters/registry/blobs';
import { type PutDependencies, putManifest } from '../../adapters/registry/put-manifest';
import type { RegistryClient } from '../../adapters/registry/registry-client';
import { finishUpload, openUpload, sendBytes } from '../../adapters/registry/uploads';
import type { Manifest, RepositoryName } from '../../core/ports';

/** A config or layer. `open` gives its bytes, again for every call. */
export interface LocalBlob {
  readonly digest: string;
  readonly size: number;
  open(): Promise<Readable>;
}

/** A whole image, ready to be pushed. */
export interface LocalImage {
  readonly blobs: readonly LocalBlob[];
  readonly manifest: Manifest;
}

/** Makes the image present under the tag. What the registry has already is not sent again. Throws `RegistryError`. */
export async function pushImage(
  to: RepositoryName,
  tag: string,
  { blobs, manifest }: LocalImage,
  dependencies: PutDependencies,
): Promise<void> {
  await Promise.all(blobs.map((blob) => pushBlob(dependencies.client, to, blob)));
  await putManifest(to, tag, manifest, dependencies);
}

async function pushBlob(client: RegistryClient, to: RepositoryName, blob: LocalBlob): Promise<void> {
  if (await hasBlob(client, to, blob.digest)) return;
  const location = await openUpload(client, to);
  const sent = await sendBytes(client, to, { location, offset: 0 }, blob.size, () => blob.open());
  await finishUpload(client, to, sent, blob.digest);
}
