/** The buildspec of a module run by bash, with small programs in place of Python and the AWS command line that note their calls. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULE_FILES, ODD_PATH } from '../local/build/embedded/sample-modules';
import { useModuleBuildspec } from '../support/modules/module-buildspec';

/** Notes each word by itself. */
function note(name: string, file: string): string {
  const script = `require('fs').appendFileSync('${file}', JSON.stringify(['${name}', ...process.argv.slice(1)]) + '\\n')`;
  return `'${process.execPath}' -e "${script.replaceAll('"', '\\"')}" -- "$@"`;
}

const { folder, program, source, run, calls: noted, log, left } = useModuleBuildspec(MODULE_FILES, note);

/** What Python would make: an environment, and of a module a wheel and an sdist under the version that its build file declares. */
const usualPython = (name: string, then = '') => `
case "$1 $2" in
  "-m venv") mkdir -p "$5/bin"; ln -s '${folder}/bin/python3' "$5/bin/python" ;;
  "-m build")
    version="$(cat "$5"/setup.py "$5"/pyproject.toml 2>/dev/null | sed -nE 's/^ *version ?= ?.([0-9a-z.]+).*/\\1/p')"
    mkdir -p "$4"
    echo sdist of "$5"/*.py > "$4/${name}-$version.tar.gz"
    echo wheel > "$4/${name}-$version-py3-none-any.whl"
    ;;
esac
${then}`;

interface Asked {
  /** Shell text that the program in place of Python runs. */
  readonly python: string;
  readonly packages?: string;
  readonly contentDigest?: string;
  readonly part?: Readonly<Record<string, string>>;
}

function build(module: string, { python, ...asked }: Asked) {
  return run({ module, programs: { python3: python }, ...asked });
}

const calls = () => noted().map((line) => JSON.parse(line) as string[]);
/** Calls of Python by what they run, such as `pytest`. */
const ran = () => calls().flatMap(([name, option, what = '']) => (name === 'python3' && option === '-m' ? [what] : []));
const versionOf = (module: string) =>
  `0.1.0.dev${Number.parseInt((source().contents.get(module) ?? '').slice(0, 12), 16)}`;

test('builds, tests with the packages that tests need, and stores the package with its facts', async () => {
  expect(await build('lib', { python: usualPython('shop_lib') })).toEqual({ kind: 'succeeded' });

  const version = versionOf('lib');
  expect(ran()).toEqual(['venv', 'build', 'pip', 'pytest']);
  expect(calls().slice(-2)).toEqual([
    ['python3', '-m', 'pip', 'install', `dist/shop_lib-${version}-py3-none-any.whl`],
    ['python3', '-m', 'pytest', '-p', 'no:cacheprovider', '--', 'tools/lib'],
  ]);
  expect(left()).toEqual(['package.json', 'sdist', 'wheel']);
  expect(JSON.parse(readFileSync(join(folder, 'out/package.json'), 'utf8'))).toEqual({
    version,
    wheel: `shop_lib-${version}-py3-none-any.whl`,
    sdist: `shop_lib-${version}.tar.gz`,
  });
  expect(readFileSync(join(folder, 'out/wheel'), 'utf8')).toBe('wheel\n');
  expect(readFileSync(join(folder, 'out/sdist'), 'utf8')).toBe('sdist of job/module/__init__.py job/module/setup.py\n');
  expect(log()).toContain(`built shop-lib ${version}`);
});

test('in AWS fetches the tool, installs from CodeArtifact, and stores the facts last', async () => {
  const result = await build('lib', {
    python: usualPython('shop_lib'),
    packages: 'bucket/packages/lib/1/',
    part: { JOB_TOOL: 'assets/tool.js', PACKAGE_DOMAIN: 'shop', PACKAGE_REPOSITORY: 'modules' },
  });

  expect(result).toEqual({ kind: 'succeeded' });
  const put = (object: string) => `s3 cp --only-show-errors job/${object} s3://bucket/packages/lib/1/${object}`;
  expect(calls().flatMap(([name, ...args]) => (name === 'aws' ? [args.join(' ')] : []))).toEqual([
    's3 cp --only-show-errors s3://assets/tool.js job-tool.cjs',
    'codeartifact login --tool pip --domain shop --repository modules',
    put('sdist'),
    put('wheel'),
    put('package.json'),
  ]);
});

