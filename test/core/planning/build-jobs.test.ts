/** Jobs of modules, and the build cache that a run may write by the branch rules. */
import type { PlannedModule } from '../../../core/contract/plan';
import { cacheScope, moduleJobs, RELEASE_SCOPE } from '../../../core/planning/build-jobs';
import { parseSettings } from '../../../core/settings/parse-settings';
import { SMALLEST } from '../../support/settings/smallest';

function planned(name: string, part: Partial<PlannedModule> = {}): PlannedModule {
  const base = {
    name,
    action: 'publish',
    contentDigest: `digest of ${name}`,
    package: name,
    version: '1.0.0',
  } as const;
  return { ...base, stage: 'tools', minutes: 10, reasons: [], ...part };
}

const jobs = (modules: readonly PlannedModule[], stages = ['tools', 'clients']) =>
  moduleJobs(modules, stages, { timeoutFactor: 3 }, ({ name }) => `bucket/packages/${name}/`);

test('the job of a module names content, folder and limit', () => {
  expect(jobs([planned('tools/lib')]).tools).toEqual([
    {
      service: 'module/tools/lib',
      module: 'tools/lib',
      kind: 'python',
      contentDigest: 'digest of tools/lib',
      version: '1.0.0',
      packages: 'bucket/packages/tools/lib/',
      timeoutMinutes: 30,
    },
  ]);
});

test('every stage has its modules, the longest first and then by name', () => {
  const modules = [
    planned('b'),
    planned('long', { minutes: 20 }),
    planned('a'),
    planned('client', { stage: 'clients' }),
    planned('kept', { action: 'keep' }),
  ];
  const names = Object.entries(jobs(modules)).map(([stage, list]) => [stage, list.map(({ module }) => module)]);

  expect(names).toEqual([
    ['tools', ['long', 'a', 'b']],
    ['clients', ['client']],
  ]);
  expect(jobs([])).toEqual({ tools: [], clients: [] });
});

test('the planned order of modules does not change', () => {
  const modules = Object.freeze([planned('b'), planned('a')]);

  expect(jobs(modules).tools?.map(({ module }) => module)).toEqual(['a', 'b']);
});

test.each([
  [1, 15],
  [6, 18],
  [2160, 2160],
])('a module of %d minutes gets %d, within what CodeBuild allows', (minutes, limit) => {
  expect(jobs([planned('a', { minutes })]).tools?.[0]?.timeoutMinutes).toBe(limit);
});

const { branches } = parseSettings(SMALLEST);

test('branches that may release share one cache, which no other branch writes', () => {
  const writers = branches.filter((rule) => cacheScope(rule) === RELEASE_SCOPE);
  expect(writers.map(({ branch }) => branch)).toEqual(['main']);
  expect(cacheScope({ branch: 'stable/*', allow: ['build', 'release'] })).toBe(RELEASE_SCOPE);
});

test('every other rule has its own cache, in any order of the rules', () => {
  const scopes = branches.map(cacheScope);
  expect(new Set(scopes).size).toBe(branches.length);
  expect([...branches].reverse().map(cacheScope).reverse()).toEqual(scopes);
});

test('a scope fits into a tag', () => {
  expect(cacheScope({ branch: 'odd, ref=/x:*', allow: ['push'] })).toMatch(/^[a-z0-9]{1,16}$/);
});
