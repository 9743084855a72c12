/** Module jobs of the local CodeBuild, with the embedded builder. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_FACTS } from '../../../../core/modules/ecosystem';
import { PYTHON } from '../../../../core/modules/python/python';
import { buildOutcome } from '../../../../core/report/outcome';
import type { LocalCodeBuildOptions } from '../../../../local/build/local-code-build';
import { codeBuildIn } from '../code-build-fixture';
import { type ModuleRequest, startModuleRequest } from '../start-module-request';
import { MODULE_FILES } from './sample-modules';
import { makeSampleSource, type SampleSource } from './sample-source';

let source: SampleSource;
let folder: string;

beforeAll(async () => {
  source = await makeSampleSource(MODULE_FILES);
});
afterAll(() => source.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'module-builds-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Options = Partial<LocalCodeBuildOptions>;

const requestOf = (module: string, part: Partial<ModuleRequest> = {}) =>
  startModuleRequest({ source, module, packages: `${folder}/packages/${module}/`, ...part });

async function build(module: string, options: Options = {}, part: Partial<ModuleRequest> = {}): Promise<object> {
  const codeBuild = codeBuildIn(folder, options);
  try {
    return await codeBuild.startBuild(requestOf(module, part));
  } finally {
    await codeBuild.close();
  }
}

/** The outcome that the state machine makes of a build that failed. */
async function failureOf(built: Promise<object>) {
  const error = await built.then(
    () => new Error('it succeeded'),
    (thrown: Error) => thrown,
  );
  return buildOutcome({ service: 'module/lib', error: { Error: error.name, Cause: error.message } });
}

const left = (module: string) => {
  const packages = join(folder, 'packages', module);
  return existsSync(packages) ? readdirSync(packages).sort() : [];
};

describe('a module job of the local CodeBuild', () => {
  test.each([
    ['lib', 'shop_lib', '0.1.0'],
    ['clients/plain', 'plain', '1.2.0rc1'],
    ['odd', 'odd', '0.1.0'],
  ])('stores for %s a package of the planned content with its facts', async (module, stem, version) => {
    const whole = version + PYTHON.versionSuffix(source.contents.get(module) ?? '');
    const end = await build(module, {}, { version: whole });

    expect(end).toMatchObject({ Build: { BuildStatus: 'SUCCEEDED', ProjectName: 'modules' } });
    expect(left(module)).toEqual([...PYTHON.parts, BUILT_FACTS].sort());
    expect(JSON.parse(readFileSync(join(folder, 'packages', module, BUILT_FACTS), 'utf8'))).toEqual({
      version: whole,
      wheel: `${stem}-${whole}-py3-none-any.whl`,
      sdist: `${stem}-${whole}.tar.gz`,
    });
  });

  test('stores the same bytes when it is repeated', async () => {
    await build('lib', {}, { packages: `${folder}/first/` });
    await build('lib', {}, { packages: `${folder}/second/`, run: 'run-2' });

    for (const object of [...PYTHON.parts, BUILT_FACTS]) {
      expect(readFileSync(join(folder, 'second', object))).toEqual(readFileSync(join(folder, 'first', object)));
    }
  });

  test('has its own log, which names the parts that were not run', async () => {
    const { Build } = (await build('clients/plain')) as { Build: { Logs: { DeepLink: string } } };
    const file = fileURLToPath(Build.Logs.DeepLink);

    expect(file).toBe(join(folder, 'logs/run-1/module%2Fclients%2Fplain.log'));
    expect(readFileSync(file, 'utf8')).toMatch(
      /as planned, over 2 files\n.*neither its build file nor its tests were run\nbuilt plain/,
    );
  });

  test('refuses content that was not planned, and stores nothing', async () => {
    const outcome = await failureOf(build('lib', {}, { contentDigest: 'f'.repeat(40) }));

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('the plan said ffff') });
    expect(left('lib')).toEqual([]);
  });

  test('refuses a module that the catalog does not publish', async () => {
    const outcome = await failureOf(build('unpublished'));

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('publishes no such module') });
  });

  test('fails on purpose by the name of its outcome, and an image of that name does not', async () => {
    const refuse = new Set(['module/lib']);

    expect(await failureOf(build('lib', { refuse }))).toMatchObject({
      status: 'FAILED',
      cause: 'the build of module/lib was asked to fail, to rehearse a failure',
    });
    await expect(build('lib', { refuse: new Set(['lib']) })).resolves.toBeDefined();
  });

  test('is reported by the name of its outcome', async () => {
    const told: unknown[] = [];
    await build('lib', {
      onStart: (name) => told.push(['start', name]),
      onEnd: (name, succeeded) => told.push(['end', name, succeeded]),
    });

    expect(told).toEqual([
      ['start', 'module/lib'],
      ['end', 'module/lib', true],
    ]);
  });

  test('is one build for each token', async () => {
    const started: string[] = [];
    const codeBuild = codeBuildIn(folder, { onStart: (name) => started.push(name) });
    await Promise.all([codeBuild.startBuild(requestOf('lib')), codeBuild.startBuild(requestOf('lib'))]);
    const other = codeBuild.startBuild(requestOf('odd', { token: 'token-lib' }));

    await expect(other).rejects.toMatchObject({ name: 'CodeBuild.InvalidInputException' });
    await codeBuild.close();
    expect(started).toEqual(['module/lib']);
  });

  test('is a fault of this machine if no log can be written', async () => {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs/run-1'), 'a file where the folder should be');

    expect(await failureOf(build('lib'))).toMatchObject({
      status: 'FAULT',
      cause: expect.stringContaining('this machine cannot build'),
    });
  });

  test('is a fault of this machine if its package cannot be stored', async () => {
    writeFileSync(join(folder, 'packages'), 'a file where the folder should be');

    expect(await failureOf(build('lib'))).toMatchObject({
      status: 'FAULT',
      cause: expect.stringContaining('packages'),
    });
  });

  test('leaves nothing in the temporary folder after success and failure', async () => {
    const temporary = mkdtempSync(join(folder, 'tmp-'));
    const mock = jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
    try {
      await build('lib');
      await failureOf(build('lib', {}, { contentDigest: 'f'.repeat(40) }));
      const codeBuild = codeBuildIn(folder);
      const ended = codeBuild.startBuild(requestOf('odd')).catch(() => undefined);
      await codeBuild.close();
      await ended;
    } finally {
      mock.mockRestore();
    }
    expect(readdirSync(temporary)).toEqual([]);
  });
});
