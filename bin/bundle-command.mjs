/** Bundles an entry point of this project into one CommonJS file. */
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';

/** Large packages, which few commands need and load when they need them. */
const LOADED_LATER = ['aws-cdk-lib', 'constructs', 'aws-local-stepfunctions', '@aws-sdk/*', 'esbuild'];

/**
 * Writes the bundle and returns what esbuild knows of it. `ownFolder` gives the JavaScript that stands for the folder of a source
 * (`local/serve`), which each source still knows. `replace` changes the text of sources.
 */
export async function bundleCommand({
  root,
  outfile,
  ownFolder,
  entry = 'bin/pipeline.ts',
  replace = (text) => text,
  ...options
}) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
    metafile: true,
    external: LOADED_LATER,
    plugins: [{ name: 'own-folder', setup: keepOwnFolder }],
    ...options,
  });
  return metafile;

  function keepOwnFolder({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const folder = ownFolder(relative(root, dirname(path)));
      return { contents: replace(text).replaceAll('__dirname', folder), loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  }
}
