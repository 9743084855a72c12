/** Modules built and tested by Debian's Python, published into a folder, and installed from there by pip. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createDiskObjectStore } from '../../adapters/disk/disk-store';
import { createFolderIndex, simpleFolder } from '../../adapters/packages/folder-index';
import { normalizedPackage } from '../../core/catalog/grammar';
import type { BuildOutcome } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedModule } from '../../core/contract/plan';
import { PYTHON } from '../../core/modules/python/python';
import { buildOutcome } from '../../core/report/outcome';
import { publishStep } from '../../lambdas/publish/publish';
import { findTool, type ModuleTool } from '../../local/build/build-tools';
import { createLocalCodeBuild } from '../../local/build/local-code-build';
import { moduleFiles } from '../../local/demo/sample/modules';
import { MODULE_FILES } from '../local/build/embedded/sample-modules';
import { CATALOG_FILE, makeSampleSource, RELEASES, type SampleSource } from '../local/build/embedded/sample-source';
import { startModuleRequest } from '../local/build/start-module-request';
import { createMemoryClaims } from '../support/pipeline/memory-state';

/** Debian's own wheels of pip, setuptools and wheel, so that no build asks a package index of the world. */
const OFFLINE = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '/usr/share/python-wheels' };
const PACKAGES = { 'clients/plain': 'plain', odd: 'odd', failing: 'failing', cloud_adapter: 'cloud_adapter' };
type ModuleName = keyof typeof PACKAGES;

/** The sample's own modules, one of them with a test that fails. */
const FAILING = moduleFiles({ name: 'failing', path: 'tools/failing' }).map(({ path, content }) => [
  path,
  content.replace('self.assertIn', 'self.assertNotIn'),
]);
const SAMPLE = moduleFiles({ name: 'cloud_adapter', path: 'tools/cloud_adapter' }).map(({ path, content }) => [
  path,
  content,
]);
const CATALOG = String(MODULE_FILES[CATALOG_FILE]).replace(
  'services:',
  '  failing: { path: tools/failing, publish: true }\n  cloud_adapter: { path: tools/cloud_adapter, publish: true }\nservices:',
);

let python: ModuleTool;
let source: SampleSource;
let folder: string;

