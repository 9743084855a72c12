/** Several branches may record a staging environment: the first one that has a release, or a service of it, decides. */
import { makePromotionWorld, type PromotionWorld, STAGING, versionsIn } from './promotion-world';

let world: PromotionWorld;
beforeEach(() => {
  world = makePromotionWorld();
  world.repository.git('branch', 'next', 'main');
});
afterEach(() => world.remove());

const FROM = { action: 'promote', environment: 'production', version: 'v1.5.0', from: 'v1.5.0-rc-1' } as const;
const onDevelop = () => world.repository.git('show', `develop:${STAGING}`);
/** Records the services of develop at the version on `next`, with images that no registry has. */
const recordOnNext = (text: string) =>
  world.repository.commit('next', { [STAGING]: text.replaceAll(/sha256:[0-9a-f]{64}/g, `sha256:${'e'.repeat(64)}`) });

test('a whole release comes from the first branch that has it', async () => {
  world.commitRelease('develop', { version: 'v1.5.0-rc-1' });
  recordOnNext(onDevelop());

  const { services } = await world.plan(FROM);

  expect(services.map(({ origin }) => origin.kind === 'released' && origin.reference)).toEqual(
    await Promise.all(services.map(({ name }) => world.digestOf(name, 'v1.5.0-rc-1'))),
  );
});

test('a release that the first branch never had comes from the next one', async () => {
  world.commitRelease('develop', { version: 'v1.5.0-rc-1' });
  const text = onDevelop();
  world.repository.git('branch', '--force', 'develop', 'main');
  world.repository.commit('next', { [STAGING]: text });

  expect(versionsIn(await world.plan(FROM))).toHaveLength(4);
});

test('named services come each from the first branch that has it', async () => {
  world.commitRelease('develop', { version: 'v1.5.0-rc-1', services: ['auth'] });
  world.registry.seed({ host: 'registry.example', repository: 'team/ngui' }, 'v1.5.0-rc-1', 'ngui on next');
  const ngui = await world.digestOf('ngui', 'v1.5.0-rc-1');
  const entry =
    onDevelop()
      .split('\n')
      .find((line) => line.startsWith('auth:')) ?? '';
  const ofNgui = entry.replace('auth:', 'ngui:').replace(/sha256:[0-9a-f]{64}/, String(ngui));
  const ofAuth = entry.replace(/sha256:[0-9a-f]{64}/, `sha256:${'e'.repeat(64)}`);
  world.repository.commit('next', { [STAGING]: `${ofAuth}\n${ofNgui}\n` });

  const { services } = await world.plan({ ...FROM, services: ['auth', 'ngui'] });

  expect(services.map(({ origin }) => origin)).toEqual([
    { kind: 'released', reference: await world.digestOf('auth', 'v1.5.0-rc-1') },
    { kind: 'released', reference: ngui },
  ]);
});

test('what staging has now cannot be told from a lock that does not parse', async () => {
  world.commitRelease('develop', { version: 'v1.5.0-rc-1' });
  world.repository.commit('develop', { [STAGING]: `<<<<<<< a merge\n${onDevelop()}` });

  await expect(world.plan({ ...FROM, from: undefined })).rejects.toMatchObject({ name: 'ValuesFile' });
});

/** Returns how often the run reads a history, whether it can be planned or not. */
async function logsOf(input: object): Promise<number> {
  const before = world.calls.length;
  await world.plan(input).catch(() => undefined);
  return world.calls.slice(before).filter((name) => name === 'log').length;
}

test('a search reads the newest commits of one lock, and more only if it has not found all', async () => {
  world.commitRelease('develop', { version: 'v1.5.0-rc-1', run: 'push-1' });

  expect(await logsOf(FROM)).toBe(1);
  expect(await logsOf({ ...FROM, services: ['auth', 'ngui'] })).toBe(1);
  expect(await logsOf({ action: 'promote', environment: 'production', run: 'push-1' })).toBe(1);
  // Each of the three branches is read to its end, once.
  expect(await logsOf({ action: 'promote', environment: 'production', run: 'push-9' })).toBe(3);
  expect(await logsOf({ ...FROM, from: 'v1.5.0-rc-9' })).toBe(3);
});

test('a release with more than 30 changes of the lock after it is found, and a newer one without a second look', async () => {
  const byRun = { action: 'promote', environment: 'production', run: 'push-1' };
  world.commitRelease('develop', { version: 'v1.5.0-rc-3', services: ['ngui'] });
  world.commitRelease('develop', { version: 'v1.5.0-rc-1', run: 'push-1' });
  for (let change = 0; change < 30; change += 1) {
    world.repository.commit('develop', { [STAGING]: `${onDevelop()}\n# change ${change}\n` });
  }

  expect([await logsOf(FROM), await logsOf(byRun)]).toEqual([2, 2]);
  expect(versionsIn(await world.plan(byRun))).toHaveLength(4);

  world.commitRelease('develop', { version: 'v1.5.0-rc-2' });
  expect(await logsOf({ ...FROM, from: 'v1.5.0-rc-2' })).toBe(1);
  expect(await logsOf({ ...FROM, from: 'v1.5.0-rc-2', services: ['auth', 'ngui'] })).toBe(1);

  world.commitRelease('develop', { version: 'v1.5.0-rc-3', services: ['auth'] });
  const both = await world.plan({ ...FROM, from: 'v1.5.0-rc-3', services: ['auth', 'ngui'] });
  expect(both.services.map(({ origin }) => origin.kind)).toEqual(['released', 'released']);
});
