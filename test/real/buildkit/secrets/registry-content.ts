/** Everything that a registry has of an image, as one text in which a value can be searched for. */
import { gunzipSync } from 'node:zlib';

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface Content {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly layers?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
}

/** Returns every manifest, config, attestation and layer behind a tag or digest; layers are unpacked. Throws if there is none. */
export async function contentOf(host: string, repository: string, reference: string): Promise<string> {
  const base = `http://${host}/v2/${repository}`;
  const reply = await fetch(`${base}/manifests/${reference}`, { headers: { accept: ACCEPT } });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reference}: ${reply.status}`);
  const { manifests = [], layers = [], config } = JSON.parse(text) as Content;
  const blobs = [...layers, ...(config === undefined ? [] : [config])].map(async ({ digest }) => {
    const blob = await fetch(`${base}/blobs/${digest}`);
    if (!blob.ok) throw new Error(`${digest}: ${blob.status}`);
    const bytes = Buffer.from(await blob.arrayBuffer());
    return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1');
  });
  const inner = manifests.map(({ digest }) => contentOf(host, repository, digest));
  return [text, ...(await Promise.all([...blobs, ...inner]))].join('\n');
}
