/** The convention for exit codes over all commands: 0 done, 1 failed or a bad result, 2 refused before anything was changed. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../cli/main';
import { freePort } from '../../local/runtime/loopback';
import { makePlanner } from '../support/pipeline/planner';
import { makeSmallPipeline, runCommand } from '../support/pipeline/small-pipeline';

const folder = mkdtempSync(join(tmpdir(), 'exit-codes-'));
const nowhere = join(folder, 'nowhere');
const REPO = ['--repo', nowhere];
const RELEASE = ['--version', 'v1.0.0', '--ref', 'main'];
/** An endpoint of another scheme, which no command may ask. */
const ENDPOINT = ['--endpoint-url', 'ftp://127.0.0.1:1'];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A wrong argument or option value for each command, beside those that are required. */
const BAD: Readonly<Record<string, readonly string[]>> = {
  demo: ['--repo', nowhere, '--folder', join(folder, 'homes')],
  tag: ['--registry', 'ftp://x', '--from', 'v1.0.0', '--to', 'v1.1.0', 'team/api'],
  'run release': [...RELEASE, '--home', nowhere],
  'run push': ['--ref', 'main', '--home', nowhere],
  'run build': ['--services', 'api', ...RELEASE, '--home', nowhere],
  'run promote': ['--version', 'latest', '--home', nowhere],
  'run rollback': ['--version', 'latest', '--home', nowhere],
  'run input': ['{', '--home', nowhere],
  'values set': [join(nowhere, 'values.yaml'), 'api.tag=v1.0.0'],
  'catalog init': REPO,
  'catalog check': REPO,
  plan: REPO,
  estimate: ['--catalog', nowhere],
  explain: ['api', '--base', 'HEAD', ...REPO],
  backtest: ['--since', 'HEAD', ...REPO],
  graph: ['--format', 'pdf'],
  board: ['--port', 'http'],
  serve: ['--port', '70000'],
  'start release': [...RELEASE, ...ENDPOINT],
  'start push': ['--ref', 'main', '--commit', 'abc', ...ENDPOINT],
  'start build': ['--services', 'api', ...RELEASE, ...ENDPOINT],
  'start promote': ['--version', 'latest', ...ENDPOINT],
  'start rollback': ['--version', 'latest', ...ENDPOINT],
  status: ENDPOINT,
  history: REPO,
  notes: ['v1.0.0', ...REPO],
  verify: ['localhost:1/team/api:v1.0.0', ...REPO],
  approve: ['a run', '--home', nowhere],
  approvals: ['--home', nowhere],
  reject: ['a run', '--home', nowhere],
  doctor: ['--settings', nowhere, '--expired-tags', 'never'],
  'setup github': ['--settings', nowhere],
  'setup gitlab': ['--settings', nowhere],
  'setup gitea': ['--settings', nowhere],
  'setup bitbucket': ['--settings', nowhere],
  'setup bitbucket-data-center': ['--settings', nowhere],
  'setup azure-devops': ['--settings', nowhere],
  images: ['--mirror', 'ftp://x'],
  'completion bash': ['now'],
  'completion zsh': ['now'],
  'completion fish': ['now'],
};

/** Returns the commands without subcommands, as words; `words` completes anything. */
async function commands(): Promise<readonly string[]> {
  const silent = { write: () => undefined };
  const leaves = ({ commands: inner }: Command, path: readonly string[]): readonly string[] =>
    inner.length === 0 ? [path.join(' ')] : inner.flatMap((each) => leaves(each, [...path, each.name()]));
  const all = leaves(await buildProgram({ stdout: silent, stderr: silent, setExitCode: () => undefined }), []);
  return all.filter((name) => name !== 'completion words');
}

test('every command has a wrong argument here', async () => {
  expect(Object.keys(BAD)).toEqual(await commands());
});

describe.each(Object.entries(BAD))('%s', (name, bad) => {
  const words = name.split(' ');

  test('ends with 0 after --help', async () => {
    expect(await runCommand(...words, '--help')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('ends with 2 after an unknown option, and names it, or a required one that is missing', async () => {
    const { exitCode, stdout, stderr } = await runCommand(...words, '--no-such-option');

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/unknown option '--no-such-option'|required option '--/);
  });

  test('ends with 2 after a wrong argument, says why, and writes nothing', async () => {
    const { exitCode, stdout, stderr } = await runCommand(...words, ...bad);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/\w/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each([[], ['explode'], ['catalog'], ['run'], ['start'], ['setup'], ['values', 'get']])(
  'a missing or unknown command ends with 2: %s %s',
  async (...words: string[]) => {
    expect(await runCommand(...words)).toMatchObject({ exitCode: 2, stdout: '' });
  },
);

test.each([['--version'], ['--help'], ['help', 'plan']])('%s ends with 0', async (...words: string[]) => {
  expect(await runCommand(...words)).toMatchObject({ exitCode: 0, stderr: '' });
});

describe('work that was done with a bad result ends with 1', () => {
  test('a plan that was asked by --exit-code, and drift of a catalog', async () => {
    const planner = makePlanner();
    await planner.init();
    planner.repository.commit('main', { 'new/Dockerfile': 'FROM scratch\n', 'worker/x': '2' });
    const catalog = ['--catalog', planner.catalogFile];
    try {
      expect(await planner.run('plan', '--base', planner.first, '--exit-code', ...catalog)).toMatchObject({
        exitCode: 1,
      });
      expect(await planner.run('plan', '--base', 'HEAD', '--exit-code', ...catalog)).toMatchObject({ exitCode: 0 });
      expect(await planner.run('catalog', 'check', ...catalog)).toMatchObject({ exitCode: 1 });
    } finally {
      planner.remove();
    }
  });

  test('a problem that doctor finds, and a failed build', async () => {
    const pipeline = await makeSmallPipeline();
    try {
      expect(await runCommand('doctor', '--home', nowhere)).toMatchObject({ exitCode: 1 });
      const failed = await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main', '--fail', 'auth');
      expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('auth') });
    } finally {
      pipeline.remove();
    }
  });

  test('but an address where nothing answers is refused with 2', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;

    expect(await runCommand('status', '--endpoint-url', endpoint)).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
