/** Signatures and statements of a release, on a registry in memory and a key of a KMS that really signs. */
import { objectKeys } from '../../../core/contract/keys';
import type { ImageRegistry } from '../../../core/ports/registry';
import { SIGNATURE_TYPE } from '../../../core/signing/statement';
import { findStatements } from '../../../lambdas/shared/find-statements';
import { built, HOST } from './release-world';
import { KEY, NAMES, type SigningWorld, signingWorld } from './signing-world';

/** The names of the images that have their version. */
async function versioned({ registry, at }: SigningWorld, names = NAMES): Promise<readonly string[]> {
  const heads = await Promise.all(names.map((name) => registry.head(at(name), 'v1.4.0')));
  return names.filter((_, index) => heads[index] !== undefined);
}

/** Everything that a complete release leaves: one signature and one statement for each image, and its version. */
async function expectComplete(one: SigningWorld, statements = 1): Promise<void> {
  expect(await versioned(one)).toEqual(NAMES);
  for (const name of NAMES) {
    expect(await one.signed(name, SIGNATURE_TYPE)).toHaveLength(1);
    expect(await one.releases(name)).toHaveLength(statements);
  }
}

test('every image has a signature and a statement before the first one gets its version', async () => {
  const one = signingWorld();
  await one.start();

  await expectComplete(one);
  const firstVersion = one.registry.writes.findIndex(({ reference }) => reference === 'v1.4.0');
  const attached = one.registry.writes
    .slice(0, firstVersion)
    .filter(({ reference }) => reference.startsWith('sha256:'));
  expect(attached).toHaveLength(2 * NAMES.length);
  expect(one.kms.calls.filter((call) => call === 'Sign')).toHaveLength(2 * NAMES.length);
});

test('without the setting nothing is signed', async () => {
  const one = signingWorld();
  Object.assign(one.dependencies, { openSigner: undefined });
  await one.start();
  expect(await versioned(one)).toEqual(NAMES);
  expect(one.kms.calls).toEqual([]);
  expect(await one.signed('auth', SIGNATURE_TYPE)).toEqual([]);
});

test('a key without rights fails the run with one error, before anything is written or claimed', async () => {
  const one = signingWorld();
  one.kms.keys.get(KEY)?.denied.add('Sign');

  const starting = one.start();

  await expect(starting).rejects.toMatchObject({ name: 'SigningError' });
  await expect(starting).rejects.toThrow(
    /^the signing key alias\/releases cannot be used: AccessDenied[^\n]*; no image got its version$/,
  );
  expect(one.registry.writes).toEqual([]);
  expect(one.claims.claims.size).toBe(0);
  expect(await one.store.exists(objectKeys.release('run-1'))).toBe(false);
});

test('a key that is lost in between fails the run with one error, and no image has its version', async () => {
  const one = signingWorld();
  one.kms.failWhen((call, number) => {
    if (call === 'Sign' && number > 3) one.kms.keys.get(KEY)?.denied.add('Sign');
  });

  await expect(one.start()).rejects.toThrow(
    /^the signing key alias\/releases cannot be used: AccessDenied[^\n]*; no image got its version$/,
  );
  expect(await versioned(one)).toEqual([]);
  expect(one.claims.claims.size).toBe(0);

  one.kms.failWhen(() => undefined);
  one.kms.keys.get(KEY)?.denied.clear();
  await one.start();
  await expectComplete(one);
});

test('a release that is repeated, as by a redrive, adds nothing', async () => {
  const one = signingWorld();
  await one.start();
  const writes = one.registry.writes.length;
  await one.start();
  expect(one.registry.writes.length).toBe(writes);
  await expectComplete(one);
});

test('another run that gives the same version adds its statement, and no second signature', async () => {
  const one = signingWorld();
  await one.start();
  await one.start('run-2');
  await expectComplete(one, 2);
});

test('a version that an interrupted run claimed for an image without a signature is put only once that is signed', async () => {
  const line = { kind: 'next', line: 'v1.4.0-dev', after: 1 } as const;
  const one = signingWorld([built('auth', { version: line })]);
  const { digest } = one.registry.seed(one.at('auth'), 'in-other', 'other');
  await one.claims.claim({ image: `${HOST}/team/auth`, version: 'v1.4.0-dev-2', digest, run: 'run-0' });

  await one.start();

  const found = await findStatements(one.at('auth'), digest, { predicateType: SIGNATURE_TYPE }, one.registry);
  expect(found).toHaveLength(1);
  const puts = one.registry.writes.filter(({ repository }) => repository === 'team/auth');
  const version = puts.findIndex(({ reference }) => reference === 'v1.4.0-dev-2');
  expect(version).toBeGreaterThan(0);
  expect(puts[version - 1]?.reference).toMatch(/^sha256:/);
});

test('a further release pulls no manifest, because registries count pulls', async () => {
  const one = signingWorld();
  await one.start();
  const pulled: string[] = [];
  one.registry.failWhen((method, repository, reference) => {
    if (method === 'get') pulled.push(`${repository}@${reference}`);
  });
  await one.start('run-2');
  expect(pulled).toEqual([]);
  one.registry.failWhen(() => undefined);
  await expectComplete(one, 2);
});

/** A registry whose calls are counted, before or after each had its effect. */
function counted(registry: ImageRegistry, count: () => void, isAfter: boolean): ImageRegistry {
  const METHODS = ['referrers', 'blob', 'putBlob', 'put', 'get', 'head', 'copyContent'] as const;
  const wrapped = METHODS.map((name) => {
    const method = registry[name] as (...args: unknown[]) => Promise<unknown>;
    const call = async (...args: unknown[]) => {
      if (!isAfter) count();
      const result = await method(...args);
      if (isAfter) count();
      return result;
    };
    return [name, call];
  });
  return { ...registry, ...Object.fromEntries(wrapped) };
}

test.each([
  ['before', false],
  ['after', true],
])('killed %s each call and started again, it ends with one signature and one statement each', async (_, isAfter) => {
  let last = 0;
  for (let killed = 1; last === 0; killed += 1) {
    const one = signingWorld();
    let calls = 0;
    const count = (): void => {
      calls += 1;
      if (calls >= killed) throw new Error('killed');
    };
    const { registry } = one.dependencies;
    Object.assign(one.dependencies, { registry: counted(registry, count, isAfter) });
    one.kms.failWhen(count);
    await one.start().catch(() => undefined);
    if (calls < killed) last = calls;
    Object.assign(one.dependencies, { registry });
    one.kms.failWhen(() => undefined);

    // Whatever has a version by then is signed.
    for (const name of await versioned(one)) expect(await one.releases(name)).toHaveLength(1);
    await one.start();
    await expectComplete(one);
  }
  expect(last).toBeGreaterThan(30);
});
