/** The content of a registry at one moment, read over plain HTTP, independent of our client. */

/** Digest by `repository:tag`. */
export type TagSnapshot = ReadonlyMap<string, string>;

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** All tags of the repositories; a repository that does not exist has none. */
export async function snapshotTags(host: string, repositories: readonly string[]): Promise<TagSnapshot> {
  const snapshot = new Map<string, string>();
  for (const repository of repositories) {
    for (const tag of await listTags(host, repository)) {
      const digest = await headManifest(host, repository, tag);
      if (digest !== undefined) snapshot.set(`${repository}:${tag}`, digest);
    }
  }
  return snapshot;
}

/** The digest of a manifest, or undefined if there is none. */
export async function headManifest(host: string, repository: string, reference: string): Promise<string | undefined> {
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
    method: 'HEAD',
    headers: { Accept: ACCEPT },
  });
  return response.ok ? (response.headers.get('docker-content-digest') ?? undefined) : undefined;
}

interface ManifestBody {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/** Everything that a pull needs and the registry does not have; empty means that the image can be pulled. */
export async function missingParts(host: string, repository: string, reference: string): Promise<readonly string[]> {
  const url = `http://${host}/v2/${repository}/manifests/${reference}`;
  const response = await fetch(url, { headers: { Accept: ACCEPT } });
  if (!response.ok) return [`${repository}:${reference}`];
  const body = (await response.json()) as ManifestBody;
  const blobs = [...(body.config === undefined ? [] : [body.config]), ...(body.layers ?? [])];
  const missing = await Promise.all(
    blobs.map(async ({ digest }) => {
      const blob = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`, { method: 'HEAD' });
      return blob.ok ? [] : [`${repository}@${digest}`];
    }),
  );
  const children = await Promise.all(
    (body.manifests ?? []).map(({ digest }) => missingParts(host, repository, digest)),
  );
  return [...missing.flat(), ...children.flat()];
}

async function listTags(host: string, repository: string): Promise<readonly string[]> {
  const response = await fetch(`http://${host}/v2/${repository}/tags/list?n=10000`);
  if (!response.ok) return [];
  const body = (await response.json()) as { readonly tags?: readonly string[] | null };
  return body.tags ?? [];
}
