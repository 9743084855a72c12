/** Bundles a TypeScript entry point into one JavaScript file, in this process: no Docker, and the same bytes on every machine. */
import { join } from 'node:path';
import { type BundlingOptions, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import { type BuildOptions, buildSync } from 'esbuild';

/** The project's folder. Paths of entry points are relative to it. */
export const PROJECT_FOLDER = join(__dirname, '../..');

/** The file to bundle. `external` packages exist where it runs; `target` is a Node version (`node24`). */
export interface Bundle {
  readonly entry: string;
  readonly file: string;
  readonly target: string;
  readonly external: readonly string[];
}

/** Returns the bundling of a folder that contains the file, for Lambda. */
export function bundledFolder(bundle: Bundle): BundlingOptions {
  return bundling(bundle, BundlingOutput.NOT_ARCHIVED);
}

/** Returns the bundling of the file alone, which is downloaded as it is. */
export function bundledFile(bundle: Bundle): BundlingOptions {
  return bundling(bundle, BundlingOutput.SINGLE_FILE);
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

function bundling(bundle: Bundle, outputType: BundlingOutput): BundlingOptions {
  const tryBundle = (folder: string): boolean => {
    buildSync({ ...buildOptions(bundle), outfile: join(folder, bundle.file) });
    return true;
  };
  // CDK requires an image, although the local bundler always succeeds.
  return { image: DockerImage.fromRegistry('scratch'), local: { tryBundle }, outputType };
}
