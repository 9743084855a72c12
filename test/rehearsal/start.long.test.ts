/** A rehearsal that cannot start ends with one line, which has the problem and the fix. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmulator } from '../../rehearsal/emulator/emulator';
import { pythonEnvironment } from '../../rehearsal/emulator/python';
import { definitionProblems } from '../../rehearsal/lint-template';
import { listen } from '../support/http/listen';

const PROJECT = resolve(__dirname, '../..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearsal-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function rehearse(args: readonly string[], env = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', join(PROJECT, 'rehearsal/main.ts'), ...args];
  return new Promise((fulfil) => {
    execFile(process.execPath, command, { cwd: PROJECT, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      fulfil({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test('a missing Python is named, with the package to install', async () => {
  const missing = pythonEnvironment(folder, join(folder, 'no-python'));
  await expect(missing).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/^[^\n]*no-python[^\n]*python3-venv\)$/),
  });
});

test('a package that the index lacks is named, and an incomplete installation is not used later', async () => {
  const python = join(folder, 'python-with-an-empty-index');
  const said = 'ERROR: No matching distribution found for ministack==1.5.33';
  const pip = `#!/bin/sh\necho "${said}" >&2\nexit 1\n`;
  const venv = `#!/bin/sh\nmkdir -p "$3/bin"\nprintf '%s' '${pip}' > "$3/bin/python"\nchmod +x "$3/bin/python"\n`;
  writeFileSync(python, venv, { mode: 0o755 });

  for (let tried = 0; tried < 2; tried += 1) {
    await expect(pythonEnvironment(folder, python)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^[^\n]*found for ministack==1\.5\.33[^\n]*pip config list[^\n]*$/),
    });
  }
});

test('a required Docker engine that does not answer ends the rehearsal with exit code 2, before anything is deployed', async () => {
  const { code, stdout, stderr } = await rehearse(['--builder', 'docker'], { DOCKER_HOST: 'unix:///no/engine.sock' });
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
  expect(stderr).toMatch(/^rehearsal: no Docker engine answers[^\n]*omit --builder/);
});

test('a port that is in use is named, before anything is started', async () => {
  const { port, stop } = await listen(createServer());
  const python = { folder, program: () => join(folder, 'never-started') };
  const started = startEmulator({ python, buildMachine: '', logFile: join(folder, 'log'), port });
  try {
    await expect(started).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(`port ${port}`) });
  } finally {
    await stop();
  }
});

test('an unknown scene ends the rehearsal with exit code 2 and the known names', async () => {
  const { code, stderr } = await rehearse(['relase']);
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  expect(stderr).toMatch(/there is no scene relase; choose from: all, release, /);
});

test('the list names every scene and marks those of CI', async () => {
  const { code, stdout } = await rehearse(['--list']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^release +CI /m);
  expect(stdout).toMatch(/^hotfix + a /m);
});

test.each([
  ['a missing target', { a: { Type: 'Pass', Next: 'b' } }, 'MISSING_TRANSITION_TARGET'],
  ['an invalid path', { a: { Type: 'Pass', InputPath: '$.a[', End: true } }, 'SCHEMA'],
  [
    'a task with two time limits',
    { a: { Type: 'Task', Resource: 'x', TimeoutSeconds: 1, TimeoutSecondsPath: '$.t', End: true } },
    'TIMEOUT',
  ],
])('the validator of definitions finds %s', (_name, states, code) => {
  expect(definitionProblems({ StartAt: 'a', States: states }).join('\n')).toContain(code);
});
