import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneRepository } from '../../adapters/git/local/repository';
import { gitEnvironment, type TestRepository } from '../support/git/git-repository';
import { type Canary, PROMISORS, plantCanary, removeBlob } from '../support/git/hostile-repository';
import { makePlanner, type Planner } from '../support/pipeline/planner';
import { makeSmallPipeline, runCommand } from '../support/pipeline/small-pipeline';

/** Every command that reads a repository on disk. */
const COMMANDS: readonly (readonly string[])[] = [
  ['catalog', 'init'],
  ['catalog', 'check'],
  ['plan', '--base', 'main~1'],
  ['explain', 'api', '--base', 'main~1'],
  ['backtest', '--since', 'main~1'],
  ['graph', '--base', 'main~1'],
  ['history'],
];

let planner: Planner;
let folder: string;
let canary: Canary | undefined;

beforeEach(async () => {
  planner = makePlanner();
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  await planner.init();
  planner.repository.commit('main', {
    'api/main.py': '2',
    'version-lock.yaml': '{}\n',
    '.gitattributes': '* filter=canary',
  });
});
afterEach(() => {
  canary?.remove();
  canary = undefined;
  planner.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A clone with a work tree. Its `path` is that of its `.git`. */
function workTree(): Pick<TestRepository, 'path' | 'git'> {
  const path = join(folder, 'clone');
  const git = (...args: string[]) => execFileSync('git', args, { env: gitEnvironment(), encoding: 'utf8' });
  git('clone', '--quiet', planner.repository.path, path);
  return { path: join(path, '.git'), git: (...args) => git('-C', path, ...args) };
}

/** A folder whose `.git` is a file that points to the repository. */
function pointerTo(repository: string): string {
  const path = join(folder, 'pointer');
  mkdirSync(path);
  writeFileSync(join(path, '.git'), `gitdir: ${repository}\n`);
  return path;
}

async function runAll(repo: string): Promise<readonly number[]> {
  const codes: number[] = [];
  for (const [name = '', ...args] of COMMANDS) {
    const catalog = ['init', 'history'].some((each) => [name, ...args].includes(each))
      ? []
      : ['--catalog', planner.catalogFile];
    codes.push((await runCommand(name, ...args, ...catalog, '--repo', repo)).exitCode);
  }
  return codes;
}

describe('a repository that names programs in its configuration, hooks and attributes', () => {
  test('runs none of them, bare or behind a .git file', async () => {
    canary = plantCanary(planner.repository);

    const codes = [...(await runAll(planner.repository.path)), ...(await runAll(pointerTo(planner.repository.path)))];

    expect({ codes, ran: canary.ran() }).toEqual({ codes: Array(2 * COMMANDS.length).fill(0), ran: [] });
  });

  test('runs none of them with a work tree, nor in a clone', async () => {
    const repository = workTree();
    canary = plantCanary(repository);
    const top = join(repository.path, '..');

    const codes = await runAll(top);
    await cloneRepository(top, join(folder, 'copy'));

    expect({ codes, ran: canary.ran() }).toEqual({ codes: COMMANDS.map(() => 0), ran: [] });
  });

  test('runs none of them when a run commits to it', async () => {
    const pipeline = await makeSmallPipeline();
    try {
      canary = plantCanary(pipeline.repository);

      const { exitCode } = await pipeline.run('release', '--ref', 'main', '--version', 'v1.4.0');

      expect({ exitCode, ran: canary.ran() }).toEqual({ exitCode: 0, ran: [] });
    } finally {
      pipeline.remove();
    }
  });
});

describe.each(Object.entries(PROMISORS))('a partial clone that would fetch by %s', (_, remoteOf) => {
  const losing = () => {
    canary = plantCanary(planner.repository);
    const blob = planner.repository.git('rev-parse', 'main:api/Dockerfile');
    removeBlob(planner.repository, blob, remoteOf(canary.path));
    return { blob, planted: canary };
  };

  test('fetches nothing, and names the missing file', async () => {
    const { blob, planted } = losing();

    const { exitCode, stderr } = await planner.run('plan', '--base', 'main~1', '--catalog', planner.catalogFile);

    expect({ exitCode, ran: planted.ran() }).toEqual({ exitCode: 1, ran: [] });
    expect(stderr).toContain(`the repository has no blob ${blob}`);
    expect(stderr).toContain('--filter');
  });

  test('is not cloned', async () => {
    const { planted } = losing();

    await expect(cloneRepository(planner.repository.path, join(folder, 'copy'))).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('is a partial clone'),
    });
    expect(planted.ran()).toEqual([]);
  });

  test('runs the program with plain git', () => {
    const { blob, planted } = losing();

    spawnSync('git', ['-C', planner.repository.path, 'cat-file', 'blob', blob], { env: gitEnvironment() });

    expect(planted.ran()).not.toEqual([]);
  });
});

describe('a repository of another user', () => {
  const plan = (environment: NodeJS.ProcessEnv) => {
    const git = join(folder, 'git');
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(git, `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec ${real} "$@"\n`);
    chmodSync(git, 0o755);
    const args = ['bin/pipeline.mjs', 'plan', '--base', 'main~1', '--catalog', planner.catalogFile, '--repo'];
    const env = { ...gitEnvironment(), PATH: `${folder}:${process.env.PATH}`, ...environment };
    return spawnSync(process.execPath, [...args, planner.repository.path], { env, encoding: 'utf8' });
  };

  test('is not read, and the error has the command to trust it', () => {
    const { status, stdout, stderr } = plan({});

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('belongs to another user');
    expect(stderr).toContain(`git config --global --add safe.directory ${planner.repository.path}`);
  });

  test('is read once the user trusts it, never by its own configuration', () => {
    planner.repository.git('config', 'safe.directory', '*');
    expect(plan({}).status).toBe(2);
    const config = join(folder, 'config');
    writeFileSync(config, `[safe]\n\tdirectory = ${planner.repository.path}\n`);

    expect(plan({ GIT_CONFIG_GLOBAL: config })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a shallow clone', () => {
  test('names the option and the command that fetches the rest', async () => {
    const path = join(folder, 'shallow');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${planner.repository.path}`, path]);

    const { exitCode, stderr } = await runCommand('plan', '--base', planner.first, '--repo', path);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`--base: '${planner.first}' names no commit`);
    expect(stderr).toContain(`git -C ${path} fetch --unshallow`);
  });
});
