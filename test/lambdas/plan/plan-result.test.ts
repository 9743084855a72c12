/** What a release is made of, what its result tells the state machine, and who may start it. */
import type { MachineJob } from '../../../core/contract/job';
import { contentTag, objectKeys } from '../../../core/contract/keys';
import type { Plan, PlanResult } from '../../../core/contract/plan';
import { planMinutes } from '../../../core/estimate/price';
import { parseVersionLock, printVersionLock } from '../../../core/version/version-lock';
import { announcedPlanStep, planStep } from '../../../lambdas/plan/plan';
import { makePlanWorld, type PlanWorld, push, settings } from './plan-world';

const LOCK = 'chart/version-lock.yaml';
const RELEASE = { action: 'release', version: 'v1.4.0', ref: 'main' } as const;

let world: PlanWorld;
beforeEach(async () => {
  world = makePlanWorld();
  await world.releaseAll('main');
});
afterEach(() => world.remove());

const run = (input: object, name = 'run-1'): Promise<PlanResult> => planStep({ run: name, input }, world.dependencies);
const actions = ({ services }: Plan) => services.map(({ name, action }) => `${name} ${action}`);
const service = ({ services }: Plan, name: string) => services.find((each) => each.name === name);
const lock = () => parseVersionLock(world.repository.git('show', `main:${LOCK}`), LOCK);
const recorded = (name: string) => lock().get(name) ?? { version: '', digest: '', inputDigest: '', source: '' };
/** Changes the record of a service by hand. */
const record = (name: string, change: object) =>
  world.repository.commit('main', {
    [LOCK]: printVersionLock(new Map([...lock(), [name, { ...recorded(name), ...change }]])),
  });
/** Gives the only environment an approval. */
const withApproval = (approval: object) => {
  const environments = settings.environments.map((environment) => ({ ...environment, approval }));
  Object.assign(world.dependencies, { settings: { ...settings, environments } });
};
const changeTools = () => world.repository.commit('main', { 'tools/shared.py': 'shared = 2\n' });

