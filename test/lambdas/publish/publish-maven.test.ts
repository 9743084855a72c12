/** The publish step on Maven packages, with an index in a folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMavenFolder } from '../../../adapters/packages/maven-folder';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan, PlannedModule } from '../../../core/contract/plan';
import type { PackageIndex } from '../../../core/ports/packages';
import type { Claims, ObjectStore } from '../../../core/ports/store';
import { publishStep } from '../../../lambdas/publish/publish';
import { pomOf } from '../../contracts/packages/maven-index-contract';
import { createMemoryClaims, createMemoryStore } from '../../support/pipeline/memory-state';

const DIGEST = 'd'.repeat(40);
const NAME = 'com.shop:lib';
const FILES = ['lib-1.2.0.jar', 'lib-1.2.0.pom'];
const FACTS = { version: '1.2.0', jar: 'lib-1.2.0.jar', pom: 'lib-1.2.0.pom' };
const FOLDER = 'packages/run-1/lib/';

let folder: string;
let store: ObjectStore;
let index: PackageIndex;
let claims: Claims;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'publish-maven-'));
  store = createMemoryStore();
  index = createMavenFolder(folder);
  claims = createMemoryClaims();
  await planned('1.2.0');
  await leave(pomOf('1.2.0'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function planned(version: string): Promise<void> {
  const common = { name: 'lib', action: 'publish', kind: 'maven', package: NAME, stage: 'tools' } as const;
  const module: PlannedModule = { ...common, contentDigest: DIGEST, version, minutes: 5, reasons: [] };
  await store.put(objectKeys.plan('run-1'), JSON.stringify({ run: 'run-1', modules: [module] } as Partial<Plan>));
}

/** Leaves what a build leaves. */
async function leave(pom: Buffer, facts: object = FACTS): Promise<void> {
  await store.put(`${FOLDER}jar`, Buffer.from('a JAR'));
  await store.put(`${FOLDER}pom`, pom);
  await store.put(`${FOLDER}package.json`, JSON.stringify(facts));
}

const publish = (packages: object = { maven: index }) =>
  publishStep({ run: 'run-1', module: 'lib', contentDigest: DIGEST }, { store, packages, claims });

test('publishes JAR and POM, binds the version to its content, and does nothing the second time', async () => {
  expect(await publish()).toEqual({ package: NAME, version: '1.2.0' });
  await store.put(`${FOLDER}package.json`, 'not JSON');

  expect(await publish()).toEqual({ package: NAME, version: '1.2.0' });
  expect(await index.files(NAME, '1.2.0')).toEqual(FILES);
  expect(await claims.find('maven-package/com.shop/lib', '1.2.0')).toMatchObject({ digest: DIGEST, run: 'run-1' });
});

test('completes a release of which an earlier try published the JAR only', async () => {
  await leave(pomOf('9.0.0'));
  await expect(publish()).rejects.toThrow('says com.shop:lib:9.0.0');
  expect(await index.files(NAME, '1.2.0')).toEqual(['lib-1.2.0.jar']);
  await leave(pomOf('1.2.0'));

  await publish();
  expect(await index.files(NAME, '1.2.0')).toEqual(FILES);
});

test('binds no development version, which has its content in its name', async () => {
  const version = '1.2.0-alpha-dev.7';
  await planned(version);
  await leave(pomOf(version), { version, jar: `lib-${version}.jar`, pom: `lib-${version}.pom` });

  expect(await publish()).toMatchObject({ version });
  expect(await claims.find('maven-package/com.shop/lib', version)).toBeUndefined();
});

test('refuses a version that another run gave to other content', async () => {
  const image = 'maven-package/com.shop/lib';
  await claims.claim({ image, version: '1.2.0', digest: 'b'.repeat(40), run: 'run-0' });

  await expect(publish()).rejects.toThrow('run run-0 has given 1.2.0 to other content; start the run again');
});

test.each<[string, () => Promise<void>, string]>([
  ['the POM of another package', () => leave(pomOf('1.2.0', 'other')), 'says com.shop:other:1.2.0'],
  ['the POM of another version', () => leave(pomOf('9.0.0')), 'says com.shop:lib:9.0.0'],
  ['a JAR of another name', () => leave(pomOf('1.2.0'), { ...FACTS, jar: 'x.jar' }), 'not x.jar'],
  ['files of npm', () => leave(pomOf('1.2.0'), { version: '1.2.0', tarball: 'a.tgz' }), 'jar'],
])('refuses a build that left %s', async (_what, make, why) => {
  await make();

  await expect(publish()).rejects.toMatchObject({ name: 'PackageIndexError', message: expect.stringContaining(why) });
  expect(await index.files(NAME, '1.2.0')).not.toContain('lib-1.2.0.pom');
});

test('refuses a kind that was not deployed', async () => {
  await expect(publish({})).rejects.toThrow('the deployed app publishes no packages of the kind maven');
});
