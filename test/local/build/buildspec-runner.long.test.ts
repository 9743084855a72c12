/** Buildspecs run by a real bash. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runBuildspec } from '../../../local/build/buildspec-runner';

let folder: string;
let logFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'buildspec-test-'));
  logFile = join(folder, 'logs/run/auth.log');
  mkdirSync(join(folder, 'source'));
  writeFileSync(join(folder, 'source/archive'), 'files');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function buildspec(phases: Readonly<Record<string, readonly string[]>>): string {
  const withCommands = Object.entries(phases).map(([name, commands]) => [name, { commands }]);
  return stringify({ version: 0.2, env: { shell: 'bash' }, phases: Object.fromEntries(withCommands) });
}

function run(phases: Readonly<Record<string, readonly string[]>>, env = {}, timeoutMs = 20_000, signal?: AbortSignal) {
  return runBuildspec({
    buildspec: buildspec(phases),
    source: join(folder, 'source'),
    env: { PATH: process.env.PATH ?? '', ...env },
    logFile,
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
}

const log = () => readFileSync(logFile, 'utf8');
const said = () =>
  log()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('--- '));

/** A command that writes to the log in a second from now, if it still lives then. */
const LATE = '(trap "" TERM; sleep 1; echo late) &';
const afterThat = () => new Promise((resolve) => setTimeout(resolve, 1_500));

describe('runBuildspec', () => {
  test('runs phases in their order, not in that of the file, in one folder', async () => {
    const result = await run({ build: ['cat made; echo build'], install: ['echo install > made', 'pwd'] });

    expect(result).toEqual({ kind: 'succeeded' });
    expect(said().slice(1)).toEqual(['install', 'build']);
  });

  test('begins with a copy of the source, and does not change the source', async () => {
    await run({ install: ['cat archive && rm archive'] });
    expect(said()).toEqual(['files']);
    expect(readFileSync(join(folder, 'source/archive'), 'utf8')).toBe('files');
  });

  test('removes the folder in which it worked', async () => {
    await run({ build: ['pwd'] });
    expect(existsSync(said()[0] ?? folder)).toBe(false);
  });

  test('logs standard output and standard error in the order in which they came', async () => {
    await run({ build: ['echo one; echo two >&2; echo three'] });
    expect(said()).toEqual(['one', 'two', 'three']);
  });

  test('stops at the first command that fails and tells phase and exit code', async () => {
    const result = await run({ install: ['exit 3', 'echo next'], pre_build: ['echo later'], build: ['echo build'] });

    expect(result).toEqual({ kind: 'failed', phase: 'install', exitCode: 3 });
    expect(said()).toEqual([]);
    expect(log()).toContain('--- install failed with exit code 3');
  });

  test('runs post_build after a build that failed, as CodeBuild does, and still fails', async () => {
    const result = await run({ build: ['exit 1'], post_build: ['echo after'] });

    expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode: 1 });
    expect(said()).toEqual(['after']);
  });

  test('does not run post_build after an earlier failure', async () => {
    await run({ pre_build: ['exit 1'], post_build: ['echo after'] });
    expect(said()).toEqual([]);
  });

  test('gives commands the given variables and nothing of its own environment', async () => {
    process.env.RUNNER_SECRET = 'secret';
    try {
      await run({ build: ['echo "[$SERVICE][$RUNNER_SECRET]"'] }, { SERVICE: 'a b; $(id)' });
      expect(said()).toEqual(['[a b; $(id)][]']);
    } finally {
      delete process.env.RUNNER_SECRET;
    }
  });

  test('ends all processes of a command when the time is up', async () => {
    const started = Date.now();
    const result = await run({ build: [`${LATE} sleep 60`], post_build: ['echo after'] }, {}, 300);

    expect(result).toEqual({ kind: 'timed-out', phase: 'build' });
    expect(Date.now() - started).toBeLessThan(5_000);
    await afterThat();
    expect(said()).toEqual([]);
  });

  test('kills a command that ignores SIGTERM', async () => {
    const result = await run(
      { build: ['trap "" TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done; echo done'] },
      {},
      300,
    );

    expect(result).toEqual({ kind: 'timed-out', phase: 'build' });
    expect(said()).toEqual([]);
  });

  test('can be stopped', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    expect(await run({ build: ['sleep 60'] }, {}, 20_000, stop.signal)).toEqual({ kind: 'stopped', phase: 'build' });
  });

  test('leaves no process of a command in the background', async () => {
    await run({ build: [LATE] });
    await afterThat();
    expect(said()).toEqual([]);
  });

  test('tells each phase as it begins, and the exported variables as the last command left them', async () => {
    const phases: string[] = [];
    const exported: object[] = [];
    const commands = {
      install: ['echo no phase without commands'],
      build: ['export JOB_PARTS=first', 'export JOB_PARTS="push=1 $(printf %s x)"', 'cd / && OTHER=2'],
    };
    const text = stringify({
      version: 0.2,
      env: { shell: 'bash', 'exported-variables': ['JOB_PARTS', 'OTHER', 'ABSENT'] },
      phases: Object.fromEntries(Object.entries(commands).map(([name, list]) => [name, { commands: list }])),
    });
    const env = { PATH: process.env.PATH ?? '' };
    const told = { onPhase: (phase: string) => phases.push(phase), onExport: (all: object) => exported.push(all) };

    const job = { buildspec: text, source: join(folder, 'source'), env, logFile, timeoutMs: 20_000, ...told };
    expect(await runBuildspec(job)).toEqual({ kind: 'succeeded' });
    expect([phases, exported]).toEqual([['install', 'build'], [{ JOB_PARTS: 'push=1 x', OTHER: '2' }]]);
  });

  test('does not hide a failure behind exported variables', async () => {
    const text =
      'version: 0.2\nenv: { shell: bash, exported-variables: [JOB_PARTS] }\nphases: { build: { commands: ["false"] } }\n';
    const env = { PATH: process.env.PATH ?? '' };

    expect(
      await runBuildspec({ buildspec: text, source: join(folder, 'source'), env, logFile, timeoutMs: 20_000 }),
    ).toEqual({ kind: 'failed', phase: 'build', exitCode: 1 });
  });

  test.each([
    ['another version', 'version: 0.1\nenv: { shell: bash }\nphases: {}\n', /version/],
    ['another shell', 'version: 0.2\nenv: { shell: powershell }\nphases: {}\n', /env\.shell/],
    ['a part that it would leave out', 'version: 0.2\nenv: { shell: bash }\nphases: {}\ncache: {}\n', /cache/],
    ['an unknown phase', 'version: 0.2\nenv: { shell: bash }\nphases: { deploy: { commands: [x] } }\n', /deploy/],
  ])('refuses a buildspec with %s', async (_what, text, message) => {
    await expect(runBuildspec({ buildspec: text, source: folder, env: {}, logFile, timeoutMs: 1000 })).rejects.toThrow(
      message,
    );
  });
});
