import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlannedModule } from '../../../core/contract/plan';
import type { Claims, ObjectStore } from '../../../core/ports/store';
import { publishStep } from '../../../lambdas/publish/publish';
import { packageIndexContract } from '../../contracts/package-index-contract';
import { createMemoryPackages, type MemoryPackages } from '../../support/pipeline/memory-packages';
import { createMemoryClaims, createMemoryStore } from '../../support/pipeline/memory-state';

const DIGEST = '000000000007'.padEnd(40, 'a');
const MODULE: PlannedModule = {
  name: 'tools/lib',
  action: 'publish',
  contentDigest: DIGEST,
  version: '0.1.0.dev7',
  package: 'shop-lib',
  stage: 'tools',
  minutes: 5,
  reasons: [],
};
const SDIST = 'shop_lib-0.1.0.dev7.tar.gz';
const WHEEL = 'shop_lib-0.1.0.dev7-py3-none-any.whl';
const FOLDER = 'packages/run-1/tools/lib/';
const REQUEST = { run: 'run-1', module: 'tools/lib', contentDigest: DIGEST };

let store: ObjectStore;
let packages: MemoryPackages;
let claims: Claims;

beforeEach(async () => {
  store = createMemoryStore();
  packages = createMemoryPackages();
  claims = createMemoryClaims();
  await store.put(objectKeys.plan('run-1'), JSON.stringify({ run: 'run-1', modules: [MODULE] } as Partial<Plan>));
  await leave();
});

/** Leaves what a build leaves. */
async function leave(facts: object = { version: '0.1.0.dev7', wheel: WHEEL, sdist: SDIST }): Promise<void> {
  await store.put(`${FOLDER}sdist`, 'the sdist');
  await store.put(`${FOLDER}wheel`, 'the wheel');
  await store.put(`${FOLDER}package.json`, JSON.stringify(facts));
}

const publish = (part: Partial<typeof REQUEST> = {}) =>
  publishStep({ ...REQUEST, ...part }, { store, packages: { python: packages }, claims });

describe('the package index that these tests use', () =>
  packageIndexContract(() => {
    const index = createMemoryPackages();
    return { index, bytesOf: async (_name, file) => index.bytesOf(file) };
  }));

