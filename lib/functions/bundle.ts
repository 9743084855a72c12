/** Bundles a TypeScript entry point into one JavaScript file, in this process: no Docker, and the same bytes on every machine. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, type AssetOptions, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import type { BuildOptions } from 'esbuild';

/** The project's folder. Paths of entry points are relative to it. */
export const PROJECT_FOLDER = join(__dirname, '../..');

/** The file to bundle. `external` packages exist where it runs; `target` is a Node version (`node24`). */
export interface Bundle {
  readonly entry: string;
  readonly file: string;
  readonly target: string;
  readonly external: readonly string[];
}

/** An asset of CDK: a folder or file, and how it is bundled. */
interface BundledAsset extends AssetOptions {
  readonly path: string;
}

/** Returns a folder that contains the bundle, for Lambda. */
export function bundledFolder(bundle: Bundle): BundledAsset {
  return bundledAsset(bundle, BundlingOutput.NOT_ARCHIVED, dirname(builtFile(bundle)));
}

/** Returns the bundle alone, which is downloaded as it is. */
export function bundledFile(bundle: Bundle): BundledAsset {
  return bundledAsset(bundle, BundlingOutput.SINGLE_FILE, builtFile(bundle));
}

/** Returns the path of the bundle in the published package, which has no sources and no esbuild. */
export function builtFile({ entry, file }: Bundle): string {
  return join(PROJECT_FOLDER, 'dist/package/assets', dirname(entry), file);
}

/** Returns the options of esbuild. */
export function buildOptions({ entry, target, external }: Bundle): BuildOptions {
  return {
    absWorkingDir: PROJECT_FOLDER,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target,
    external: [...external],
    minify: true,
    keepNames: true,
    legalComments: 'none',
    // ES modules first halves the size: esbuild can leave out what is not used.
    mainFields: ['module', 'main'],
    logLevel: 'error',
  };
}

function bundledAsset(bundle: Bundle, outputType: BundlingOutput, built: string): BundledAsset {
  const source = join(PROJECT_FOLDER, bundle.entry);
  if (!existsSync(source)) return { path: built };
  const tryBundle = (folder: string): boolean => {
    const { buildSync } = require('esbuild') as typeof import('esbuild');
    buildSync({ ...buildOptions(bundle), outfile: join(folder, bundle.file) });
    return true;
  };
  // CDK requires an image, although the local bundler always succeeds.
  const bundling = { image: DockerImage.fromRegistry('scratch'), local: { tryBundle }, outputType };
  return { path: dirname(source), assetHashType: AssetHashType.OUTPUT, bundling };
}
