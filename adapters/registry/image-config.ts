/** The config of an image: the blob that says how a container is started, and how the image was built. */
import * as z from 'zod';
import { firstImageOf } from '../../core/image/manifest';
import { isDigest } from '../../core/image/reference';
import type { Manifest, RepositoryName } from '../../core/ports/registry';
import { BrokenReplyError } from '../http/http-error';
import { discardBody, readBytes } from '../http/http-request';
import { digestOf } from './check-reference';
import type { RegistryClient } from './client/registry-client';
import { pull } from './client/scopes';
import { getManifest } from './manifests';

/** Larger than any that Docker makes. */
const LARGEST_CONFIG = 4 * 1024 * 1024;
const CONFIG_TYPES: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

const ConfigDescriptor = z.object({ mediaType: z.string(), digest: z.string().refine(isDigest) });
type ConfigDescriptor = z.infer<typeof ConfigDescriptor>;
const ImageManifest = z.object({ config: ConfigDescriptor.optional() });

/** The bytes of the config, of an index that of its first image; undefined if there is none. */
export async function getConfig(
  client: RegistryClient,
  name: RepositoryName,
  manifest: Manifest,
): Promise<Buffer | undefined> {
  const child = firstImageOf(manifest.bytes);
  const image = child === undefined ? manifest : await getManifest(client, name, child);
  // An index of indexes is left alone: who follows every one may go far.
  const config = image === undefined ? undefined : read(image).config;
  return config === undefined ? undefined : getBlob(client, name, config);
}

function read({ bytes }: Manifest): z.infer<typeof ImageManifest> {
  return ImageManifest.safeParse(JSON.parse(bytes.toString('utf8'))).data ?? {};
}

async function getBlob(
  client: RegistryClient,
  name: RepositoryName,
  { mediaType, digest }: ConfigDescriptor,
): Promise<Buffer | undefined> {
  if (!CONFIG_TYPES.includes(mediaType)) return undefined;
  return client.call(
    {
      host: name.host,
      target: `${name.repository}/blobs/${digest}`,
      scopes: [pull(name.repository)],
      method: 'GET',
      headers: { 'accept-encoding': 'identity' },
      expect: [200, 404],
    },
    async (reply) => {
      if (reply.status === 404) {
        discardBody(reply);
        return undefined;
      }
      const bytes = await readBytes(reply, LARGEST_CONFIG);
      if (digestOf(bytes, digest) !== digest) throw new BrokenReplyError(`the config's bytes are not ${digest}`);
      return bytes;
    },
  );
}