describe('a release', () => {
  test('builds what changed, and gives the recorded image of all others the version', async () => {
    const { digest } = recorded('etcd');
    changeTools();

    expect(await run(RELEASE)).toMatchObject({ proceed: true, totals: { build: 2, retag: 2, keep: 0 } });
    const plan = await world.plan(RELEASE, 'run-2');
    expect(actions(plan)).toEqual(['auth build', 'etcd retag', 'ngui retag', 'restapi build']);
    expect(service(plan, 'etcd')).toMatchObject({
      origin: { kind: 'released', reference: digest },
      version: { kind: 'exact', version: 'v1.4.0' },
      previousVersion: 'v1.3.0',
    });
  });

  test('of images that may share machines has machines with their lists, and a plan that names and prices them', async () => {
    Object.assign(world.dependencies, { settings: { ...settings, builders: 1 } });
    changeTools();

    const { stages } = await run(RELEASE);
    const [machine, ...others] = stages.apps ?? [];

    expect(others).toEqual([]);
    expect(machine).toMatchObject({
      service: 'auth',
      together: true,
      images: [{ service: 'auth' }, { service: 'restapi' }],
    });
    const list = await world.dependencies.store.get(objectKeys.machine('run-1', 'auth'));
    expect(JSON.parse(list?.toString('utf8') ?? '')).toEqual((machine as MachineJob).images);
    const plan = await world.plan(RELEASE, 'run-2');
    expect(plan.machines).toEqual([['auth', 'restapi']]);
    const minutes = planMinutes(plan, new Set(['auth', 'restapi'])).map((used) => used.minutes);
    // 22 s of the machine, and 0.76 of two builds of 578 s.
    expect(minutes).toEqual([16]);
    expect(planMinutes(plan, new Set(['auth']))).toMatchObject([{ minutes: 10 }]);
  });

  test('of unchanged images goes on, needs no source, and stores what each was made of', async () => {
    const { commit, proceed } = await run(RELEASE);

    expect(proceed).toBe(true);
    expect(await world.dependencies.store.exists(objectKeys.source(commit))).toBe(false);
    const key = objectKeys.inputs('auth', recorded('auth').inputDigest);
    expect(await world.dependencies.store.exists(key)).toBe(true);
  });

  test('finds an image by its digest, otherwise by its content, otherwise builds it', async () => {
    const place = { host: 'registry.example', repository: 'team/auth' };
    const { digest } = world.registry.seed(place, 'v1.3.0', 'under its version only');
    const gone = `sha256:${'f'.repeat(64)}`;

    record('auth', { digest });
    expect(service(await world.plan(RELEASE), 'auth')).toMatchObject({
      action: 'retag',
      origin: { reference: digest },
    });
    record('auth', { digest: gone });
    expect(service(await world.plan(RELEASE, 'run-2'), 'auth')).toMatchObject({
      action: 'retag',
      origin: { reference: contentTag(recorded('auth').inputDigest) },
    });
    world.repository.commit('main', { 'auth/main.py': 'print(9)\n' });
    expect(service(await world.plan(RELEASE, 'run-3'), 'auth')?.action).toBe('build');
  });

  test('says that it cannot tell what changed, if the list of recorded inputs is not stored', async () => {
    record('auth', { inputDigest: 'a'.repeat(40), digest: `sha256:${'f'.repeat(64)}` });

    expect(service(await world.plan(RELEASE), 'auth')?.reasons).toContainEqual({
      kind: 'inputs-differ',
      text: expect.stringContaining('whose list of inputs is not stored'),
    });
  });

  test('follows the strategy that it names before that of the settings', async () => {
    const strategyOf = async (configured: string, strategy?: string) => {
      Object.assign(world.dependencies, { settings: { ...settings, strategy: configured } });
      const { strategy: found, totals } = await world.plan({ ...RELEASE, ...(strategy && { strategy }) });
      return `${found}: ${totals.build} built`;
    };

    expect(await strategyOf('smart', 'conservative')).toBe('conservative: 4 built');
    expect(await strategyOf('conservative')).toBe('conservative: 4 built');
    expect(await strategyOf('conservative', 'smart')).toBe('smart: 0 built');
  });

  test('that rebuilds everything uses what an earlier run rebuilt for this version, and nothing else', async () => {
    const input = { ...RELEASE, strategy: 'conservative' };
    const origin = service(await world.plan(input), 'auth')?.origin;
    const tag = origin?.kind === 'candidate' ? origin.tag : '';
    world.registry.seed(settings.candidates, `auth.${recorded('auth').inputDigest}`, 'an earlier build');
    expect(service(await world.plan(input, 'run-2'), 'auth')?.action).toBe('build');

    world.registry.seed(settings.candidates, tag, 'rebuilt');
    expect(actions(await world.plan(input, 'run-3'))).toEqual([
      'auth retag',
      'etcd build',
      'ngui build',
      'restapi build',
    ]);
    expect(service(await world.plan({ ...input, version: 'v1.5.0' }, 'run-4'), 'auth')?.action).toBe('build');
  });
});

describe('a commit that cannot be planned', () => {
  test('is refused with every Dockerfile that Docker refuses', async () => {
    const broken = { 'auth/Dockerfile': 'FROM scratch\nBOGUS\n', 'ngui/Dockerfile': 'RUN x\n' };
    const commit = world.repository.commit('main', broken);

    await expect(run(RELEASE)).rejects.toMatchObject({
      name: 'InvalidCatalog',
      message: expect.stringContaining(`the catalog and the Dockerfiles at ${commit.slice(0, 8)} cannot be planned:`),
      problems: [{ path: 'services.auth.dockerfile' }, { path: 'services.ngui.dockerfile' }],
    });
  });

  test('is refused if a lock of it is a link', async () => {
    const link = { mode: '120000', content: 'other.yaml' } as const;
    world.repository.commit('main', { [LOCK]: link, 'chart/module-lock.yaml': link });

    await expect(run(RELEASE)).rejects.toMatchObject({
      problems: [LOCK, 'chart/module-lock.yaml'].map((path) => ({
        path,
        message: 'is a symbolic link; it must be a file',
      })),
    });
  });
});