describe('the publish step', () => {
  test('publishes the package with the wheel last, because installers prefer it', async () => {
    expect(await publish()).toEqual({ package: 'shop-lib', version: '0.1.0.dev7' });

    expect(packages.added).toEqual([SDIST, WHEEL]);
    expect(packages.bytesOf(SDIST)?.toString()).toBe('the sdist');
    expect(packages.bytesOf(WHEEL)?.toString()).toBe('the wheel');
  });

  test('does nothing the second time, even if the build is gone or has changed', async () => {
    const first = await publish();
    await store.put(`${FOLDER}package.json`, 'not JSON');

    expect(await publish()).toEqual(first);
    expect(packages.added).toHaveLength(2);
  });

  test('keeps an earlier package of the same content', async () => {
    await packages.add('Shop.Lib', '0.1.0.dev7', { name: SDIST, bytes: Buffer.from('theirs') });
    await packages.add('Shop.Lib', '0.1.0.dev7', { name: WHEEL, bytes: Buffer.from('theirs') });
    await publish();

    expect(packages.bytesOf(WHEEL)?.toString()).toBe('theirs');
  });

  test('adds only the wheel that an interrupted run left out', async () => {
    packages.beforeAdd(({ name }) => {
      if (name === WHEEL) throw new Error('the index is down');
    });
    await expect(publish()).rejects.toThrow('the index is down');
    packages.beforeAdd(() => undefined);

    expect(await publish()).toEqual({ package: 'shop-lib', version: '0.1.0.dev7' });
    expect(packages.added).toEqual([SDIST, WHEEL]);
  });

  test('publishes once for concurrent runs', async () => {
    const results = await Promise.all([publish(), publish(), publish()]);

    expect(new Set(results.map(({ version }) => version)).size).toBe(1);
    expect([...packages.added].sort()).toEqual([WHEEL, SDIST]);
  });

  const facts = { version: '0.1.0.dev7', wheel: WHEEL, sdist: SDIST };
  const not = (file: string, version: string) => `'${file}' has version ${version}, but 0.1.0.dev7 was planned`;

  test.each<[string, object, string]>([
    [
      'another package than the catalog names',
      { ...facts, wheel: WHEEL.replace('shop_lib', 'requests'), sdist: SDIST.replace('shop_lib', 'requests') },
      "'requests-0.1.0.dev7-py3-none-any.whl' belongs to the package requests, but the catalog names shop-lib",
    ],
    [
      'a version of other content',
      { version: '0.1.0.dev8', wheel: WHEEL.replace('dev7', 'dev8'), sdist: SDIST.replace('dev7', 'dev8') },
      not('shop_lib-0.1.0.dev8-py3-none-any.whl', '0.1.0.dev8'),
    ],
    [
      'a release as a person makes it',
      { version: '9.9', wheel: 'shop_lib-9.9-py3-none-any.whl', sdist: 'shop_lib-9.9.tar.gz' },
      not('shop_lib-9.9-py3-none-any.whl', '9.9'),
    ],
    ['no sdist', { ...facts, sdist: WHEEL }, 'the build made 2 files that are a wheel'],
    ['a file elsewhere', { ...facts, sdist: `../../${SDIST}` }, `'../../${SDIST}' is neither a wheel nor an sdist`],
    ['more than it was asked', { ...facts, more: 'x' }, 'more'],
    ['something else', ['x'], 'expected object'],
  ])('refuses a build that reports %s', async (_what, made, why) => {
    await leave(made);

    await expect(publish()).rejects.toMatchObject({
      name: 'PackageIndexError',
      message: expect.stringMatching(/^module tools\/lib was not published: /),
    });
    await expect(publish()).rejects.toThrow(why);
    expect(packages.added).toEqual([]);
  });

  test('takes the version from the files, not from the build’s report', async () => {
    await leave({ ...facts, version: '9.9' });

    expect(await publish()).toEqual({ package: 'shop-lib', version: '0.1.0.dev7' });
  });

  test.each([
    ['package.json', 'the build left no package.json'],
    ['sdist', 'the build left no sdist'],
    ['wheel', 'the build left no wheel'],
  ])('refuses a build without %s', async (missing, why) => {
    const get: ObjectStore['get'] = async (key) => (key === FOLDER + missing ? undefined : store.get(key));

    await expect(
      publishStep(REQUEST, { store: { ...store, get }, packages: { python: packages }, claims }),
    ).rejects.toMatchObject({
      name: 'PackageIndexError',
      message: `module tools/lib was not published: ${why}`,
    });
    expect(packages.added).not.toContain(WHEEL);
  });

  test.each([
    [
      'a module that the plan does not have',
      { module: 'tools/other' },
      `no module tools/other with the content ${DIGEST}`,
    ],
    [
      'content that was not planned',
      { contentDigest: 'f'.repeat(40) },
      `no module tools/lib with the content ${'f'.repeat(40)}`,
    ],
  ])('refuses %s', async (_what, part, why) => {
    await expect(publish(part)).rejects.toMatchObject({
      name: 'PackageIndexError',
      message: `the plan of run-1 has ${why}; nothing was published`,
    });
    expect(packages.added).toEqual([]);
  });

  test('refuses any module of a plan without modules, and a run without a plan', async () => {
    await store.put(objectKeys.plan('run-2'), JSON.stringify({ run: 'run-2' }));

    await expect(publish({ run: 'run-2' })).rejects.toThrow('the plan of run-2 has no module tools/lib');
    await expect(publish({ run: 'run-3' })).rejects.toThrow('the object store has no runs/run-3/plan.json');
  });

  test('fails if the index does not have an accepted file', async () => {
    const lossy = { ...packages, add: async () => undefined };

    await expect(publishStep(REQUEST, { store, packages: { python: lossy }, claims })).rejects.toThrow(
      'module tools/lib was not published: the index accepted 0.1.0.dev7, but lacks a file of it; start the run again',
    );
  });

  describe('of a release', () => {
    const RELEASED = ['shop_lib-0.2.0.tar.gz', 'shop_lib-0.2.0-py3-none-any.whl'] as const;
    beforeEach(async () => {
      const module = { ...MODULE, version: '0.2.0' };
      await store.put(objectKeys.plan('run-1'), JSON.stringify({ run: 'run-1', modules: [module] } as Partial<Plan>));
      await leave({ version: '0.2.0', sdist: RELEASED[0], wheel: RELEASED[1] });
    });

    test('binds the version to its content, and a second run of the same content publishes nothing', async () => {
      expect(await publish()).toEqual({ package: 'shop-lib', version: '0.2.0' });
      expect(await claims.find('python-package/shop-lib', '0.2.0')).toMatchObject({ digest: DIGEST, run: 'run-1' });
      expect(await publish()).toEqual({ package: 'shop-lib', version: '0.2.0' });
      expect(packages.added).toEqual(RELEASED);
    });

    test('refuses a version that another run gave to other content, and writes nothing', async () => {
      const other = { image: 'python-package/shop-lib', version: '0.2.0', digest: 'b'.repeat(40), run: 'run-0' };
      await claims.claim(other);

      await expect(publish()).rejects.toThrow('run run-0 has given 0.2.0 to other content; start the run again');
      expect(packages.added).toEqual([]);
    });

    test('refuses a version that was put by hand, without claiming it', async () => {
      await packages.add('shop-lib', '0.2.0', { name: RELEASED[0], bytes: Buffer.from('theirs') });

      await expect(publish()).rejects.toThrow('the index has 0.2.0, which no run has claimed; start the run again');
      expect(await claims.find('python-package/shop-lib', '0.2.0')).toBeUndefined();
    });
  });
});
