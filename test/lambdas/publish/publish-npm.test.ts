/** The publish step on npm packages, with an index in a folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNpmFolder } from '../../../adapters/packages/npm-folder';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlannedModule } from '../../../core/contract/plan';
import type { PackageIndex } from '../../../core/ports/packages';
import type { Claims, ObjectStore } from '../../../core/ports/store';
import { publishStep } from '../../../lambdas/publish/publish';
import { npmPackage } from '../../support/npm/npm-package';
import { createMemoryClaims, createMemoryStore } from '../../support/pipeline/memory-state';

const DIGEST = 'd'.repeat(40);
const MODULE: PlannedModule = {
  name: 'greet',
  action: 'publish',
  contentDigest: DIGEST,
  kind: 'npm',
  version: '1.2.0',
  package: '@shop/greet',
  stage: 'tools',
  minutes: 5,
  reasons: [],
};
const FACTS = { version: '1.2.0', tarball: 'shop-greet-1.2.0.tgz' };
const FOLDER = 'packages/run-1/greet/';

let folder: string;
let store: ObjectStore;
let index: PackageIndex;
let claims: Claims;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'publish-npm-'));
  store = createMemoryStore();
  index = createNpmFolder(folder);
  claims = createMemoryClaims();
  await store.put(objectKeys.plan('run-1'), JSON.stringify({ run: 'run-1', modules: [MODULE] } as Partial<Plan>));
  await leave(await npmPackage('@shop/greet', '1.2.0'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Leaves what a build leaves. */
async function leave(tarball: Buffer, facts: object = FACTS): Promise<void> {
  await store.put(`${FOLDER}tarball`, tarball);
  await store.put(`${FOLDER}package.json`, JSON.stringify(facts));
}

const publish = (packages: object = { npm: index }) =>
  publishStep({ run: 'run-1', module: 'greet', contentDigest: DIGEST }, { store, packages, claims });

test('publishes the tarball, binds the version to its content, and does nothing the second time', async () => {
  expect(await publish()).toEqual({ package: '@shop/greet', version: '1.2.0' });
  await store.put(`${FOLDER}package.json`, 'not JSON');

  expect(await publish()).toEqual({ package: '@shop/greet', version: '1.2.0' });
  expect(await index.files('@shop/greet', '1.2.0')).toEqual(['shop-greet-1.2.0.tgz']);
  expect(await claims.find('npm-package/@shop/greet', '1.2.0')).toMatchObject({ digest: DIGEST, run: 'run-1' });
});

test('binds no development version, which has its content in its name', async () => {
  const module = { ...MODULE, version: '1.2.0-dev.7' };
  await store.put(objectKeys.plan('run-1'), JSON.stringify({ run: 'run-1', modules: [module] } as Partial<Plan>));
  await leave(await npmPackage('@shop/greet', '1.2.0-dev.7'), {
    version: '1.2.0-dev.7',
    tarball: 'shop-greet-1.2.0-dev.7.tgz',
  });

  expect(await publish()).toMatchObject({ version: '1.2.0-dev.7' });
  expect(await claims.find('npm-package/@shop/greet', '1.2.0-dev.7')).toBeUndefined();
});

test('refuses a version that another run gave to other content', async () => {
  await claims.claim({ image: 'npm-package/@shop/greet', version: '1.2.0', digest: 'b'.repeat(40), run: 'run-0' });

  await expect(publish()).rejects.toThrow('run run-0 has given 1.2.0 to other content; start the run again');
});

test.each<[string, () => Promise<void>, string]>([
  ['another package in the tarball', async () => leave(await npmPackage('react', '1.2.0')), 'says react@1.2.0'],
  [
    'another version in the tarball',
    async () => leave(await npmPackage('@shop/greet', '9.0.0')),
    'says @shop/greet@9.0.0',
  ],
  [
    'a tarball of another name',
    async () => leave(await npmPackage('@shop/greet', '1.2.0'), { ...FACTS, tarball: 'x.tgz' }),
    'not x.tgz',
  ],
  ['files of Python', async () => leave(Buffer.from(''), { version: '1.2.0', wheel: 'a', sdist: 'b' }), 'tarball'],
  ['more than it was asked', async () => leave(Buffer.from(''), { ...FACTS, wheel: 'x' }), 'wheel'],
])('refuses a build that left %s', async (_what, make, why) => {
  await make();

  await expect(publish()).rejects.toMatchObject({ name: 'PackageIndexError', message: expect.stringContaining(why) });
  expect(await index.files('@shop/greet', '1.2.0')).toEqual([]);
});

test('refuses a kind that was not deployed', async () => {
  await expect(publish({})).rejects.toThrow('the deployed app publishes no packages of the kind npm');
});
