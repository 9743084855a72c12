/** An image with its attestations as a registry has it, read over plain HTTP, independent of our client. */

type Labels = Readonly<Record<string, string>>;

/** One of the images of an index. */
interface PlatformImage {
  /** Of its manifest. */
  readonly digest: string;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly labels: Labels;
  readonly layers: readonly string[];
}

/** What is said about an image, by in-toto. */
interface Statement {
  readonly predicateType: string;
  readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
  readonly predicate: unknown;
}

export interface PushedImage {
  readonly images: readonly PlatformImage[];
  readonly statements: readonly Statement[];
}

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Returns the digests of the blobs that the manifest of a tag names. */
export async function readManifest(
  host: string,
  repository: string,
  tag: string,
): Promise<{ readonly config: string; readonly layers: readonly string[] }> {
  const { config, layers } = await read<Manifest>(`http://${host}/v2/${repository}/manifests/${tag}`);
  return { config: config.digest, layers: layers.map(({ digest }) => digest) };
}

/** Reads the index that a tag of `repository` names. Throws if there is none. */
export async function readPushedImage(host: string, repository: string, tag: string): Promise<PushedImage> {
  const base = `http://${host}/v2/${repository}`;
  const { manifests } = await read<{ readonly manifests: readonly Descriptor[] }>(`${base}/manifests/${tag}`);
  const images: PlatformImage[] = [];
  const statements: Statement[] = [];
  for (const { digest, platform } of manifests) {
    const { config, layers } = await readManifest(host, repository, digest);
    if (platform?.os === 'unknown') {
      for (const layer of layers) statements.push(await read<Statement>(`${base}/blobs/${layer}`));
      continue;
    }
    const settings = await read<{ readonly config: { readonly Labels?: Labels } }>(`${base}/blobs/${config}`);
    const name = `${platform?.os}/${platform?.architecture}`;
    images.push({ digest, platform: name, labels: settings.config.Labels ?? {}, layers });
  }
  return { images, statements };
}

async function read<Content>(url: string): Promise<Content> {
  const headers = { accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' };
  const reply = await fetch(url, { headers });
  if (!reply.ok) throw new Error(`${url}: ${reply.status}`);
  return (await reply.json()) as Content;
}
