/** Hostile input and endless steps in the local pipeline, and the messages of its push hook. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runExecution } from '../../../local/runtime/state-machine';
import { openExecutionStore } from '../../../local/serve/execution-store';
import { openExecutions } from '../../../local/serve/executions';
import { installPushHook } from '../../../local/serve/push-hook';
import { checkExecution } from '../../../local/serve/states-requests';
import { createRepository, gitEnvironment, type TestRepository } from '../../support/git/git-repository';
import { type LoopbackServer, startServer } from '../../support/http/listen';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-input-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an input that nests too deeply', () => {
  test.each([101, 5000, 100_000])('of %d levels is refused before an execution exists', (levels) => {
    expect(() => checkExecution('deep', nested(levels))).toThrow(
      expect.objectContaining({ name: 'InvalidExecutionInput', message: expect.stringContaining('100 levels') }),
    );
  });

  test('of 100 levels is accepted', () => {
    expect(() => checkExecution('deep', nested(100))).not.toThrow();
  });

  test('fails the execution if it reaches one', async () => {
    const definition = { StartAt: 'Only', States: { Only: { Type: 'Succeed' } } };
    const handlers = { functions: new Map(), codeBuild: () => Promise.reject(new Error('not called')) };

    const result = await runExecution({ name: 'deep', input: JSON.parse(nested(20_000)), definition, handlers });

    expect(result).toMatchObject({ status: 'FAILED', error: 'RangeError' });
  });
});

test('an execution whose events cannot be recorded fails', async () => {
  const definition = { StartAt: 'Only', States: { Only: { Type: 'Succeed' } } };
  const handlers = { functions: new Map(), codeBuild: () => Promise.reject(new Error('not called')) };
  const onEvent = () => {
    throw new Error('the disk is full');
  };

  const result = await runExecution({ name: 'x', input: {}, definition, handlers, onEvent });

  expect(result).toEqual({ status: 'FAILED', error: 'Error', cause: 'the disk is full' });
});

test('a home closes its executions although a step never ends', async () => {
  const store = openExecutionStore(join(folder, 'executions'));
  const run = () => new Promise<never>(() => undefined);
  const executions = await openExecutions({ store, run, resources: new Map(), clock: { now: () => 1000 } });
  await executions.start('endless', '{}');

  await executions.close();

  expect(executions.find('endless')).toMatchObject({ status: 'ABORTED', error: 'Interrupted' });
}, 20_000);

describe('the push hook', () => {
  let repository: TestRepository;
  let server: LoopbackServer | undefined;

  beforeEach(() => {
    repository = createRepository();
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
    repository.remove();
  });

  /** Returns the output of the hook for a push to a server with this listener. */
  async function pushTo(listener: RequestListener): Promise<string> {
    server = await startServer(listener);
    const files = { address: join(folder, 'serving.json'), secret: join(folder, 'secret') };
    writeFileSync(files.address, JSON.stringify({ url: server.url }));
    writeFileSync(files.secret, 'a secret of sixteen');
    const hook = await installPushHook(repository.path, files);
    const child = spawn(hook, { cwd: repository.path, env: gitEnvironment() });
    child.stdin.end(`${'0'.repeat(40)} ${repository.commit('main', { a: '1' })} refs/heads/main\n`);
    return text(child.stderr);
  }

  test.each<[string, RequestListener, RegExp]>([
    ['does not answer in time', () => undefined, /no answer within 10 s; the run may have been started/],
    ['closes the connection', (request) => request.socket.destroy(), /the run may have been started/],
    ['answers with HTML', (_, response) => response.end('<html>'), /the run may have been started/],
  ])(
    'does not claim that nothing was started if the server %s',
    async (_, listener, message) => {
      const output = await pushTo(listener);

      expect(output).toMatch(message);
      expect(output).toContain('npx pipeline status --endpoint-url http://127.0.0.1:');
      expect(output).not.toContain('nothing was started');
    },
    30_000,
  );
});
