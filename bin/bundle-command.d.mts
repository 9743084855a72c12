import type { BuildResult } from 'esbuild';

interface Source {
  readonly root: string;
  readonly ownFolder: (folder: string) => string;
  readonly replace?: (text: string) => string;
}

type Bundled = BuildResult<{ metafile: true }>;

export function bundleCommand(bundle: Source & { readonly outdir: string; readonly write?: boolean }): Promise<Bundled>;
export function bundleConstruct(
  bundle: Source & { readonly outfile: string; readonly before: string },
): Promise<Bundled>;
