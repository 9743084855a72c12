/** Modules built and tested by Maven, published into a folder, and taken from there by Maven. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createMavenFolder, mavenFolder } from '../../../adapters/packages/maven-folder';
import { MAVEN } from '../../../core/modules/maven/maven';
import type { PackageIndex } from '../../../core/ports/packages';
import { findTool, type ModuleTool } from '../../../local/build/build-tools';
import { makeSampleSource, type SampleSource } from '../../local/build/embedded/sample-source';
import { mavenFiles } from '../../local/build/modules/maven-sample';
import { buildModule, publishModule } from '../../support/modules/real-modules';

type ModuleName = 'greet' | 'shout' | 'failing';

let folder: string;
let index: PackageIndex;
let source: SampleSource;
let maven: ModuleTool;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'maven-real-'));
  index = createMavenFolder(folder);
  source = await makeSampleSource(mavenFiles(pathToFileURL(mavenFolder(folder)).href));
  // A local repository of its own: a package there would be found without the index.
  const found = await findTool('maven', {
    ...process.env,
    MAVEN_OPTS: `-Dmaven.repo.local=${join(folder, 'repository')}`,
  });
  if (found === undefined) throw new Error('there is no Maven with a JDK on the PATH');
  maven = found;
}, 60_000);
afterAll(() => {
  source?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const nameOf = (module: ModuleName) => `com.shop:${module}`;
const contentDigest = (module: ModuleName) => source.contents.get(module) ?? '';

const build = (run: string, module: ModuleName, version: string) =>
  buildModule(folder, { run, source, module, kind: 'maven', version, tool: { maven } });

function publish(run: string, name: ModuleName, version: string) {
  const planned = { name, kind: 'maven', package: nameOf(name), version, contentDigest: contentDigest(name) } as const;
  return publishModule(folder, { run, planned, packages: { maven: index } });
}

/** Runs Maven in an empty folder, as somebody who only installs. Returns the class path of a project that needs the module. */
function install(module: ModuleName, version: string): string {
  const home = mkdtempSync(join(folder, 'installed-'));
  const needed = `<dependency><groupId>com.shop</groupId><artifactId>${module}</artifactId><version>${version}</version></dependency>`;
  const url = pathToFileURL(mavenFolder(folder)).href;
  const repository = `<repository><id>index</id><url>${url}</url><releases><checksumPolicy>fail</checksumPolicy></releases></repository>`;
  const own = '<modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>';
  writeFileSync(
    join(home, 'pom.xml'),
    `<project>${own}<repositories>${repository}</repositories><dependencies>${needed}</dependencies></project>`,
  );
  mkdirSync(join(home, 'lib'));
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath';
  execFileSync(maven.path, ['-B', '-ntp', '-q', goal, '-Dmdep.outputFile=path'], {
    cwd: home,
    env: { ...maven.env, PATH: process.env.PATH },
  });
  return readFileSync(join(home, 'path'), 'utf8');
}

const jarOf = (classPath: string, module: ModuleName) =>
  classPath.split(':').flatMap((path) => new RegExp(`/(${module}-[^/]*\\.jar)$`).exec(path)?.[1] ?? []);

test('are built, tested, published, and taken by Maven, each before those that depend on it', async () => {
  for (const module of ['greet', 'shout'] as const) {
    expect(await build('run-1', module, '0.1.0')).toBeUndefined();
    expect(await publish('run-1', module, '0.1.0')).toEqual({ package: nameOf(module), version: '0.1.0' });
  }

  const classPath = install('shout', '0.1.0');
  expect(jarOf(classPath, 'greet')).toEqual(['greet-0.1.0.jar']);
  expect(execFileSync('java', ['-cp', classPath, 'shop.Shout', 'Ada'], { encoding: 'utf8' })).toBe('HELLO ADA');
}, 600_000);

test('as development versions are taken by their version, and by a range only below the release', async () => {
  const version = `0.1.0${MAVEN.versionSuffix(contentDigest('greet'))}`;
  expect(await build('run-2', 'greet', version)).toBeUndefined();
  expect(await publish('run-2', 'greet', version)).toEqual({ package: nameOf('greet'), version });

  expect(jarOf(install('greet', version), 'greet')).toEqual([`greet-${version}.jar`]);
  expect(jarOf(install('greet', '[0.0.9,)'), 'greet')).toEqual(['greet-0.1.0.jar']);
  expect(jarOf(install('greet', '[0.0.9,0.1.0)'), 'greet')).toEqual([`greet-${version}.jar`]);
  expect(await index.find(nameOf('greet'), MAVEN.versionSuffix(contentDigest('greet')))).toMatchObject({ version });
}, 600_000);

test('one whose test fails is not published, and both its outcome and its log say why', async () => {
  const outcome = await build('run-3', 'failing', '0.1.0');

  expect(outcome).toMatchObject({ status: 'FAILED', cause: 'the tests failed; the log has their output' });
  expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toContain('it does not work');
  await expect(publish('run-3', 'failing', '0.1.0')).rejects.toThrow('the build left no package.json');
  expect(await index.files(nameOf('failing'), '0.1.0')).toEqual([]);
}, 600_000);
