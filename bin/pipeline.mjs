#!/usr/bin/env node
// Runs the command line from bundled files, which start three times as fast as the sources. The package has these files. In the repository
// they are made of the sources (bin/pipeline.ts), again when one of them is newer.
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old; install Node 22 or newer (https://nodejs.org)`);
  process.exit(2);
}

// Node 22 and later keep the compiled code of a version between two starts.
module.enableCompileCache?.();

const folder = existsSync(join(root, 'bin/pipeline.ts')) ? await bundleSources() : join(root, 'dist/package/command');
await import(pathToFileURL(join(folder, 'pipeline.mjs')).href);

async function bundleSources() {
  const outdir = join(root, 'dist/command');
  const entry = join(outdir, 'pipeline.mjs');
  if (existsSync(entry) && statSync(entry).mtimeMs >= newestSource()) return outdir;
  const { bundleCommand } = await import('./bundle-command.mjs');
  const ownFolder = (name) => JSON.stringify(join(root, name));
  const { outputFiles } = await bundleCommand({ root, outdir, ownFolder, write: false });
  mkdirSync(outdir, { recursive: true });
  // The entry last, and each file in one step: processes that start at the same time never load half a bundle. Files of earlier bundles
  // stay, for processes that still run; their names tell them apart.
  for (const { path, contents } of outputFiles.toSorted(
    (one, other) => (one.path === entry) - (other.path === entry),
  )) {
    const part = `${path}.${process.pid}.part`;
    writeFileSync(part, contents);
    renameSync(part, path);
  }
  return outdir;
}

function newestSource() {
  const rooms = ['adapters', 'bin', 'buildspecs', 'cli', 'core', 'lambdas', 'lib', 'local'];
  const files = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  return Math.max(
    ...[...files, join(root, 'package-lock.json'), join(root, 'package.json')].map((file) => statSync(file).mtimeMs),
  );
}
