/** What the functions ship: small files, no package twice, and what is in them. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Bundle, buildOptions, PROJECT_FOLDER } from '../../lib/functions/bundle';
import { lambdaBundle } from '../../lib/functions/node-lambda';

const KB = 1024;
const STEPS = readdirSync(join(PROJECT_FOLDER, 'lambdas')).filter((name) => name !== 'shared');

interface Bundled {
  readonly bytes: number;
  /** Paths of the files that something of got into the bundle. */
  readonly files: readonly string[];
}

/** The bundles of all steps, made in one go because they share most of their files. Only the entry point differs in their options. */
function bundlesByStep(): ReadonlyMap<string, Bundled> {
  const bundles = STEPS.map(lambdaBundle);
  const options = { ...buildOptions(bundles[0] as Bundle), entryPoints: bundles.map(({ entry }) => entry) };
  const { metafile } = buildSync({ ...options, outdir: 'bundles', write: false, metafile: true });
  return new Map(
    Object.values(metafile.outputs).map(({ entryPoint = '', inputs, bytes }) => {
      const files = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      return [basename(dirname(entryPoint)), { bytes, files: files.map(([path]) => path) }];
    }),
  );
}

const BUNDLES = bundlesByStep();

/** Where each package of the bundle lies: one place, or it is there twice. */
function packages(files: readonly string[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const end = file.lastIndexOf('node_modules/') + 'node_modules/'.length;
    if (end < 'node_modules/'.length) continue;
    const name = /^(@[^/]+\/)?[^/]+/.exec(file.slice(end))?.[0] ?? '';
    found.set(name, (found.get(name) ?? new Set()).add(file.slice(0, end)));
  }
  return found;
}

/** Modules of packages that are there as CommonJS and as ES module. */
function inTwoKinds(files: readonly string[]): string[] {
  const modules = files
    .filter((file) => file.includes('node_modules/'))
    .map((file) => file.replace(/\.(cjs|mjs|js)$/, '').replace(/\/(dist-)?(cjs|esm?|es)\//, '/'));
  return modules.filter((module, index) => modules.indexOf(module) !== index);
}

/** In KB; 1024 for every other step. `preview` has all of `plan`, and the page with the plan. */
const LIMITS: Readonly<Record<string, number>> = { webhook: 500, preview: 1100 };

describe.each(STEPS)('the bundle of %s', (step) => {
  const { bytes, files } = BUNDLES.get(step) ?? { bytes: 0, files: [] };

  const limit = LIMITS[step] ?? 1024;
  test(`is smaller than ${limit} KB`, () => {
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(limit * KB);
  });

  test('has no package twice', () => {
    const twice = [...packages(files)].filter(([, places]) => places.size > 1).map(([name]) => name);

    expect(twice).toEqual([]);
    expect(inTwoKinds(files)).toEqual([]);
  });

  test('has no package that Lambda provides, and no code of other rooms', () => {
    expect([...packages(files).keys()].filter((name) => name.startsWith('@aws-sdk/client-'))).toEqual([]);
    expect(files.filter((file) => /^(lib|local|cli|test|bin)\//.test(file))).toEqual([]);
  });
});

test('the rule notices a package that is there twice', () => {
  expect(packages(['node_modules/a/x.js', 'node_modules/b/node_modules/a/x.js']).get('a')?.size).toBe(2);
  expect(inTwoKinds(['node_modules/a/x.js', 'node_modules/a/x.cjs'])).toEqual(['node_modules/a/x']);
  expect(inTwoKinds(['node_modules/a/dist-es/x.js', 'node_modules/a/dist-cjs/x.js'])).toEqual(['node_modules/a/x']);
});
