/** Which image of an index stands for it. */
import * as z from 'zod';

const Index = z.object({
  manifests: z.array(z.object({ digest: z.string(), platform: z.object({ os: z.string() }).optional() })),
});

/** The digest of the first image that an index lists; undefined if it lists none, or the manifest is no index. */
export function firstImageOf(manifest: Buffer): string | undefined {
  const { manifests = [] } = Index.safeParse(JSON.parse(manifest.toString('utf8'))).data ?? {};
  // BuildKit lists attestations as images of an unknown system.
  return manifests.find(({ platform }) => platform?.os !== 'unknown')?.digest;
}
