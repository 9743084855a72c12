/** Waivers in the plan: a broken file stops the run before anything is built, and waivers that end are told of. */
import type { Plan } from '../../../../core/contract/plan';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { planStep } from '../../../../lambdas/plan/plan';
import { planWaivers } from '../../../../lambdas/plan/plan-waivers';
import { eachTest } from '../../../support/each-test';
import { plannedService, planOf } from '../../../support/pipeline/runs';
import { makePlanWorld } from '../plan-world';

const BASE = {
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: 'chart/values.yaml',
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
};
const settings = parseSettings({ ...BASE, scan: { from: 'ecr' } });
const BROKEN = 'waivers: [{ id: CVE-2026-1 }]';

describe('a whole plan', () => {
  const world = eachTest(makePlanWorld, (world) => world.remove());

  const plan = (text: string, of = settings) => {
    world.repository.commit('main', { 'image-waivers.yaml': text });
    const input = { action: 'release', version: 'v1.4.0', ref: 'main' };
    return planStep({ run: 'run-1', input }, { ...world.dependencies, settings: of });
  };

  test('is refused with all problems of the file, and stores nothing', async () => {
    await expect(plan(BROKEN)).rejects.toThrow(/waivers\[0\]\.reason \(line 1\): is missing.*until.*by/s);
    expect(await world.dependencies.store.exists('runs/run-1/plan.json')).toBe(false);
  });

  test('does not read the file if nothing is scanned', async () => {
    await expect(plan(BROKEN, parseSettings(BASE))).resolves.toMatchObject({ proceed: true });
  });
});

const sources = (text: string) => ({
  settings,
  git: { readFiles: async () => new Map([['image-waivers.yaml', text]]) },
  clock: { now: () => Date.parse('2026-11-30T08:00:00Z') },
});
const build: Plan = planOf([plannedService('auth', 'build')]);

test('a waiver that is over is a warning beside those that the plan has', async () => {
  const text = 'waivers: [{ id: CVE-2026-1, reason: x, until: 2026-11-01, by: alice }]';
  const { warnings } = await planWaivers({ ...build, warnings: ['first'] }, sources(text));

  expect(warnings).toEqual(['first', expect.stringContaining('CVE-2026-1 by alice ended on 2026-11-01')]);
});

test.each([
  ['a rollback', { ...build, action: 'rollback' as const }],
  ['a promotion that is only reported', { ...build, action: 'promote' as const }],
  ['a run that gives no version', planOf([plannedService('auth', 'keep')])],
])('%s is not stopped by a broken file', async (_, plan) => {
  expect(await planWaivers(plan, sources(BROKEN))).toBe(plan);
});

test('a promotion that the settings stop is stopped by a broken file, too', async () => {
  const strict = parseSettings({ ...BASE, scan: { from: 'ecr', promotions: 'block' } });
  const plan: Plan = { ...build, action: 'promote' };
  await expect(planWaivers(plan, { ...sources(BROKEN), settings: strict })).rejects.toThrow('is missing');
});
