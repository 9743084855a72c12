/** Executions that start others, and executions that wait for a day: what they hold up, and what they do not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionResult } from '../../../local/runtime/state-machine';
import { openExecutionStore } from '../../../local/serve/execution-store';
import { type Executions, openExecutions, type RunExecution } from '../../../local/serve/executions';

let folder: string;
let executions: Executions;

afterEach(async () => {
  await executions.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(run: RunExecution): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'executions-'));
  const store = openExecutionStore(folder);
  executions = await openExecutions({ store, run, resources: new Map(), clock: { now: () => 0 } });
}

const done: ExecutionResult = { status: 'SUCCEEDED', output: {} };
const entered = (name: string) => ({ type: 'StateEntered', timestamp: 0, state: { name, type: 'Task' } });

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isTrue(); tries += 1) await new Promise((next) => setTimeout(next, 10));
  expect(isTrue()).toBe(true);
}

const stopped = (signal: AbortSignal) =>
  new Promise<ExecutionResult>((end) =>
    signal.addEventListener('abort', () => end({ status: 'ABORTED', error: 'Aborted', cause: 'x' })),
  );

test('environments that are watched keep no other run waiting', async () => {
  await open(({ name, signal, onEvent }) => {
    if (!name.startsWith('watch')) return Promise.resolve(done);
    onEvent(entered('Deploy'));
    return stopped(signal);
  });
  for (const name of ['watch-1', 'watch-2', 'watch-3']) await executions.start(name, '{}');
  await executions.start('push', '{}');

  await until(() => executions.find('push')?.status === 'SUCCEEDED');
  expect(executions.find('watch-1')?.status).toBe('RUNNING');
});

test('builds still wait for their turn', async () => {
  await open(({ name, signal }) => (name === 'push' ? Promise.resolve(done) : stopped(signal)));
  for (const name of ['build-1', 'build-2', 'push']) await executions.start(name, '{}');
  await new Promise((next) => setTimeout(next, 100));

  expect(executions.find('push')?.status).toBe('RUNNING');
});

test('a run that rolls back waits for the rollback, which is a run of its own, and is stopped with it', async () => {
  const ends: string[] = [];
  await open(async ({ name, startRun, signal }) => {
    if (name === 'rollback') return stopped(signal);
    const end = await startRun({ name: 'rollback', input: { action: 'rollback' }, wait: true }, signal);
    ends.push(typeof end === 'string' ? end : end.status);
    return done;
  });
  await executions.start('run', '{}');
  await until(() => executions.find('rollback')?.status === 'RUNNING');
  await executions.stop('run', { error: 'Aborted', cause: 'by hand' });

  await until(() => executions.find('rollback')?.status === 'ABORTED');
  await until(() => ends.length === 1);
  expect(ends).toEqual(['FAILED']);
});

test('a promotion is started once, however often it is asked for', async () => {
  const answers: unknown[] = [];
  await open(async ({ name, startRun, signal }) => {
    if (name === 'to-production') return done;
    answers.push(await startRun({ name: 'to-production', input: { action: 'promote' }, wait: false }, signal));
    return done;
  });
  await executions.start('run', '{}');
  await until(() => executions.find('to-production')?.status === 'SUCCEEDED');
  await executions.start('again', '{}');
  await until(() => answers.length === 2);

  expect(answers).toEqual(['started', 'taken']);
});
