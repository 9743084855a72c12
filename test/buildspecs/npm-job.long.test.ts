/** The buildspec of an npm module run by bash, with small programs in place of npm and the AWS command line that note their calls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../local/build/embedded/sample-source';
import { NPM_FILES } from '../local/build/modules/npm-sample';
import { useModuleBuildspec } from '../support/modules/module-buildspec';

const LOCKED = { ...NPM_FILES, 'packages/greet/package-lock.json': '{}' };

const { folder, program, source, run, calls, log, left } = useModuleBuildspec(NPM_FILES);

let locked: SampleSource;
beforeAll(async () => {
  locked = await makeSampleSource(LOCKED);
});
afterAll(() => locked.remove());

/** What npm does: `pack` makes a tarball of the folder, by the name and version in its manifest. */
const USUAL_NPM = `
if [ "$1" = pack ]; then
  file=$(node -p 'const { name, version } = require("./package.json"); name.replace("@", "").replace("/", "-") + "-" + version + ".tgz"')
  tar --create --gzip --file "$3/$file" --transform 's,^\\.,package,' .
fi`;

interface Asked {
  readonly npm?: string;
  readonly from?: SampleSource;
  readonly packages?: string;
  readonly part?: Readonly<Record<string, string>>;
}

function build(module: string, { npm = USUAL_NPM, from = source(), ...asked }: Asked = {}) {
  return run({ module, kind: 'npm', source: from, programs: { npm }, ...asked });
}

const versionOf = (module: string) =>
  `0.1.0-dev.${Number.parseInt((source().contents.get(module) ?? '').slice(0, 12), 16)}`;

test('installs, builds, packs and tests in a copy of the folder alone, and stores the tarball with its facts', async () => {
  expect(await build('greet')).toEqual({ kind: 'succeeded' });

  const version = versionOf('greet');
  expect(calls()).toEqual([
    'module|npm install --no-audit --no-fund --no-package-lock',
    'module|npm run build --if-present',
    'module|npm pack --pack-destination ../../dist',
    'module|npm test',
  ]);
  expect(left()).toEqual(['package.json', 'tarball']);
  expect(JSON.parse(readFileSync(join(folder, 'out/package.json'), 'utf8'))).toEqual({
    version,
    tarball: `shop-greet-${version}.tgz`,
  });
  expect(log()).toContain(`built @shop/greet ${version}`);
});

test('takes exactly the dependencies of a lock', async () => {
  expect(await build('greet', { from: locked })).toEqual({ kind: 'succeeded' });

  expect(calls()[0]).toBe('module|npm ci --no-audit --no-fund');
});

test('in AWS installs from CodeArtifact, and stores the facts last', async () => {
  const part = { JOB_TOOL: 'assets/tool.js', PACKAGE_DOMAIN: 'shop', PACKAGE_REPOSITORY: 'modules' };
  expect(await build('greet', { packages: 'bucket/packages/greet/1/', part })).toEqual({ kind: 'succeeded' });

  expect(calls().flatMap((call) => /\|aws (.*)/.exec(call)?.[1] ?? [])).toEqual([
    's3 cp --only-show-errors s3://assets/tool.js job-tool.cjs',
    'codeartifact login --tool npm --domain shop --repository modules',
    's3 cp --only-show-errors job/tarball s3://bucket/packages/greet/1/tarball',
    's3 cp --only-show-errors job/package.json s3://bucket/packages/greet/1/package.json',
  ]);
});

test('the placeholder of npm init is no test', async () => {
  const files = { ...NPM_FILES, [CATALOG_FILE]: String(NPM_FILES[CATALOG_FILE]).replace(/, test: .*?\] \}/, '') };
  const untested = await makeSampleSource(files);
  try {
    expect(await build('commanded', { from: untested })).toEqual({ kind: 'succeeded' });
  } finally {
    untested.remove();
  }

  expect(calls().at(-1)).toMatch(/npm pack/);
  expect(log()).toContain('the module has no tests');
});

test.each([
  ['passes', 0, { kind: 'succeeded' }],
  ['fails', 3, { kind: 'failed', phase: 'build', exitCode: 86 }],
])('a command of the catalog that %s replaces npm test, and is never shell text', async (_what, code, result) => {
  program('check it', `exit ${code}`);

  expect(await build('commanded')).toEqual(result);
  expect(calls().at(-1)).toBe('module|check it $(touch canary) a b');
  expect(left()).toEqual(code === 0 ? ['package.json', 'tarball'] : []);
});

test('failed tests store nothing', async () => {
  const npm = `${USUAL_NPM}\n[ "$1" = test ] && echo 'not ok 1' && exit 1; exit 0`;

  expect(await build('failing', { npm })).toEqual({ kind: 'failed', phase: 'build', exitCode: 86 });
  expect(left()).toEqual([]);
  expect(log()).toContain('not ok 1');
});

test('a build that changes name or version is refused before its tests run, with a reason in the log', async () => {
  const npm = `[ "$1" = run ] && echo '{"name":"react","version":"1.0.0"}' > package.json\n${USUAL_NPM}`;

  expect(await build('greet', { npm })).toMatchObject({ kind: 'failed', phase: 'build' });
  expect(calls().at(-1)).toMatch(/npm pack/);
  expect(log()).toContain(`npm pack must make shop-greet-${versionOf('greet')}.tgz alone, not react-1.0.0.tgz`);
  expect(left()).toEqual([]);
});

test('a tarball of another package under the right name is refused, too', async () => {
  const npm = USUAL_NPM.replace(
    'tar --create',
    'echo \'{"name":"react","version":"1.0.0"}\' > package.json; tar --create',
  );

  expect(await build('greet', { npm })).toMatchObject({ kind: 'failed', phase: 'build' });
  expect(log()).toContain('the package.json in the package says react@1.0.0');
  expect(left()).toEqual([]);
});
