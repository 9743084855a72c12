/** Finding a Python and an npm, with small programs in their places. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseBuilder, findTool } from '../../../local/build/build-tools';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program in a folder of its own, which it returns. */
function program(name: string, file: string, script: string): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  writeFileSync(join(directory, file), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, file), 0o755);
  return directory;
}

const python = (name: string, script: string) => program(name, 'python3', script);

describe('findTool for Python', () => {
  test('returns the first on the PATH with all required modules', async () => {
    const lacking = python('lacking', 'echo "No module named build" >&2; exit 1');
    const whole = python('whole', `echo "$2" > '${folder}/asked'; exit 0`);
    const other = python('other', 'exit 0');

    expect((await findTool('python', { PATH: `${lacking}:${whole}:${other}` }))?.path).toBe(join(whole, 'python3'));
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('import ensurepip, venv, pip, build, pytest\n');
  });

  test('skips one that lacks a module, and relative folders', async () => {
    const lacking = python('lacking', 'exit 1');

    expect((await findTool('python', { PATH: `:.:bin:${lacking}` }))?.path ?? '/usr/bin/python3').toBe(
      '/usr/bin/python3',
    );
    expect((await findTool('python', {}))?.path ?? '/usr/bin/python3').toBe('/usr/bin/python3');
  });

  test('skips one that hangs', async () => {
    const hanging = python('hanging', 'exec sleep 60');
    const whole = python('whole', 'exit 0');
    const started = Date.now();

    expect((await findTool('python', { PATH: `${hanging}:${whole}` }))?.path).toBe(join(whole, 'python3'));
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  test('passes on only the variables by which pip finds its index', async () => {
    const kept = { HOME: folder, PIP_INDEX_URL: 'https://index.example', https_proxy: 'http://proxy', NO_PROXY: 'x' };
    const env = { ...kept, PATH: python('whole', 'exit 0'), AWS_SECRET_ACCESS_KEY: 's', PYTHONPATH: '/evil' };

    expect((await findTool('python', env))?.env).toEqual(kept);
  });
});

describe('findTool for npm', () => {
  test('returns the first on the PATH that tells its version, with the variables by which it finds its registry', async () => {
    const broken = program('broken', 'npm', 'exit 1');
    const whole = program('whole', 'npm', 'echo "$1"; exit 0');
    const kept = { HOME: folder, npm_config_registry: 'https://registry.example', NODE_EXTRA_CA_CERTS: '/ca.pem' };
    const env = { ...kept, PATH: `${broken}:${whole}`, NPM_TOKEN: 's', NODE_OPTIONS: '--require /evil' };

    expect(await findTool('npm', env)).toEqual({ path: join(whole, 'npm'), env: kept });
    expect(await findTool('npm', { PATH: broken })).toBeUndefined();
  });

  test('and of Go, with the variables of modules', async () => {
    const whole = program('whole', 'go', '[ "$1" = version ]');
    const kept = { HOME: folder, GOPROXY: 'direct', GOPRIVATE: 'github.com/shop', CGO_ENABLED: '0' };

    expect(await findTool('go', { ...kept, PATH: whole, GOOGLE: 's' })).toEqual({ path: join(whole, 'go'), env: kept });
    expect(await findTool('go', { PATH: program('broken', 'go', 'exit 1') })).toBeUndefined();
  });

  test('is asked for alone: a missing npm is an error that names what to do', async () => {
    const { PATH } = process.env;
    process.env.PATH = program('empty', 'other', 'exit 0');
    try {
      await expect(chooseBuilder({ builder: 'embedded', npm: true })).rejects.toMatchObject({
        problems: [{ path: '--npm', message: expect.stringContaining('install Node.js with npm') }],
      });
      expect(await chooseBuilder({ builder: 'embedded' })).toEqual({});
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe('findTool for Maven', () => {
  test('returns the first on the PATH that tells its version, with the variables by which it finds its JDK and index', async () => {
    const broken = program('broken', 'mvn', 'exit 1');
    const whole = program('whole', 'mvn', 'echo "$1"; exit 0');
    const kept = { HOME: folder, JAVA_HOME: '/opt/jdk', MAVEN_OPTS: '-Xmx1g' };
    const env = { ...kept, PATH: `${broken}:${whole}`, MAVEN_PASSWORD: 's', JAVA_TOOL_OPTIONS: '-javaagent:/evil.jar' };

    expect(await findTool('maven', env)).toEqual({ path: join(whole, 'mvn'), env: kept });
    expect(await findTool('maven', { PATH: broken })).toBeUndefined();
  });

  test('is asked for alone: a missing Maven is an error that names what to do', async () => {
    const { PATH } = process.env;
    process.env.PATH = program('empty', 'other', 'exit 0');
    try {
      await expect(chooseBuilder({ builder: 'embedded', maven: true })).rejects.toMatchObject({
        problems: [{ path: '--maven', message: expect.stringContaining('install Maven and a JDK') }],
      });
    } finally {
      process.env.PATH = PATH;
    }
  });
});
