/** The package as a stranger uses it: packed, installed into an empty folder, without and then with CDK. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const NAME = 'monorepo-image-pipeline';

let folder: string;
let monorepo: string;

jest.setTimeout(900_000);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  monorepo = mkdtempSync(join(tmpdir(), 'monorepo-'));
  const packed = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: ROOT });
  const [{ filename }] = JSON.parse(packed.toString('utf8').slice(packed.indexOf('[\n')));
  npmInstall(join(folder, filename));
  makeMonorepo();
});

afterAll(() => {
  for (const each of [folder, monorepo]) rmSync(each, { recursive: true, force: true });
});

function npmInstall(...packages: readonly string[]): void {
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', ...packages], {
    cwd: folder,
  });
}

/** Two services with a commit each. */
function makeMonorepo(): void {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', monorepo, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
  git('init', '--quiet', '--initial-branch=main');
  for (const name of ['api', 'web']) {
    execFileSync('mkdir', [join(monorepo, name)]);
    writeFileSync(join(monorepo, name, 'Dockerfile'), `FROM scratch\nCOPY ${name}/app /app\n`);
    writeFileSync(join(monorepo, name, 'app'), name);
  }
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  writeFileSync(join(monorepo, 'web', 'app'), 'changed');
  git('commit', '--quiet', '-am', 'second');
}

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const command = (...args: readonly string[]) => run(join(folder, 'node_modules/.bin/image-pipeline'), ...args);

describe('without CDK', () => {
  test('nothing is installed that compiles TypeScript, and no source is in the package', () => {
    const files = readdirSync(join(folder, 'node_modules', NAME), { recursive: true, encoding: 'utf8' });

    expect(
      ['aws-cdk-lib', 'tsx', 'typescript', 'esbuild'].filter((name) => existsSync(join(folder, 'node_modules', name))),
    ).toEqual([]);
    expect(files.filter((file) => /(?<!\.d)\.tsx?$/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'dist/package/LICENSES.txt', 'docs/usage.md']));
  });

  test('the command line knows its name and version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

    expect(command('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(command('--help').stdout).toContain('Usage: image-pipeline ');
    expect(run('npx', '--no-install', NAME, '--version').stdout).toBe(`${version}\n`);
  });

  test('from nothing to a plan: catalog, check, plan, graph', () => {
    const catalog = join(monorepo, 'pipeline.yaml');

    expect(command('catalog', 'init', '--repo', monorepo, '--out', catalog).status).toBe(0);
    expect(command('catalog', 'check', '--repo', monorepo)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('no drift'),
    });
    expect(command('plan', '--repo', monorepo, '--base', 'HEAD~1').stdout).toMatch(
      /build[\s\S]*web[\s\S]*1 to build, 1 to keep/,
    );
    expect(command('graph', '--repo', monorepo, '--format', 'html').stdout).toContain('<html');
  });

  test('what takes CDK says so, how to get it, and writes nothing', () => {
    expect(command('demo', '--folder', join(folder, 'demo'))).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('run: npm install aws-cdk-lib constructs'),
    });
    expect(existsSync(join(folder, 'demo'))).toBe(false);
    expect(run('node', '-e', 'require(process.argv[1])', NAME).stderr).toContain(
      'the construct needs the package aws-cdk-lib',
    );
  });
});

describe('with CDK', () => {
  beforeAll(() => {
    npmInstall('aws-cdk-lib', 'constructs', '@types/node');
    cpSync(join(ROOT, 'examples/cdk-app'), folder, { recursive: true });
  });

  test.each(['nodenext', 'bundler'])(
    'the example app has the types that it uses, resolved as %s does',
    (moduleResolution) => {
      const module = moduleResolution === 'nodenext' ? 'nodenext' : 'preserve';
      const options = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', '--module', module];
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');

      expect(run('node', tsc, ...options, '--moduleResolution', moduleResolution, 'app.ts')).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
      const wrong = readFileSync(join(folder, 'app.ts'), 'utf8').replace("host: 'github'", "host: 'gitbub'");
      writeFileSync(join(folder, 'wrong.ts'), wrong);
      expect(run('node', tsc, ...options, '--moduleResolution', moduleResolution, 'wrong.ts').stdout).toContain(
        'gitbub',
      );
    },
  );

  test('the example app is synthesized, with code that Lambda can load', () => {
    run(
      'node',
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '--target',
      'es2022',
      '--module',
      'commonjs',
      '--ignoreConfig',
      '--skipLibCheck',
      '--types',
      'node',
      'app.ts',
    );
    const { status, stderr } = spawnSync('node', ['app.js'], {
      cwd: folder,
      env: { ...process.env, CDK_OUTDIR: join(folder, 'cdk.out') },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const out = readdirSync(join(folder, 'cdk.out'), { recursive: true, encoding: 'utf8' });
    expect(out).toContain('Delivery.template.json');
    const handlers = out.filter((file) => file.endsWith('/handler.js'));
    expect(handlers.length).toBeGreaterThan(8);
    expect(out.some((file) => /asset\.[0-9a-f]{64}\.cjs$/.test(file))).toBe(true);
  });

  test('a local run works and fetches no package', () => {
    const { status, stdout, stderr } = command(
      'demo',
      '--repo',
      monorepo,
      '--catalog',
      join(monorepo, 'pipeline.yaml'),
      '--folder',
      join(folder, 'local'),
      '--builder',
      'embedded',
    );

    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: expect.stringContaining('succeeded') });
  });
});

test('the schemas are part of the package', () => {
  for (const name of ['catalog', 'settings']) {
    const resolved = run('node', '-p', 'require(process.argv[1]).title', `${NAME}/schemas/${name}.schema.json`);
    expect(resolved).toMatchObject({ status: 0, stdout: expect.stringContaining(name) });
  }
});
