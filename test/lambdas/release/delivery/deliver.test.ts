import { objectKeys } from '../../../../core/contract/keys';
import { releaseOrDeliver } from '../../../../lambdas/release/deliver';
import { releasePlan } from '../../../support/pipeline/runs';
import { manifestOf } from '../../../support/registry/memory-registry';
import { built } from '../release-world';
import { deliveryWorld, LIVE } from './delivery-world';

const MINUTE = 60_000;

test('puts the content of all images there before it gives the first version, and each by its digest', async () => {
  const { registry, deliver } = deliveryWorld(['auth', 'ngui']);

  expect(await deliver()).toMatchObject({ next: 'done', delivered: 2 });

  const digests = ['auth', 'ngui'].map((name) => manifestOf(name).digest);
  expect(registry.writes.map(({ repository, reference }) => `${repository}@${reference}`)).toEqual([
    `shop/auth@${digests[0]}`,
    `shop/ngui@${digests[1]}`,
    'shop/auth@v1.4.0',
    'shop/ngui@v1.4.0',
  ]);
});

test('an environment without a registry of its own gets nothing', async () => {
  const { registry, deliver } = deliveryWorld(['auth'], 'staging');
  expect(await deliver()).toEqual({ next: 'done', seconds: 0, until: 0, delivered: 0 });
  expect(registry.writes).toEqual([]);
});

test('a repeated delivery writes nothing', async () => {
  const { registry, deliver } = deliveryWorld(['auth', 'ngui']);
  await deliver();
  const before = registry.writes.length;
  await deliver();
  expect(registry.writes.length).toBe(before);
});

test('a delivery that breaks off after any number of calls gives no version, or is completed by the next', async () => {
  for (let calls = 0; ; calls += 1) {
    const { registry, deliver, at } = deliveryWorld(['auth', 'ngui', 'etcd']);
    let left = calls;
    registry.failWhen(() => {
      left -= 1;
      if (left < 0) throw new Error('killed');
    });
    const first = await deliver().catch((error: Error) => error.message);
    registry.failWhen(() => undefined);
    const versions = await Promise.all(['auth', 'ngui', 'etcd'].map((name) => at(name)));
    if (versions.some((version) => version !== undefined)) {
      const contents = await Promise.all(['auth', 'ngui', 'etcd'].map((name) => at(name, manifestOf(name).digest)));
      expect(contents).not.toContain(undefined);
    }
    expect(await deliver()).toMatchObject({ next: 'done', delivered: 3 });
    expect(await Promise.all(['auth', 'ngui', 'etcd'].map((name) => at(name)))).toEqual(
      ['auth', 'ngui', 'etcd'].map((name) => manifestOf(name).digest),
    );
    if (typeof first !== 'string') {
      expect(calls).toBeGreaterThan(20);
      return;
    }
  }
});

test('a version that is another image there is refused with both digests, and nothing is given', async () => {
  const { registry, deliver } = deliveryWorld(['auth', 'ngui']);
  const other = registry.seed({ host: LIVE, repository: 'shop/ngui' }, 'v1.4.0', 'by hand');

  await expect(deliver()).rejects.toMatchObject({
    name: 'VersionTaken',
    message: expect.stringContaining(
      `ngui: ${LIVE}/shop/ngui:v1.4.0 is ${other.digest} and cannot become ${manifestOf('ngui').digest}`,
    ),
  });
  expect(registry.writes.filter(({ reference }) => reference === 'v1.4.0')).toEqual([]);
});

test('a version that a registry shows and then lacks is not taken for delivered', async () => {
  const { registry, deliver, dependencies } = deliveryWorld(['auth']);
  const { head } = registry;
  let looks = 0;
  Object.assign(dependencies.registry, {
    head: async (name: Parameters<typeof head>[0], reference: string) => {
      if (name.host === LIVE && reference === 'v1.4.0') looks += 1;
      return looks > 2 && reference === 'v1.4.0' ? undefined : head(name, reference);
    },
  });
  await expect(deliver()).rejects.toThrow(`${LIVE}/shop/auth has no v1.4.0; start the run again`);
});

test('no copy is begun after nine minutes; the next call goes on, and after the limit the missing images are named', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `image-${index}`);
  const { registry, deliver, wait } = deliveryWorld(names);
  registry.failWhen((method) => {
    if (method === 'copy') wait(2 * MINUTE);
  });

  const first = await deliver();
  expect(first).toMatchObject({ next: 'wait', until: 30 * MINUTE });
  expect(first.delivered).toBeLessThan(12);
  wait(30 * MINUTE);
  registry.failWhen((method) => {
    if (method === 'copy') wait(20 * MINUTE);
  });
  await expect(deliver(first.until)).resolves.toMatchObject({ next: 'done' });

  const late = deliveryWorld(names);
  late.registry.failWhen((method) => {
    if (method === 'copy') late.wait(10 * MINUTE);
  });
  await expect(late.deliver(10 * MINUTE)).rejects.toThrow(
    /^after 30 minutes live\.example lacks 4 of 12 images of environment live: image-8, image-9, image-10, image-11; no values file was changed\./,
  );
});

test('the check before the builds reports all images that the registry refuses, and versions of other images', async () => {
  const { registry, store, check } = deliveryWorld([]);
  const origin = { kind: 'released', reference: manifestOf('etcd').digest } as const;
  const services = [built('auth'), built('etcd', { action: 'retag', origin }), built('kept', { action: 'keep' })];
  const plan = { ...releasePlan('run-1', 'v1.4.0', services), environment: 'live' };
  await store.put(objectKeys.plan('run-1'), JSON.stringify(plan));
  await expect(check()).resolves.toMatchObject({ next: 'done' });

  registry.seed({ host: LIVE, repository: 'shop/etcd' }, 'v1.4.0', 'by hand');
  await expect(check()).rejects.toMatchObject({ name: 'VersionTaken' });

  registry.failWhen((method, repository) => {
    if (method === 'head' && repository.startsWith('shop/')) throw new Error('ECONNREFUSED');
  });
  await expect(check()).rejects.toThrow(
    'the registry of environment live cannot be used, and nothing was built: ECONNREFUSED',
  );
  expect(registry.writes).toEqual([]);
});

test('a registry that lacks what the version lock names is a problem, with the rollback that fills it', async () => {
  const { registry, dependencies, services } = deliveryWorld(['auth', 'ngui']);
  const request = { run: 'doctor', phase: 'probe', environment: 'live', images: ['auth'], recorded: services } as const;
  const probe = () => releaseOrDeliver(request, dependencies);
  expect(await probe()).toEqual({
    problems: [
      `2 of 2 images that the version lock of live names are not in ${LIVE}/shop: auth:v1.4.0, ngui:v1.4.0; fill it by a rollback to what it has: npx pipeline start rollback --environment live --version v1.4.0`,
    ],
  });

  for (const name of ['auth', 'ngui']) registry.seed({ host: LIVE, repository: `shop/${name}` }, 'v1.4.0', name);
  expect(await probe()).toEqual({ problems: [] });
});