beforeAll(async () => {
  const found = await findTool('python', { ...process.env, ...OFFLINE });
  if (found === undefined)
    throw new Error('no Python can build: install python3-venv, python3-pip, python3-build and python3-pytest');
  python = found;
  folder = mkdtempSync(join(tmpdir(), 'modules-real-'));
  source = await makeSampleSource({
    ...MODULE_FILES,
    ...Object.fromEntries([...FAILING, ...SAMPLE]),
    [CATALOG_FILE]: CATALOG,
  });
}, 60_000);
afterAll(() => {
  source.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A pipeline's store and index in a folder of their own, and what its steps do for a module. */
function openPipeline(name: string) {
  const home = join(folder, name);
  const store = createDiskObjectStore(join(home, 'objects'));
  const packages = createFolderIndex(join(home, 'packages'));
  const folderOf = (module: ModuleName) =>
    join(simpleFolder(join(home, 'packages')), normalizedPackage(PACKAGES[module]));
  const contentDigest = (module: ModuleName) => source.contents.get(module) ?? '';
  return {
    packages,
    index: pathToFileURL(simpleFolder(join(home, 'packages'))).href,
    files: (module: ModuleName) => readdirSync(folderOf(module)).sort(),
    read: (module: ModuleName, file: string) => readFileSync(join(folderOf(module), file)),
    /** Builds by Python or by the embedded builder; gives outcomes by module, undefined of one that was built. */
    build: async (run: string, modules: readonly ModuleName[], by?: ModuleTool) => {
      const codeBuild = createLocalCodeBuild({
        docker: undefined,
        python: by,
        logs: join(home, 'logs'),
        toolFile: join(home, 'job-tool.cjs'),
        catalogFile: CATALOG_FILE,
        releases: RELEASES,
        mirrors: {},
        refuse: new Set(),
      });
      mkdirSync(home, { recursive: true });
      const jobs = modules.map(async (module): Promise<[ModuleName, BuildOutcome | undefined]> => {
        const left = store.location(objectKeys.packages(run, module));
        const request = startModuleRequest({ source, module, packages: left, run });
        const outcome = await codeBuild.startBuild(request).then(
          () => undefined,
          (error: Error) => buildOutcome({ service: module, error: { Error: error.name, Cause: error.message } }),
        );
        return [module, outcome];
      });
      const outcomes = new Map(await Promise.all(jobs));
      await codeBuild.close();
      return outcomes;
    },
    publish: async (run: string, module: ModuleName) => {
      const planned: PlannedModule = {
        name: module,
        action: 'publish',
        contentDigest: contentDigest(module),
        version: versionOf(module),
        package: PACKAGES[module],
        stage: 'services',
        minutes: 1,
        reasons: [],
      };
      await store.put(objectKeys.plan(run), JSON.stringify({ run, modules: [planned] } as Partial<Plan>));
      return publishStep(
        { run, module, contentDigest: contentDigest(module) },
        { store, packages: { python: packages }, claims: createMemoryClaims() },
      );
    },
  };
}

const suffixOf = (module: ModuleName) => PYTHON.versionSuffix(source.contents.get(module) ?? '');
const versionOf = (module: ModuleName, own = '0.1.0') => own + suffixOf(module);
/** Without the variables that keep pip from any index. */
const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execFileSync(program, args, {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', HOME: folder, ...env },
    encoding: 'utf8',
    stdio: 'pipe',
  });

describe('modules built by Python', () => {
  const built = ['cloud_adapter', 'odd'] as const;
  let pipeline: ReturnType<typeof openPipeline>;
  let outcomes: ReadonlyMap<ModuleName, BuildOutcome | undefined>;
  let venv: string;
  const pip = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run(python.path, ['-m', 'pip', '--python', venv, ...args], env);

  beforeAll(async () => {
    pipeline = openPipeline('python');
    outcomes = await pipeline.build('run-1', [...built, 'failing'], python);
    venv = join(folder, 'venv/bin/python');
    run(python.path, ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
  }, 240_000);

  test.each(built)('%s is built, tested and published', async (module) => {
    expect(outcomes.get(module)).toBeUndefined();
    expect(await pipeline.publish('run-1', module)).toEqual({ package: PACKAGES[module], version: versionOf(module) });
  });

  test('are installed by pip from the folder, and imported', () => {
    const wanted = built.map((module) => `${PACKAGES[module]}==${versionOf(module)}`);
    pip(['install', '--no-cache-dir', '--index-url', pipeline.index, ...wanted]);

    const program = 'import odd; from cloud_adapter import cloud_adapter as it; print(odd.NAME, it.describe())';
    expect(run(venv, ['-c', program])).toBe('odd cloud_adapter is here\n');
  });

  test('are downloaded by pip as wheel and as sdist, which builds under the same version without us', () => {
    const wanted = `cloud_adapter==${versionOf('cloud_adapter')}`;
    const common = ['download', '--no-deps', '--no-cache-dir', '--index-url', pipeline.index, '--dest', 'got'];
    pip([...common, wanted]);
    // Its build needs setuptools and wheel.
    pip([...common, '--no-binary', ':all:', '--only-binary', 'setuptools,wheel', wanted], {
      PIP_FIND_LINKS: OFFLINE.PIP_FIND_LINKS,
    });

    const stem = `cloud_adapter-${versionOf('cloud_adapter')}`;
    const files = readdirSync(join(folder, 'got')).sort();
    expect(files.map((name) => name.replace('cloud-adapter', 'cloud_adapter'))).toEqual([
      `${stem}-py3-none-any.whl`,
      `${stem}.tar.gz`,
    ]);
  });

  test('are no newer than a release: pip takes none that is not asked for by its version', () => {
    const asked = () => pip(['download', '--no-deps', '--index-url', pipeline.index, 'cloud_adapter>=0.1.0']);

    expect(asked).toThrow(/No matching distribution found for cloud_adapter>=0\.1\.0/);
  });

  test('one whose test fails is not published, and both its outcome and its log say why', async () => {
    const outcome = outcomes.get('failing');

    expect(outcome).toMatchObject({ status: 'FAILED', cause: 'the tests failed; the log has their output' });
    expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toContain('test_names_the_module');
    await expect(pipeline.publish('run-1', 'failing')).rejects.toThrow('the build left no package.json');
    expect(await pipeline.packages.find('failing', suffixOf('failing'))).toBeUndefined();
  });

  test('one that is built twice, of other bytes, is published once', async () => {
    const files = pipeline.files('cloud_adapter');
    const bytes = files.map((file) => pipeline.read('cloud_adapter', file));

    expect((await pipeline.build('run-2', ['cloud_adapter'])).get('cloud_adapter')).toBeUndefined();
    expect(await pipeline.publish('run-2', 'cloud_adapter')).toMatchObject({ version: versionOf('cloud_adapter') });

    expect(files).toHaveLength(3);
    expect(pipeline.files('cloud_adapter')).toEqual(files);
    expect(files.map((file) => pipeline.read('cloud_adapter', file))).toEqual(bytes);
  });

  test('the embedded builder makes packages that pip takes, too', async () => {
    const embedded = openPipeline('embedded');
    await embedded.build('run-1', ['clients/plain', 'cloud_adapter']);
    for (const module of ['clients/plain', 'cloud_adapter'] as const) await embedded.publish('run-1', module);

    const wanted = [`plain==${versionOf('clients/plain')}`, `cloud_adapter==${versionOf('cloud_adapter')}`];
    pip(['install', '--no-cache-dir', '--force-reinstall', '--index-url', embedded.index, ...wanted]);

    const program = 'import plain; from cloud_adapter import cloud_adapter as it; print(plain.NAME, it.describe())';
    expect(run(venv, ['-c', program])).toBe('plain cloud_adapter is here\n');
    pip(['check']);
  });
});
