import { objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import { type PlanDependencies, planStep } from '../../../lambdas/plan/plan';
import type { TestRepository } from '../../support/git/git-repository';
import { timesOf } from '../../support/pipeline/job-times';
import { FILES } from '../../support/pipeline/small-pipeline';
import { makePlanWorld, type PlanWorld, push } from './plan-world';

const NAMES = ['auth', 'etcd', 'ngui', 'restapi'];

let world: PlanWorld;
let repository: TestRepository;
let calls: readonly string[];
let dependencies: PlanDependencies;
let plan: PlanWorld['plan'];
let releaseAll: PlanWorld['releaseAll'];

beforeEach(() => {
  world = makePlanWorld();
  ({ repository, calls, dependencies, plan, releaseAll } = world);
});

afterEach(() => world.remove());

function actions({ services }: Plan): Record<string, string> {
  return Object.fromEntries(services.map(({ name, action }) => [name, action]));
}

describe('the estimate of a plan', () => {
  const pushAll = async () => {
    repository.git('branch', '-f', 'develop', 'main');
    const { estimate, ...rest } = await plan(push(repository.git('rev-parse', 'main')));
    return { estimate, rest };
  };

  test('comes from recorded times, and decides nothing', async () => {
    const before = await pushAll();
    const jobs = Array.from({ length: 9 }, (_, at) => ({ name: 'auth', ...timesOf(at * 1000, 5000) }));
    await dependencies.store.put(objectKeys.times(), JSON.stringify({ schema: 1, jobs, runs: [] }));
    const after = await pushAll();

    expect(before.estimate?.jobs.map(({ records }) => records)).toEqual([0, 0, 0, 0]);
    expect(after.estimate?.jobs[0]).toMatchObject({ name: 'auth', low: 5020, high: 5020, records: 9 });
    expect(after.estimate?.low).toBeGreaterThan(5000);
    expect(after.rest).toEqual(before.rest);
  });

  test.each([
    ['damaged', '{"schema":1,"jobs":', 'times.json with the recorded times is damaged'],
    ['of another schema', '{"schema":9}', 'times.json with the recorded times is damaged'],
  ])('falls back to the catalog if the record is %s, and says so', async (_, text, note) => {
    await dependencies.store.put(objectKeys.times(), text);
    const { estimate } = await pushAll();

    expect(estimate?.notes[0]).toContain(note);
    expect(estimate?.jobs).toHaveLength(4);
  });

  test('is absent if nothing is built', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'README.md': 'hello' });

    expect(await plan(push(commit))).not.toHaveProperty('estimate');
  });
});

