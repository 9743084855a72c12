/** Bundles the command line and the construct of this project. */
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';

/** Large packages, which few commands need and load when they need them. */
const LOADED_LATER = ['aws-cdk-lib', 'constructs', 'aws-local-stepfunctions', '@aws-sdk/*', 'esbuild'];

/**
 * Bundles the command line into `pipeline.mjs` and a file for each part that only some commands load, so that a command reads no more than it
 * runs. Returns what esbuild knows; with `write: false` also the files, which are not written then. `ownFolder` gives the JavaScript that
 * stands for the folder of a source (`local/serve`), which each source still knows. `replace` changes the text of sources.
 */
export function bundleCommand({ root, outdir, ownFolder, replace, write }) {
  return build({
    ...sharedOptions(root, ownFolder, replace),
    entryPoints: ['bin/pipeline.ts'],
    outdir,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    splitting: true,
    // Packages in CommonJS call it for the modules of Node.
    banner: { js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);" },
    write,
  });
}

/** Bundles the construct into one CommonJS file, with `before` at its top. */
export function bundleConstruct({ root, outfile, ownFolder, replace, before }) {
  return build({
    ...sharedOptions(root, ownFolder, replace),
    entryPoints: ['lib/index.ts'],
    outfile,
    format: 'cjs',
    banner: { js: before },
  });
}

function sharedOptions(root, ownFolder, replace = (text) => text) {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    metafile: true,
    external: LOADED_LATER,
    plugins: [{ name: 'own-folder', setup: keepOwnFolder }],
  };

  function keepOwnFolder({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const folder = ownFolder(relative(root, dirname(path)));
      return { contents: replace(text).replaceAll('__dirname', folder), loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  }
}
