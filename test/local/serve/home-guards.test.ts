/** Guards of a served home: its push hook, its secret, and its executions. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openExecutionStore } from '../../../local/serve/execution-store';
import { openExecutions } from '../../../local/serve/executions';
import { installPushHook, keepWebhookSecret } from '../../../local/serve/push-hook';
import { servePipeline } from '../../../local/serve/serve-pipeline';
import { OWN_PROGRAM, servePipelineOfTests } from '../../support/deliveries/served-pipeline';
import { createRepository, gitEnvironment, type TestRepository } from '../../support/git/git-repository';

let folder: string;
let repository: TestRepository;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "it's a home-"));
  repository = createRepository();
});

afterEach(() => {
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
});

function install(): Promise<string> {
  return installPushHook(repository.path, { address: join(folder, 'serving.json'), secret: join(folder, 'secret') });
}

describe('the hook for pushes', () => {
  test('is rewritten at each start and runs from a folder with any name', async () => {
    const hook = await install();
    const text = readFileSync(hook, 'utf8');

    expect(await install()).toBe(hook);
    expect(readFileSync(hook, 'utf8')).toBe(text);
    expect(statSync(hook).mode & 0o111).toBe(0o111);
    const id = repository.commit('main', { a: '1' });
    const input = `${'0'.repeat(40)} ${id} refs/heads/main\n`;
    const said = execFileSync('sh', ['-c', '"$0" 2>&1', hook], { cwd: repository.path, input, env: gitEnvironment() });
    expect(said.toString()).toContain('refs/heads/main: nothing was started (pipeline serve is not running)');
  });

  test('of another tool stays unchanged', async () => {
    const file = join(repository.path, 'hooks/post-receive');
    mkdirSync(join(repository.path, 'hooks'), { recursive: true });
    writeFileSync(file, '#!/bin/sh\nmail\n');

    await expect(install()).rejects.toMatchObject({ name: 'InvalidInput', message: expect.stringContaining(file) });
    expect(readFileSync(file, 'utf8')).toBe('#!/bin/sh\nmail\n');
  });

  test('is not written to a folder that git ignores', async () => {
    repository.git('config', 'core.hooksPath', join(folder, 'hooks'));

    await expect(install()).rejects.toMatchObject({ message: expect.stringContaining('core.hooksPath') });
    expect(existsSync(join(repository.path, 'hooks/post-receive'))).toBe(false);
  });
});

describe('the secret', () => {
  test('is refused if it is too short, and is made private if others can read it', async () => {
    const short = join(folder, 'short');
    const open = join(folder, 'open');
    writeFileSync(short, 'secret\n');
    writeFileSync(open, 'a secret of a person\n');
    chmodSync(open, 0o644);

    await expect(keepWebhookSecret(short)).rejects.toMatchObject({ message: expect.not.stringMatching(/secret\n/) });
    expect(await (await keepWebhookSecret(open)).current()).toEqual(['a secret of a person']);
    expect(statSync(open).mode & 0o777).toBe(0o600);
  });
});

describe('a home', () => {
  test('has one server at a time', async () => {
    const served = await servePipelineOfTests();
    const options = {
      home: served.home,
      port: 0,
      docker: undefined,
      refuse: new Set<string>(),
      program: OWN_PROGRAM,
      onEvent: () => undefined,
    };

    const second = servePipeline(options).catch((error: Error) => error.message);

    expect(await second).toContain(`is served already, at ${served.serving().url}`);
    await served.end();
  }, 60_000);
});

describe('executions', () => {
  const open = (run: Parameters<typeof openExecutions>[0]['run']) =>
    openExecutions({
      store: openExecutionStore(join(folder, 'executions')),
      run,
      resources: new Map(),
      clock: { now: () => 1000 },
    });

  test('run two at a time, and a queued one that is stopped never begins', async () => {
    const begun: string[] = [];
    const endings: (() => void)[] = [];
    const executions = await open(({ name }) => {
      begun.push(name);
      return new Promise((fulfil) => endings.push(() => fulfil({ status: 'SUCCEEDED', output: name })));
    });
    for (const name of ['a', 'b', 'c', 'd']) await executions.start(name, '{}');
    await executions.stop('c', { cause: 'not needed' });

    expect(begun).toEqual(['a', 'b']);
    while (executions.list().some(({ status }) => status === 'RUNNING')) {
      endings.shift()?.();
      await new Promise((fulfil) => setTimeout(fulfil, 5));
    }
    expect(begun).toEqual(['a', 'b', 'd']);
    expect(['a', 'b', 'c', 'd'].map((name) => executions.find(name)?.status)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
      'ABORTED',
      'SUCCEEDED',
    ]);
  });

  test('that a kill interrupted are aborted at the next start, even with half a line of history', async () => {
    const never = await open(() => new Promise(() => undefined));
    await never.start('cut', '{}');
    await never.history('cut');
    writeFileSync(join(folder, 'executions/cut/history.jsonl'), '\n{"timestamp":1,"ty', { flag: 'a' });

    const again = await open(() => Promise.reject(new Error('not run again')));

    expect(again.find('cut')).toMatchObject({ status: 'ABORTED', error: 'Interrupted' });
    expect((await again.history('cut')).map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionAborted']);
    expect(await again.start('cut', '{}')).toBe('taken');
  });

  test('fail if the runtime itself fails', async () => {
    const executions = await open(() => Promise.reject(new Error('no space left on device')));
    await executions.start('a', '{}');
    while (executions.find('a')?.status === 'RUNNING') await new Promise((fulfil) => setTimeout(fulfil, 5));

    expect(executions.find('a')).toMatchObject({ status: 'FAILED', cause: 'no space left on device' });
  });
});
