/** Maven modules of the local CodeBuild, with the embedded builder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { MAVEN } from '../../../../core/modules/maven/maven';
import { checkPom } from '../../../../core/modules/maven/pom';
import { codeBuildIn } from '../code-build-fixture';
import { makeSampleSource, type SampleSource } from '../embedded/sample-source';
import { startModuleRequest } from '../start-module-request';
import { mavenFiles } from './maven-sample';

const FILES = mavenFiles('file:///index');

let source: SampleSource;
let folder: string;

beforeAll(async () => {
  source = await makeSampleSource(FILES);
});
afterAll(() => source.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maven-builds-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function build(module: string, version?: string): Promise<object> {
  const codeBuild = codeBuildIn(folder, {});
  const packages = `${folder}/packages/`;
  try {
    return await codeBuild.startBuild(
      startModuleRequest({ source, module, kind: 'maven', packages, ...(version === undefined ? {} : { version }) }),
    );
  } finally {
    await codeBuild.close();
  }
}

const left = (object: string) => readFileSync(join(folder, 'packages', object));

test('a JAR has sources and resources without the tests, and its POM the planned version', async () => {
  await build('greet');

  const version = `0.1.0${MAVEN.versionSuffix(source.contents.get('greet') ?? '')}`;
  expect(readdirSync(join(folder, 'packages')).sort()).toEqual(['jar', 'package.json', 'pom']);
  expect(JSON.parse(left('package.json').toString('utf8'))).toEqual({
    version,
    jar: `greet-${version}.jar`,
    pom: `greet-${version}.pom`,
  });
  const entries = unzipSync(left('jar'));
  expect(Object.keys(entries).sort()).toEqual(['shop/Greet.java', 'shop/words.txt']);
  expect(strFromU8(entries['shop/words.txt'] ?? new Uint8Array())).toBe('hello\n');
  const declared = String(FILES['packages/greet/pom.xml']);
  expect(left('pom').toString('utf8')).toBe(declared.replace('<version>0.0.7<', `<version>${version}<`));
});

test('a module that declares no version gets the planned one, and the log says what was not done', async () => {
  await build('shout', '3.0.0');

  const pom = left('pom').toString('utf8');
  expect(() => checkPom(pom, { package: 'com.shop:shout', version: '3.0.0' })).not.toThrow();
  expect(readFileSync(join(folder, 'logs/run-1/module%2Fshout.log'), 'utf8')).toContain(
    'neither its build file nor its tests were run',
  );
});

test('equal content gives equal bytes', async () => {
  await build('greet');
  const first = left('jar');
  await build('greet');

  expect(left('jar')).toEqual(first);
});
