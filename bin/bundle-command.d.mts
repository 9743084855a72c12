import type { BuildOptions, Metafile } from 'esbuild';

export interface CommandBundle extends BuildOptions {
  readonly root: string;
  readonly outfile: string;
  readonly ownFolder: (folder: string) => string;
  readonly entry?: string;
  readonly replace?: (text: string) => string;
}

export function bundleCommand(bundle: CommandBundle): Promise<Metafile>;