describe('the result', () => {
  test('has the starter, if one is known', async () => {
    expect(await run({ ...RELEASE, startedBy: 'ada' })).toMatchObject({ startedBy: 'ada', platformVersion: 'v1.4.0' });
    expect(await run(RELEASE)).not.toHaveProperty('startedBy');
  });

  test('waits for an approval only if a service changes', async () => {
    withApproval({ hours: 1.5 });
    const unchanged = world.repository.git('rev-parse', 'main');
    const changed = world.repository.commit('main', { 'ngui/index.html': 'new' });

    expect((await run(push(unchanged))).approvalSeconds).toBe(0);
    expect((await run(push(changed), 'run-2')).approvalSeconds).toBe(5400);
  });

  test('of a dry run has no jobs', async () => {
    changeTools();

    const { stages, proceed } = await run({ ...RELEASE, dryRun: true });

    expect([proceed, stages]).toEqual([false, { base: [], apps: [] }]);
  });

  test('is told to the git host as the status of the commit', async () => {
    const told: object[] = [];
    const statuses = { setStatus: async (status: object) => void told.push(status) };
    const execution = 'arn:aws:states:eu-central-1:111122223333:execution:pipeline:run-1';

    const result = await announcedPlanStep(
      { run: 'run-1', execution, input: RELEASE },
      { ...world.dependencies, statuses },
    );

    expect(result.totals.retag).toBe(4);
    expect(told).toMatchObject([{ commit: result.commit, state: 'pending' }]);
  });

  test('is stored with one archive of the commit, and the inputs of the services that change', async () => {
    const commit = changeTools();
    const { store } = world.dependencies;
    const archives = () => world.calls.filter((name) => name === 'archive').length;
    const before = archives();

    const plan = await world.plan(push(commit));
    await run(push(commit), 'run-2');

    expect(archives() - before).toBe(1);
    const stored = plan.services.map(async ({ name, inputDigest, action }) => {
      const isStored = await store.exists(objectKeys.inputs(name, inputDigest));
      return isStored || action === 'keep';
    });
    expect(await Promise.all(stored)).toEqual([true, true, true, true]);
  });
});

describe('where the starter of a run must not approve it', () => {
  beforeEach(() => {
    withApproval({ hours: 1, notByStarter: true });
    world.repository.commit('main', { 'ngui/index.html': 'new' });
  });
  const head = () => world.repository.git('rev-parse', 'main');
  const refusalOf = (input: object) =>
    run(input).then(
      () => undefined,
      ({ problems }) => problems,
    );

  test.each([
    [undefined, /^is missing, and environment default forbids that the starter approves; start the run with npx pipel/],
    ['git:ada', /^is git:ada, the name of a push, which no approval has, and environment default forbids/],
  ])('a run by %s is refused', async (startedBy, message) => {
    expect(await refusalOf({ ...push(head()), ...(startedBy && { startedBy }) })).toEqual([
      { path: 'startedBy', message: expect.stringMatching(message) },
    ]);
    expect(await world.dependencies.store.exists(objectKeys.plan('run-1'))).toBe(false);
  });

  test.each([
    ['a known starter', { startedBy: 'arn:aws:iam::111122223333:user/ada' }],
    ['a dry run', { dryRun: true }],
  ])('%s is planned', async (_, more) => {
    expect(await refusalOf({ ...push(head()), ...more })).toBeUndefined();
  });

  test('a run that changes nothing is planned, as nobody has to approve it', async () => {
    const before = world.repository.git('rev-parse', 'main~1');

    expect(await refusalOf(push(before))).toBeUndefined();
  });

  test('without that rule anybody may start a run', async () => {
    withApproval({ hours: 1 });

    expect(await refusalOf(push(head()))).toBeUndefined();
  });
});
