/** npm modules of the local CodeBuild, with the embedded builder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { readTarball } from '../../../../adapters/packages/npm-tarball';
import { NPM } from '../../../../core/modules/npm/npm';
import { codeBuildIn } from '../code-build-fixture';
import { makeSampleSource, type SampleSource } from '../embedded/sample-source';
import { startModuleRequest } from '../start-module-request';
import { NPM_FILES } from './npm-sample';

let source: SampleSource;
let folder: string;

beforeAll(async () => {
  source = await makeSampleSource(NPM_FILES);
});
afterAll(() => source.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-builds-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function build(module: string, version?: string): Promise<object> {
  const codeBuild = codeBuildIn(folder, {});
  const packages = `${folder}/packages/`;
  try {
    return await codeBuild.startBuild(
      startModuleRequest({ source, module, kind: 'npm', packages, ...(version === undefined ? {} : { version }) }),
    );
  } finally {
    await codeBuild.close();
  }
}

const left = (object: string) => readFileSync(join(folder, 'packages', object));

/** The entries of the tarball: mode and content by path. */
async function entries(): Promise<Record<string, readonly [mode: string, content: string]>> {
  const found: Record<string, readonly [string, string]> = {};
  for await (const entry of Readable.from([left('tarball')])
    .pipe(createGunzip())
    .pipe(extract())) {
    found[entry.header.name] = [(entry.header.mode ?? 0).toString(8), (await buffer(entry)).toString('utf8')];
  }
  return found;
}

test('a tarball has the files of the folder with their rights, and the planned version', async () => {
  await build('greet');

  const version = `0.1.0${NPM.versionSuffix(source.contents.get('greet') ?? '')}`;
  expect(readdirSync(join(folder, 'packages')).sort()).toEqual(['package.json', 'tarball']);
  expect(JSON.parse(left('package.json').toString('utf8'))).toEqual({ version, tarball: `shop-greet-${version}.tgz` });
  expect(await readTarball(left('tarball'), { package: '@shop/greet', version })).toMatchObject({
    main: 'dist/greet.js',
  });
  const files = await entries();
  expect(Object.keys(files).sort()).toEqual(
    ['bin/greet.sh', 'build.js', 'greet.js', 'package.json', 'test.js'].map((path) => `package/${path}`),
  );
  expect(files['package/bin/greet.sh']?.[0]).toBe('755');
  expect(files['package/greet.js']).toEqual(['644', NPM_FILES['packages/greet/greet.js']]);
});

test('a module that declares no version gets the planned one, and the log says what was not done', async () => {
  await build('shout', '3.0.0');

  expect(await readTarball(left('tarball'), { package: '@shop/shout', version: '3.0.0' })).toMatchObject({
    dependencies: { '@shop/greet': '^0.1.0' },
  });
  expect(readFileSync(join(folder, 'logs/run-1/module%2Fshout.log'), 'utf8')).toContain(
    'neither its build file nor its tests were run',
  );
});

test('equal content gives equal bytes', async () => {
  await build('greet');
  const first = left('tarball');
  await build('greet');

  expect(left('tarball')).toEqual(first);
});