describe('the plan step', () => {
  test('plans nothing for a push that changes no input', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'README.md': 'hello' });

    const result = await planStep({ run: 'run-1', input: push(commit) }, dependencies);

    expect(result).toMatchObject({ proceed: false, totals: { build: 0, retag: 0, keep: 4 } });
    expect(result.stages).toEqual({ base: [], apps: [] });
  });

  test('builds exactly the services that read a changed file, with file and rule as the reason', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'tools/shared.py': 'shared = 2\n' });

    const made = await plan(push(commit));

    expect(actions(made)).toEqual({ auth: 'build', etcd: 'keep', ngui: 'keep', restapi: 'build' });
    const auth = made.services.find(({ name }) => name === 'auth');
    expect(auth?.reasons).toEqual([
      { kind: 'input-changed', path: 'tools/shared.py', text: expect.stringMatching(/changed.*COPY tools/) },
    ]);
  });

  test('retags after a revert, because the content was released before', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    repository.commit('develop', { 'ngui/index.html': 'new' });
    await releaseAll('develop');
    const commit = repository.commit('develop', { 'ngui/index.html': FILES['ngui/index.html'] ?? '' });

    expect(actions(await plan(push(commit)))).toEqual({ auth: 'keep', etcd: 'keep', ngui: 'retag', restapi: 'keep' });
  });

  test('is not misled by a forced push to an unrelated history with equal content', async () => {
    repository.git('branch', 'develop', 'main');
    await releaseAll('develop');
    const lock = repository.git('show', 'develop:chart/version-lock.yaml');
    const commit = repository.commit('elsewhere', { ...FILES, 'chart/version-lock.yaml': `${lock}\n` });
    repository.reset('develop', commit);

    expect(actions(await plan(push(commit)))).toEqual({ auth: 'keep', etcd: 'keep', ngui: 'keep', restapi: 'keep' });
  });

  test('makes at most four requests to the git host', async () => {
    await plan({ action: 'release', version: 'v1.4.0', ref: 'main', dryRun: true });

    expect(calls).toEqual(['resolve', 'tree', 'blobs', 'blobs']);
  });

  test('of a redriven run stays at the commit of its first plan', async () => {
    const input = { action: 'release', version: 'v1.4.0', ref: 'main' };
    const first = await planStep({ run: 'run-1', redrives: 0, input }, dependencies);
    const later = repository.commit('main', { ...FILES, 'auth/main.py': 'print(3)\n' });

    const again = await planStep({ run: 'run-1', redrives: 1, input }, dependencies);
    const other = await planStep({ run: 'run-2', redrives: 0, input }, dependencies);

    expect(again).toEqual(first);
    expect(other.commit).toBe(later);
  });

  test('of a run that failed before its first plan uses the head of the branch', async () => {
    const input = { action: 'release', version: 'v1.4.0', ref: 'main' };

    expect(await planStep({ run: 'run-1', redrives: 1, input }, dependencies)).toMatchObject({ proceed: true });
  });

  test('of a dry run stores only the plan', async () => {
    const result = await planStep(
      { run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main', dryRun: true } },
      dependencies,
    );

    expect(result).toMatchObject({ proceed: false, dryRun: true, totals: { build: 4 } });
    expect(await dependencies.store.exists(objectKeys.source(result.commit))).toBe(false);
    expect(calls).not.toContain('archive');
  });

  test('gives jobs by stage, and one archive of the commit', async () => {
    const result = await planStep(
      { run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main' } },
      dependencies,
    );

    expect(
      Object.values(result.stages)
        .flat()
        .map(({ service }) => service)
        .sort(),
    ).toEqual(NAMES);
    expect(result.stages.base?.map(({ service }) => service)).toEqual(['etcd']);
    expect(await dependencies.store.exists(objectKeys.source(result.commit))).toBe(true);
    expect(calls.filter((name) => name === 'archive')).toHaveLength(1);
  });

  test('refuses a catalog whose stages are not deployed, with the fix', async () => {
    await expect(
      planStep(
        { run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main' } },
        { ...dependencies, stages: ['base'] },
      ),
    ).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(/stages\.apps: .*deploy the app with this catalog/),
    });
  });

  test('of a push without a catalog is empty with a reason; every other action is refused', async () => {
    const commit = repository.commit('develop', { 'README.md': 'older than the pipeline\n' });
    repository.git('branch', '-f', 'main', commit);
    const result = await planStep({ run: 'run-1', input: push(commit) }, dependencies);
    const plan = JSON.parse((await dependencies.store.get(objectKeys.plan('run-1')))?.toString('utf8') ?? 'null');

    expect(result).toMatchObject({ commit, proceed: false, totals: { build: 0, retag: 0, keep: 0 } });
    expect(plan).toMatchObject({ services: [], note: 'this commit has no catalog pipeline.yaml: nothing to do' });
    for (const input of [
      { action: 'release', version: 'v1.4.0', ref: 'main' },
      { action: 'build', services: ['auth'], version: 'v1.4.0-hotfix-1', ref: 'main' },
    ]) {
      await expect(planStep({ run: 'run-2', input }, dependencies)).rejects.toMatchObject({
        name: 'InvalidInput',
        message: expect.stringMatching(/pipeline\.yaml: is not in commit/),
      });
    }
  });

  test.each([
    ['the values file', { 'chart/values.yaml': null }],
    ['a catalog that can be read', { 'pipeline.yaml': 'no: catalog\n' }],
    ['a catalog that is a file', { 'pipeline.yaml': { mode: '120000', content: 'other.yaml' } as const }],
  ])('of a push without %s is refused', async (_, change) => {
    const commit = repository.commit('main', change);

    await expect(planStep({ run: 'run-1', input: push(commit) }, dependencies)).rejects.toMatchObject({
      name: expect.stringMatching(/^Invalid(Input|Catalog)$/),
    });
  });

  test.each([
    ['no catalog', { 'pipeline.yaml': null }, /pipeline\.yaml: is not in commit/],
    ['no values file', { 'chart/values.yaml': null }, /chart\/values\.yaml: is not in commit/],
    [
      'a catalog behind a link',
      { 'pipeline.yaml': { mode: '120000', content: 'other.yaml' } as const },
      /symbolic link/,
    ],
    ['a values file in a submodule', { 'chart/values.yaml': { submodule: 'a'.repeat(40) } }, /submodule/],
  ])('refuses a commit with %s', async (_, change, message) => {
    repository.commit('main', change);

    await expect(
      planStep({ run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref: 'main' } }, dependencies),
    ).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    });
    expect(await dependencies.store.exists(objectKeys.plan('run-1'))).toBe(false);
  });
});
