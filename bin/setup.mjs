// Installs the packages of package-lock.json, unless they are installed and not older than the lock file. `npm start` and `npm test`
// run it first, so that a fresh clone needs no other command. With --omit=dev it leaves out what only tests and lint need.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old; install Node 20.19 or newer (https://nodejs.org)`);
  process.exit(1);
}

const omitted = process.argv.slice(2).filter((argument) => argument === '--omit=dev');
const marker = join(root, 'node_modules', '.package-lock.json');
const lock = join(root, 'package-lock.json');
const wanted = omitted.length > 0 ? 'esbuild' : 'jest';
const installed = existsSync(marker) && existsSync(join(root, 'node_modules', wanted));
if (!installed || statSync(marker).mtimeMs < statSync(lock).mtimeMs) {
  console.error('installing packages ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms, which not every registry serves.
  const args = ['install', '--no-save', '--loglevel=error', ...omitted, ...(omitted.length > 0 ? startPackages() : [])];
  const { status } = spawnSync(npm, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

/** Development packages that `npm start` needs, too: a user of the published package has them from elsewhere, or not at all. */
function startPackages() {
  const { packages } = JSON.parse(readFileSync(lock, 'utf8'));
  const names = ['aws-cdk-lib', 'constructs', 'esbuild'];
  return ['--save-prod', ...names.map((name) => `${name}@${packages[`node_modules/${name}`].version}`)];
}
