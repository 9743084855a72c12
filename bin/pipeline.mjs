#!/usr/bin/env node
// Runs the command line from one bundled file, which starts three times as fast as many files. The package has that file. In the repository
// it is made of the sources (bin/pipeline.ts), again when one of them is newer.
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old; install Node 22 or newer (https://nodejs.org)`);
  process.exit(2);
}

const load = createRequire(import.meta.url);
if (existsSync(join(root, 'bin/pipeline.ts'))) await runSources();
else load(join(root, 'dist/package/pipeline.cjs'));

async function runSources() {
  const bundle = join(root, 'dist/pipeline.cjs');
  if (!existsSync(bundle) || statSync(bundle).mtimeMs < newestSource()) {
    const { bundleCommand } = await import('./bundle-command.mjs');
    const part = `${bundle}.${process.pid}.part`;
    await bundleCommand({ root, outfile: part, ownFolder: (folder) => JSON.stringify(join(root, folder)) });
    // In one step, so that two processes that start at the same time never load half a bundle.
    renameSync(part, bundle);
  }
  load(bundle);
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
