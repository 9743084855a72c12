/** Both indexes of Maven packages: the folder, and CodeArtifact by the real SDK client and real uploads over HTTP. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { createCodeArtifactIndex } from '../../../adapters/packages/code-artifact-index';
import { createMavenFolder, mavenFolder } from '../../../adapters/packages/maven-folder';
import { mavenIndexContract, pomOf } from '../../contracts/packages/maven-index-contract';
import { PLACE, startFakeCodeArtifact } from '../../support/aws/fake-code-artifact';
import { eachTest } from '../../support/each-test';
import { createStillClock } from '../../support/pipeline/memory-state';

const NAME = 'com.shop:lib';
const JAR = { name: 'lib-1.0.0.jar', bytes: Buffer.from('a JAR') };
const POM = { name: 'lib-1.0.0.pom', bytes: pomOf('1.0.0') };

describe('Maven packages in a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maven-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  mavenIndexContract(() => ({
    index: createMavenFolder(folder),
    bytesOf: (path) => readFile(join(mavenFolder(folder), path)).catch(() => undefined),
  }));

  test('have checksums, and metadata of all versions however many are added at a time', async () => {
    const index = createMavenFolder(folder);
    const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];
    await index.add(NAME, '1.0.0', JAR);
    await Promise.all(versions.map((each) => index.add(NAME, each, { name: `lib-${each}.pom`, bytes: pomOf(each) })));

    const read = (path: string) => readFileSync(join(folder, 'maven/com/shop/lib', path));
    expect(read('1.0.0/lib-1.0.0.jar.sha1').toString()).toBe(createHash('sha1').update('a JAR').digest('hex'));
    for (const each of versions) expect(read('maven-metadata.xml').toString()).toContain(`<version>${each}</version>`);
    expect(read('maven-metadata.xml').toString()).toContain('<release>1.3.0</release>');
  });
});

describe('Maven packages in CodeArtifact', () => {
  const fake = eachTest(startFakeCodeArtifact, (fake) => fake.stop());

  const open = () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new CodeartifactClient({ endpoint: fake.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
    return createCodeArtifactIndex({ ...PLACE, kind: 'maven', client, clock: createStillClock(), allowLoopback: true });
  };

  mavenIndexContract(() => ({ index: open(), bytesOf: async (path) => fake.maven.get(path) }));

  test('are looked up by their group as a namespace', async () => {
    await open().find(NAME, '-alpha-dev.7');

    expect(fake.calls.at(-1)?.query).toMatchObject({
      ...PLACE,
      format: 'maven',
      namespace: 'com.shop',
      package: 'lib',
    });
  });

  test('are whole only once the metadata came: a run that ended before adds the POM again', async () => {
    await open().add(NAME, '1.0.0', JAR);
    // The POM arrives, then five tries of the metadata fail.
    fake.upsets.push('reply lost', ...Array.from({ length: 6 }, () => ({ status: 500, says: 'sorry' })));
    await expect(open().add(NAME, '1.0.0', POM)).rejects.toMatchObject({ name: 'PackageIndexError' });
    fake.upsets.length = 0;
    expect(fake.maven.get('com/shop/lib/1.0.0/lib-1.0.0.pom')).toEqual(POM.bytes);
    expect(await open().files(NAME, '1.0.0')).toEqual([JAR.name]);

    await open().add(NAME, '1.0.0', POM);
    expect(fake.maven.isFinished('com.shop', 'lib', '1.0.0')).toBe(true);
    expect(await open().files(NAME, '1.0.0')).toEqual([JAR.name, POM.name]);
  });

  test.each([401, 403, 400])('a refusal with %d names the file and the place, and not the token', async (status) => {
    fake.upsets.push({ status, says: `you sent ${fake.token}` });

    const told = await open()
      .add(NAME, '1.0.0', JAR)
      .then(
        () => 'nothing',
        (error: Error) => `${error.name}: ${error.message} ${JSON.stringify(error)} ${String(error.cause)}`,
      );
    expect(told).toContain('PackageIndexError: lib-1.0.0.jar cannot be published in CodeArtifact, domain shop');
    expect(told).not.toContain(fake.token);
  });
});
