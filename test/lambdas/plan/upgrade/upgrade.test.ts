/** Records of the former recipe stay valid: an upgrade builds nothing. */
import { candidateTag, contentTag, objectKeys } from '../../../../core/contract/keys';
import type { Plan } from '../../../../core/contract/plan';
import { toStored } from '../../../../core/input-digest/explain-inputs';
import type { ServiceInputs } from '../../../../core/input-digest/inputs';
import { candidateTagFor, forcedRebuild } from '../../../../core/planning/candidate';
import { printVersionLock } from '../../../../core/version/version-lock';
import { readCommit, readSource } from '../../../../lambdas/plan/read-source';
import { eachTest } from '../../../support/each-test';
import { FILES } from '../../../support/pipeline/small-pipeline';
import { makePlanWorld, push, settings } from '../plan-world';

const NAMES = ['auth', 'etcd', 'ngui', 'restapi'];
const CANDIDATES = settings.candidates;
const RELEASE = { action: 'release', version: 'v1.4.0', ref: 'main' };

const world = eachTest(makePlanWorld, (world) => world.remove());

async function inputsAt(branch: string): Promise<ReadonlyMap<string, ServiceInputs>> {
  const from = world.dependencies;
  const commit = world.repository.git('rev-parse', branch);
  const input = { action: 'push', ref: 'refs/heads/develop', commit } as const;
  return (await readSource(await readCommit(input, settings, from), settings, from)).inputs;
}

async function formerAt(branch: string): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await inputsAt(branch))].map(([name, { former }]) => [name, former?.inputDigest ?? '']));
}

/** Records a branch as released v1.3.0, as the version before this recipe would. Returns the digests of the images. */
async function releaseFormerly(branch: string): Promise<ReadonlyMap<string, string>> {
  const source = world.repository.git('rev-parse', branch);
  const lock = [...(await formerAt(branch))].map(([name, inputDigest]) => {
    const { digest } = world.registry.seed(releases(name), contentTag(inputDigest), name + inputDigest);
    return [name, { version: 'v1.3.0', digest, inputDigest, source }] as const;
  });
  world.repository.commit(branch, { 'chart/version-lock.yaml': printVersionLock(new Map(lock)) });
  return new Map(lock.map(([name, { digest }]) => [name, digest]));
}

function releases(name: string) {
  return { host: settings.releases.host, repository: `team/${name}` };
}

function actions({ services }: Plan): Record<string, string> {
  return Object.fromEntries(services.map(({ name, action }) => [name, action]));
}

const all = (action: string) => Object.fromEntries(NAMES.map((name) => [name, action]));

test('a push keeps what the former recipe released', async () => {
  world.repository.git('branch', 'develop', 'main');
  await releaseFormerly('develop');
  const commit = world.repository.commit('develop', { 'README.md': 'hello' });
  expect(actions(await world.plan(push(commit)))).toEqual(all('keep'));
});

test('a release gives the same images its version, and records them under the present recipe', async () => {
  const digests = await releaseFormerly('main');
  const { services } = await world.plan(RELEASE);
  const inputs = await inputsAt('main');
  expect(services.map(({ name, action, origin, inputDigest }) => ({ name, action, origin, inputDigest }))).toEqual(
    NAMES.map((name) => ({
      name,
      action: 'retag',
      origin: { kind: 'released', reference: digests.get(name) },
      inputDigest: inputs.get(name)?.inputDigest,
    })),
  );
});

test('a changed file builds what reads it, and the stored list of the former recipe shows that file alone', async () => {
  world.repository.git('branch', 'develop', 'main');
  await releaseFormerly('develop');
  for (const [name, inputs] of await inputsAt('develop')) {
    const stored = { ...toStored(inputs), ...inputs.former };
    await world.dependencies.store.put(objectKeys.inputs(name, stored.inputDigest), JSON.stringify(stored));
  }
  const commit = world.repository.commit('develop', { 'tools/shared.py': 'shared = 2\n' });
  const plan = await world.plan(push(commit));
  expect(actions(plan)).toEqual({ auth: 'build', etcd: 'keep', ngui: 'keep', restapi: 'build' });
  expect(plan.services[0]?.reasons).toEqual([
    { kind: 'input-changed', path: 'tools/shared.py', text: expect.stringContaining('COPY tools') },
  ]);
});

test('a candidate of the former recipe is released, not built again', async () => {
  const tag = candidateTag('auth', (await formerAt('main')).get('auth') ?? '');
  world.registry.seed(CANDIDATES, tag, 'auth');
  const plan = await world.plan(RELEASE);
  expect(actions(plan)).toEqual({ ...all('build'), auth: 'retag' });
  expect(plan.services[0]?.origin).toEqual({ kind: 'candidate', tag });
});

test('a candidate of a forced rebuild is released, too', async () => {
  const input = { ...RELEASE, strategy: 'conservative' };
  const [auth] = (await world.plan(input)).services;
  expect(auth).toMatchObject({ name: 'auth', action: 'build' });
  const tag = candidateTagFor('auth', (await formerAt('main')).get('auth') ?? '', forcedRebuild('v1.4.0'));
  world.registry.seed(CANDIDATES, tag, 'auth');
  const [again] = (await world.plan(input)).services;
  expect(again).toMatchObject({ action: 'retag', origin: { kind: 'candidate', tag } });
});

test('content that the former recipe released is found by its tag after a revert', async () => {
  world.repository.git('branch', 'develop', 'main');
  await releaseFormerly('develop');
  const former = (await formerAt('develop')).get('ngui') ?? '';
  world.repository.commit('develop', { 'ngui/index.html': 'new' });
  await world.releaseAll('develop');
  const commit = world.repository.commit('develop', { 'ngui/index.html': FILES['ngui/index.html'] ?? '' });
  const plan = await world.plan(push(commit));
  expect(actions(plan)).toEqual({ ...all('keep'), ngui: 'retag' });
  expect(plan.services[2]?.origin).toEqual({ kind: 'released', reference: contentTag(former) });
});

test('an image of the present recipe is preferred, and the former one is not asked for', async () => {
  const [now, former] = [
    (await inputsAt('main')).get('auth')?.inputDigest ?? '',
    (await formerAt('main')).get('auth') ?? '',
  ];
  for (const digest of [now, former]) world.registry.seed(CANDIDATES, candidateTag('auth', digest), digest);
  const asked: string[] = [];
  const { registry } = world.dependencies;
  const watched = Object.assign(Object.create(registry), {
    head: (name: typeof CANDIDATES, reference: string) => {
      asked.push(reference);
      return registry.head(name, reference);
    },
  });
  Object.assign(world.dependencies, { registry: watched });
  const [auth] = (await world.plan(RELEASE)).services;
  expect(auth?.origin).toEqual({ kind: 'candidate', tag: candidateTag('auth', now) });
  expect(asked.filter((reference) => reference.includes(former))).toEqual([]);
});
