/**
 * Makes what the published package has instead of sources: command line, construct, Lambda code, job tool and types, in `dist/package`.
 * `npm pack` runs it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { JOB_TOOL_BUNDLE } from '../lib/builders/build-project';
import { type Bundle, buildOptions, builtFile } from '../lib/functions/bundle';
import { lambdaBundle } from '../lib/functions/node-lambda';
import { bundleCommand, bundleConstruct } from './bundle-command.mjs';

const ROOT = resolve(__dirname, '..');
const OUT = 'dist/package';

const MISSING_PEER = `for (const name of ['aws-cdk-lib', 'constructs']) try { require.resolve(name) } catch {
  throw new Error('the construct needs the package ' + name + ', which is not installed; run: npm install aws-cdk-lib constructs');
}`;

async function main(): Promise<void> {
  rmSync(join(ROOT, OUT), { recursive: true, force: true });
  // Elsewhere, `npx pipeline` may be a package of somebody else.
  const shared = { root: ROOT, replace: (text: string) => text.replaceAll('npx pipeline', `npx ${packageName()}`) };
  const steps = readdirSync(join(ROOT, 'lambdas')).filter((step) => step !== 'shared');
  const bundles = [
    await bundleCommand({ ...shared, outdir: `${OUT}/command`, ownFolder: below('import.meta.dirname', '../../..') }),
    await bundleConstruct({
      ...shared,
      outfile: `${OUT}/index.cjs`,
      ownFolder: below('__dirname', '../..'),
      before: MISSING_PEER,
    }),
  ];
  const prebuilt = [...steps.map(lambdaBundle), JOB_TOOL_BUNDLE].map(prebuild);
  const metafiles = [...bundles.map(({ metafile }) => metafile), ...prebuilt];
  writeFileSync(join(ROOT, OUT, 'LICENSES.txt'), licenses(metafiles));
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.package.json'],
    {
      cwd: ROOT,
      stdio: 'inherit',
    },
  );
  if (status !== 0) throw new Error('the types of the package could not be made');
}

/** Returns the JavaScript for a folder of the package, which is `up` from the folder of the bundle. */
function below(own: string, up: string) {
  return (folder: string) => `require('node:path').join(${own}, ${JSON.stringify(up)}, ${JSON.stringify(folder)})`;
}

function packageName(): string {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).name;
}

function prebuild(bundle: Bundle): Metafile {
  return buildSync({ ...buildOptions(bundle), outfile: builtFile(bundle), metafile: true }).metafile;
}

/** Returns the licenses of all packages that the bundles contain. */
function licenses(metafiles: readonly Metafile[]): string {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap((path) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)]
    .sort()
    .map(license)
    .join(`\n${'-'.repeat(80)}\n`);
}

function license(folder: string): string {
  const { name, version, license: kind } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(ROOT, folder)).find((each) => /^(licen[cs]e|copying)/i.test(each));
  const text = file === undefined ? '' : `\n${readFileSync(join(ROOT, folder, file), 'utf8')}`;
  return `${name} ${version}: ${kind}\n${text}`;
}

void main();
