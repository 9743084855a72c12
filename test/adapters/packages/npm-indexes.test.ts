/** Both indexes of npm packages: the folder, and CodeArtifact by the real SDK client and real uploads over HTTP. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { createCodeArtifactIndex } from '../../../adapters/packages/code-artifact-index';
import { createNpmFolder, npmFolder } from '../../../adapters/packages/npm-folder';
import { tarballName } from '../../../core/modules/npm/npm';
import { npmIndexContract } from '../../contracts/packages/npm-index-contract';
import { PLACE, startFakeCodeArtifact } from '../../support/aws/fake-code-artifact';
import { eachTest } from '../../support/each-test';
import { npmPackage } from '../../support/npm/npm-package';
import { createStillClock } from '../../support/pipeline/memory-state';

describe('npm packages in a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'npm-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  npmIndexContract(() => ({
    index: createNpmFolder(folder),
    bytesOf: (name, version) =>
      readFile(join(npmFolder(folder), name, tarballName(name, version))).catch(() => undefined),
  }));

  test('have the names that npm pack gives them', async () => {
    const bytes = await npmPackage('@shop/lib', '1.0.0');
    await createNpmFolder(folder).add('@shop/lib', '1.0.0', { name: 'shop-lib-1.0.0.tgz', bytes });

    expect(readdirSync(join(folder, 'npm/@shop/lib'))).toEqual(['shop-lib-1.0.0.tgz']);
  });
});

describe('npm packages in CodeArtifact', () => {
  const fake = eachTest(startFakeCodeArtifact, (fake) => fake.stop());

  const open = () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new CodeartifactClient({ endpoint: fake.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
    return createCodeArtifactIndex({ ...PLACE, kind: 'npm', client, clock: createStillClock(), allowLoopback: true });
  };
  const add = async (version: string, name = '@shop/lib') =>
    open().add(name, version, { name: 'x.tgz', bytes: await npmPackage(name, version) });
  const tags = () => fake.npm.packument('@shop/lib')?.['dist-tags'];

  npmIndexContract(() => ({ index: open(), bytesOf: async (name, version) => fake.npm.tarball(name, version) }));

  test('are looked up by their scope as a namespace', async () => {
    await add('1.0.0');
    await open().files('@shop/lib', '1.0.0');

    const asked = { ...PLACE, format: 'npm', namespace: 'shop', package: 'lib' };
    expect(fake.calls.at(-1)).toEqual({
      path: '/v1/package/version/assets',
      query: { ...asked, version: '1.0.0', 'max-results': '100' },
    });
    await open().files('lib', '1.0.0');
    expect(fake.calls.at(-1)?.query.namespace).toBeUndefined();
  });

  test('the highest release is latest, and neither a development version nor a pre-release nor a late release', async () => {
    await add('1.0.0');
    await add('1.1.0-dev.7');
    await add('2.0.0-rc.1');
    expect(tags()).toEqual({ latest: '1.0.0', dev: '1.1.0-dev.7', next: '2.0.0-rc.1' });

    await add('1.2.0');
    await add('1.1.0');
    expect(tags()).toEqual({ latest: '1.2.0', dev: '1.1.0-dev.7', next: '2.0.0-rc.1', earlier: '1.1.0' });
  });

  test('the first release is latest after a development version that the registry made latest', async () => {
    await add('1.1.0-dev.7');
    await add('1.0.0');

    expect(tags()?.latest).toBe('1.0.0');
  });

  test('are published once if the reply is lost and the upload is retried, and if the index is down for a moment', async () => {
    fake.upsets.push('reply lost');
    await add('1.0.0');
    fake.upsets.push({ status: 500, says: 'sorry' });
    await add('1.0.1');

    expect(Object.keys(fake.npm.packument('@shop/lib')?.versions ?? {})).toEqual(['1.0.0', '1.0.1']);
  });

  test.each([401, 403, 400])(
    'a refusal with %d names the file and the place, and neither token nor tarball',
    async (status) => {
      fake.upsets.push({ status, says: `you sent Bearer ${fake.token}` });

      const told = await add('1.0.0').then(
        () => 'nothing',
        (error: Error) => `${error.name}: ${error.message} ${JSON.stringify(error)} ${String(error.cause)}`,
      );
      expect(told).toContain(
        'PackageIndexError: x.tgz cannot be published in CodeArtifact, domain shop, repository modules',
      );
      expect(told).toContain(String(status));
      expect(told).not.toContain(fake.token);
    },
  );
});
