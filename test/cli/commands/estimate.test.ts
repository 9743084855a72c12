/** The document's table "Build Time Estimates" beside ours: these are the figures that the project promises. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EstimateReport } from '../../../cli/commands/estimate';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { composeStages, type StageTree } from '../../../lib/state-machine/stages';
import { runCommand } from '../../support/pipeline/small-pipeline';

const CATALOGS = join(__dirname, '../../../catalogs');
const CLOUD_TUNER = ['--catalog', join(CATALOGS, 'cloud-tuner.yaml')];
const SCENARIOS = ['--scenarios', join(CATALOGS, 'cloud-tuner-estimates.yaml')];

async function reportOf(...args: string[]): Promise<EstimateReport> {
  const { exitCode, stdout, stderr } = await runCommand('estimate', ...CLOUD_TUNER, ...args, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('estimate', () => {
  test('plans a full Cloud-Tuner release in less than 30 minutes with 60 builders, within 5 % of the lower bound', async () => {
    const { scenarios } = await reportOf(...SCENARIOS, '--builders', '60');
    const [full] = scenarios;

    expect(full).toMatchObject({ name: 'Full Release (All)', services: 73, modules: 18, byNeeds: 25, lowerBound: 25 });
    expect(full?.byNeeds).toBeLessThanOrEqual(30);
    expect(full?.byNeeds).toBeLessThanOrEqual(1.05 * (full?.lowerBound ?? 0));
  });

  test('reproduces the table of the document, with barriers and as deployed', async () => {
    const { scenarios } = await reportOf(...SCENARIOS);
    const rows = scenarios.map((row) => {
      const { sequential, parallel } = row.expected ?? {};
      return [row.services, sequential, row.sequential, parallel, row.byBarriers, row.byNeeds, row.cost];
    });

    expect(rows).toEqual([
      [73, [240, 300], 642, [60, 90], 67, 25, 5.52],
      [10, [100, 120], 119, [30, 40], 37, 25, 1.14],
      [22, [180, 220], 188, [45, 60], 44, 22, 1.83],
      [5, [50, 60], 64, [15, 20], 42, 22, 0.59],
      [1, [10, 15], 15, [10, 15], 15, 15, 0.15],
      [4, [30, 45], 42, [15, 20], 22, 12, 0.42],
    ]);
  });

  test('agrees with the cost of a release in the deploy guide', async () => {
    const guide = readFileSync(join(__dirname, '../../../docs/deploy.md'), 'utf8');
    const [full, adapter] = (await reportOf(...SCENARIOS)).scenarios;

    const minutes = [...guide.matchAll(/^\| CodeBuild, .* \| (\d+) minutes at (0\.\d+) \| (\d\.\d\d) \|$/gm)].map(
      (row) => row.slice(1).map(Number),
    );
    expect(minutes).toHaveLength(2);
    expect(minutes.reduce((sum, [count = 0]) => sum + count, 0)).toBe(full?.sequential);
    expect(minutes.reduce((sum, [, , dollars = 0]) => sum + dollars, 0)).toBeCloseTo(full?.cost ?? 0, 5);
    for (const [count = 0, price = 0, dollars] of minutes) expect(count * price).toBeCloseTo(dollars ?? 0, 5);
    const sentence = `builds ${adapter?.services} images and one module for $${adapter?.cost}`;
    expect(guide.replaceAll('\n', ' ')).toContain(sentence);
  });

  test('shares machines without a longer release, and within 10 % of the bound of every packing with 10 builders or 1', async () => {
    for (const builders of ['60', '10', '1']) {
      const [full] = (await reportOf(...SCENARIOS, '--builders', builders)).scenarios;
      if (full === undefined) throw new Error('there is no full release');
      expect(full.packed.minutes).toBeLessThanOrEqual(full.byNeeds);
      expect(full.packed.minutes).toBeLessThanOrEqual(1.1 * full.packed.lowerBound);
      expect(full.packed.cost).toBeLessThan(0.88 * (full.cost ?? 0));
    }
  });

  test('is at the lower bound in every scenario with 60 builders, and never below it with fewer', async () => {
    const { scenarios } = await reportOf(...SCENARIOS);
    expect(scenarios.map(({ byNeeds }) => byNeeds)).toEqual(scenarios.map(({ lowerBound }) => lowerBound));

    for (const builders of ['1', '5', '20']) {
      const fewer = await reportOf(...SCENARIOS, '--builders', builders);
      for (const row of fewer.scenarios) expect(row.byNeeds).toBeGreaterThanOrEqual(row.lowerBound);
    }
  });

  test('simulates the order of stages that the state machine has', () => {
    const { stages } = parseCatalog(readFileSync(join(CATALOGS, 'cloud-tuner.yaml'), 'utf8'));
    const awaited = new Map<string, readonly string[]>();
    const walk = (tree: StageTree, before: readonly string[]): readonly string[] => {
      if (tree.kind === 'stage') {
        awaited.set(tree.stage.name, before);
        return [tree.stage.name];
      }
      if (tree.kind === 'parallel') return tree.branches.flatMap((branch) => walk(branch, before));
      const done: string[] = [];
      for (const step of tree.steps) done.push(...walk(step, [...before, ...done]));
      return done;
    };
    walk(composeStages(stages), []);

    expect(new Map(stages.map(({ name, needs }) => [name, needs]))).toEqual(awaited);
  });

  test('prints a table with the region of its prices', async () => {
    const { stdout } = await runCommand('estimate', ...CLOUD_TUNER, '--builders', '8', '--region', 'eu-central-1');

    expect(stdout).toMatch(/^minutes, with 8 build machines and at most 20 jobs of a stage at a time$/m);
    expect(stdout).toMatch(/^scenario +builds +sequential +by needs +8 of 10 runs +by barriers +at least +cost$/m);
    expect(stdout).toMatch(/^optscale_time changed +23 +188 +\d+ +\d+ to \d+ min +\d+ +24 +\$1\.83$/m);
    expect(stdout).toMatch(/^scenario +machines +instead of +by needs +at least +cost$/m);
    expect(stdout.match(/no price of general1\.medium in eu-central-1 is known here/g)).toHaveLength(1);
  });

  test.each([
    ['a number that is none', ['--builders', '0'], 'write a number from 1 to 9999.'],
    [
      'a file that is not there',
      ['--scenarios', '/nowhere'],
      'there is no such file; name another file with --scenarios, or leave it out',
    ],
  ])('refuses %s', async (_, args, message) => {
    const { exitCode, stderr } = await runCommand('estimate', ...CLOUD_TUNER, ...args);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
