import type { BuildJob } from '../../../core/contract/job';
import type { Plan } from '../../../core/contract/plan';
import { parseVersionLock, printVersionLock } from '../../../core/version/version-lock';
import { type PlanDependencies, planStep } from '../../../lambdas/plan/plan';
import type { TestRepository } from '../../support/git/git-repository';
import { FILES } from '../../support/pipeline/small-pipeline';
import type { MemoryRegistry } from '../../support/registry/memory-registry';
import { makePlanWorld, type PlanWorld, push, settings } from './plan-world';

/** Without the setting `builders` every job is an image. */
const imageJobs = (jobs: readonly object[] = []) => jobs as readonly BuildJob[];

let world: PlanWorld;
let repository: TestRepository;
let registry: MemoryRegistry;
let dependencies: PlanDependencies;
let plan: PlanWorld['plan'];
let releaseAll: PlanWorld['releaseAll'];

beforeEach(() => {
  world = makePlanWorld();
  ({ repository, registry, dependencies, plan, releaseAll } = world);
});

afterEach(() => world.remove());

describe('a base image', () => {
  const PYTHON = { host: 'docker.io', repository: 'library/python' };
  const withBase = (policy: string) => ({
    'pipeline.yaml': (FILES['pipeline.yaml'] as string).replace('path: auth,', `path: auth, bases: ${policy},`),
    'auth/Dockerfile': 'FROM python:3.12\nCOPY tools /tools\nCOPY auth/main.py /\n',
  });
  const authOf = ({ services }: Plan) => services.find(({ name }) => name === 'auth');
  const heads: string[] = [];
  beforeEach(() => {
    heads.length = 0;
    registry.failWhen((method, name) => {
      if (method === 'head') heads.push(name);
    });
  });

  /** All released on the base image as it is now. */
  async function released(policy: string, built = '2026-11-01'): Promise<string> {
    repository.commit('develop', { ...FILES, ...withBase(policy) });
    const before = registry.seed(PYTHON, '3.12', 'first').digest;
    await releaseAll('develop');
    const lock = parseVersionLock(repository.git('show', 'develop:chart/version-lock.yaml'), 'lock');
    const auth = lock.get('auth');
    if (auth === undefined) throw new Error('auth was not released');
    const known = new Map(lock).set('auth', { ...auth, built, bases: { 'python:3.12': before } });
    return repository.commit('develop', { 'chart/version-lock.yaml': printVersionLock(known) });
  }

  test('is passed to the build by digest, after one lookup for the built services only', async () => {
    const { digest } = registry.seed(PYTHON, '3.12', 'first');
    const commit = repository.commit('develop', { ...FILES, ...withBase('recorded') });

    const result = await planStep({ run: 'run-1', input: push(commit) }, dependencies);

    const job = imageJobs(result.stages.apps).find(({ service }) => service === 'auth');
    expect(JSON.parse(job?.bases ?? '')).toEqual({
      digests: { 'python:3.12': digest },
      images: {},
      noCache: false,
      cacheScope: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(heads.filter((name) => name === 'library/python')).toHaveLength(1);
  });

  test('of a recorded service is not looked up if nothing changed', async () => {
    const commit = await released('recorded');
    registry.seed(PYTHON, '3.12', 'second');
    heads.length = 0;

    expect(authOf(await plan(push(commit)))).toMatchObject({ action: 'keep' });
    expect(heads).toEqual([]);
  });

  test('that moved rebuilds the services that follow it, and that build is found again', async () => {
    const commit = await released('follow');
    const { digest } = registry.seed(PYTHON, '3.12', 'second');

    const auth = authOf(await plan(push(commit)));
    expect(auth).toMatchObject({ action: 'build', bases: { 'python:3.12': digest } });
    expect(auth?.reasons.map(({ kind }) => kind)).toEqual(['base-moved']);

    const tag = auth?.origin.kind === 'candidate' ? auth.origin.tag : '';
    registry.seed(settings.candidates, tag, 'built on the moved one');
    expect(authOf(await plan(push(commit), 'run-2'))).toMatchObject({ action: 'retag', origin: { tag } });
    registry.seed(PYTHON, '3.12', 'third');
    expect(authOf(await plan(push(commit), 'run-3'))).toMatchObject({ action: 'build' });
  });

  test('distinguishes images of the same inputs on the earlier base image', async () => {
    const commit = await released('follow');
    registry.seed(PYTHON, '3.12', 'second');
    const { inputDigest = '' } = authOf(await plan(push(commit))) ?? {};
    registry.seed(settings.candidates, `auth.${inputDigest}`, 'on the one before');

    expect(authOf(await plan(push(commit), 'run-2'))).toMatchObject({ action: 'build' });
  });

  test('behind another image of the catalog counts as it is today only if that image is built', async () => {
    const own = {
      'pipeline.yaml': (FILES['pipeline.yaml'] as string).replace('path: auth,', 'path: auth, bases: follow,'),
      'etcd/Dockerfile': 'FROM python:3.12\nCOPY etcd/conf /conf\n',
      'auth/Dockerfile': 'FROM registry.example/team/etcd\nCOPY auth/main.py /\n',
    };
    repository.commit('main', { ...FILES, ...own });
    const bases = { 'python:3.12': registry.seed(PYTHON, '3.12', 'first').digest };
    await releaseAll('main');
    const lock = [...parseVersionLock(repository.git('show', 'main:chart/version-lock.yaml'), 'lock')];
    const withBases = printVersionLock(new Map(lock.map(([name, entry]) => [name, { ...entry, bases }])));
    const commit = repository.commit('main', { 'chart/version-lock.yaml': withBases });
    const { digest } = registry.seed(PYTHON, '3.12', 'second');
    const release = { action: 'release', version: 'v1.4.0', ref: 'main' };

    expect(authOf(await plan(push(commit)))?.action).toBe('keep');
    expect(authOf(await plan(release, 'run-2'))?.action).toBe('retag');
    expect(authOf(await plan({ ...release, strategy: 'conservative' }, 'run-3'))).toMatchObject({
      action: 'build',
      bases: { 'python:3.12': digest },
    });
  });

  test('rebuilds an image that is too old without a cache, and that build is found again', async () => {
    const commit = await released('{ maxAge: 30d }', '2026-10-01');
    const result = await planStep({ run: 'run-1', input: push(commit) }, dependencies);

    const job = imageJobs(result.stages.apps).find(({ service }) => service === 'auth');
    expect(JSON.parse(job?.bases ?? '')).toMatchObject({ noCache: true });
    registry.seed(settings.candidates, job?.candidate.split(':')[1] ?? '', 'rebuilt');
    expect(authOf(await plan(push(commit), 'run-2'))).toMatchObject({ action: 'retag', built: '2026-10-31' });
    world.setTime(Date.parse('2026-10-30T23:59:59Z'));
    expect(authOf(await plan(push(commit), 'run-3'))).toMatchObject({ action: 'keep' });
  });

  test.each([
    ['recorded', 'build'],
    ['follow', 'build'],
  ])('that cannot be looked up, policy %s, is a doubt and does not fail the plan', async (policy, action) => {
    registry.failWhen((method, name) => {
      if (method === 'head' && name === 'library/python') throw new Error('getaddrinfo ENOTFOUND');
    });
    const commit = repository.commit('develop', { ...FILES, ...withBase(policy) });

    const auth = authOf(await plan(push(commit)));

    const text = 'the digest of base image python:3.12 is not known: getaddrinfo ENOTFOUND';
    expect(auth).toMatchObject({ action, reasons: [{ kind: 'never-released' }, { kind: 'doubt', text }] });
  });

  test('that can no longer be looked up is no reason to build', async () => {
    const commit = await released('follow');
    registry.failWhen((_, name) => {
      if (name === 'library/python') throw new Error('503');
    });

    const auth = authOf(await plan(push(commit)));

    expect(auth?.action).toBe('keep');
    expect(auth?.reasons.map(({ kind }) => kind)).toEqual(['unchanged', 'doubt']);
  });

  test('of FROM scratch is not looked up', async () => {
    const catalog = `${FILES['pipeline.yaml']}`.replace('stages:', 'defaults: { bases: follow }\nstages:');
    const commit = repository.commit('develop', { ...FILES, 'pipeline.yaml': catalog });

    await plan(push(commit));

    expect(new Set(heads)).toEqual(new Set(['candidates', 'team/auth', 'team/etcd', 'team/ngui', 'team/restapi']));
  });
});