test('a module without tests is built with a note in the log', async () => {
  expect(await build('clients/plain', { python: usualPython('plain') })).toEqual({ kind: 'succeeded' });

  expect(ran()).toEqual(['venv', 'build']);
  expect(log()).toContain('the module has no tests');
  expect(left()).toEqual(['package.json', 'sdist', 'wheel']);
});

test('failed tests store nothing', async () => {
  const python = usualPython('shop_lib', '[ "$2" = pytest ] && echo "assert 1 == 2" && exit 1; exit 0');

  expect(await build('lib', { python })).toEqual({ kind: 'failed', phase: 'build', exitCode: 86 });
  expect(left()).toEqual([]);
  expect(log()).toContain('assert 1 == 2');
});

test.each([
  ['passes', 0, { kind: 'succeeded' }],
  ['fails', 3, { kind: 'failed', phase: 'build', exitCode: 86 }],
])('a command of the catalog that %s replaces pytest, and is never shell text', async (_what, code, result) => {
  program('check it', `exit ${code}`);

  expect(await build('commanded', { python: usualPython('commanded') })).toEqual(result);
  expect(ran()).toEqual(['venv', 'build', 'pip']);
  expect(calls().at(-1)).toEqual(['check it', '$(touch canary)', 'a b']);
  expect(left()).toEqual(code === 0 ? ['package.json', 'sdist', 'wheel'] : []);
});

test('a package that cannot be installed is not tested, and not stored', async () => {
  const python = usualPython('shop_lib', '[ "$2" = pip ] && exit 3; exit 0');

  expect(await build('lib', { python })).toEqual({ kind: 'failed', phase: 'build', exitCode: 3 });
  expect(ran()).toEqual(['venv', 'build', 'pip']);
  expect(left()).toEqual([]);
});

test('a package with another name than in the catalog is refused before its tests run, with a reason in the log', async () => {
  expect(await build('lib', { python: usualPython('requests') })).toMatchObject({ kind: 'failed', phase: 'build' });

  expect(ran()).toEqual(['venv', 'build']);
  expect(log()).toContain('belongs to the package requests, but the catalog names shop-lib');
  expect(left()).toEqual([]);
});

test('content that was not planned is refused before any of it runs', async () => {
  const result = await build('lib', { python: usualPython('shop_lib'), contentDigest: 'f'.repeat(40) });

  expect(result).toMatchObject({ kind: 'failed', phase: 'pre_build' });
  expect(calls()).toEqual([]);
  expect(log()).toContain(
    `the content digest of lib in the fetched source is ${source().contents.get('lib')}, the plan said ffff`,
  );
});

test('a module that the catalog does not publish is refused', async () => {
  expect(await build('unpublished', { python: '' })).toMatchObject({ kind: 'failed', phase: 'pre_build' });
  expect(log()).toContain('the catalog publishes no such module');
});

test('tools that the machine lacks are installed from its own index', async () => {
  const python = usualPython('shop_lib', '[ "$1" = -c ] && exit 1; exit 0');

  expect(await build('lib', { python })).toEqual({ kind: 'succeeded' });
  expect(ran()).toEqual(['venv', 'pip', 'pip', 'build', 'pip', 'pytest']);
  expect(
    calls()
      .filter(([, , what]) => what === 'pip')
      .map((call) => call.at(-1)),
  ).toEqual(['build>=1.2,<2', 'pytest>=8,<10', expect.stringMatching(/\.whl$/)]);
});

test('names of folders are never read by a shell', async () => {
  const packages = `${folder}/out/a b; $(touch canary) 'c'/`;

  expect(await build('odd', { python: usualPython('odd'), packages })).toEqual({ kind: 'succeeded' });

  const [install, pytest] = calls().slice(-2);
  expect(install?.slice(-2)).toEqual([
    '--requirement',
    expect.stringMatching(new RegExp(`^/.*/source/${ODD_PATH.replace(/[$()]/g, '\\$&')}/test-requirements\\.txt$`)),
  ]);
  expect(pytest?.at(-1)).toBe(ODD_PATH);
  expect(readdirSync(packages).sort()).toEqual(['package.json', 'sdist', 'wheel']);
  expect(calls().filter(([name]) => name === 'touch')).toEqual([]);
});
