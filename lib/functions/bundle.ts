/** Makes one JavaScript file of a TypeScript entry point, in this process: no Docker, no child process, same bytes on every machine. */
import { join } from 'node:path';
import { type BundlingOptions, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import { type BuildOptions, buildSync } from 'esbuild';

/** The project's folder; all paths of entry points are relative to it. */
export const PROJECT_FOLDER = join(__dirname, '../..');

/** What to bundle. `external` packages are expected where the file runs; `target` is a Node version (`node24`). */
export interface Bundle {
  readonly entry: string;
  readonly file: string;
  readonly target: string;
  readonly external: readonly string[];
}

/** Bundling of a folder with one file in it, for Lambda. */
export function bundledFolder(bundle: Bundle): BundlingOptions {
  return bundling(bundle, BundlingOutput.NOT_ARCHIVED);
}

/** Bundling of the file alone, to be fetched as it is. */
export function bundledFile(bundle: Bundle): BundlingOptions {
  return bundling(bundle, BundlingOutput.SINGLE_FILE);
}

/** How esbuild makes the file. */
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
    // Half the size for packages that ship ES modules, too: what is not used can be left out.
    mainFields: ['module', 'main'],
    logLevel: 'error',
  };
}

function bundling(bundle: Bundle, outputType: BundlingOutput): BundlingOptions {
  const tryBundle = (folder: string): boolean => {
    buildSync({ ...buildOptions(bundle), outfile: join(folder, bundle.file) });
    return true;
  };
  // CDK asks for an image even where the local bundler always answers.
  return { image: DockerImage.fromRegistry('scratch'), local: { tryBundle }, outputType };
}
