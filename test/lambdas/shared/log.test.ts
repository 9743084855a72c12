/** The functions log one line of JSON per step, with the run, its end and its duration. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logged } from '../../../lambdas/shared/log';

let lines: string[];

beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterEach(() => jest.restoreAllMocks());

const logs = () => lines.map((line) => JSON.parse(line));

describe('a logged step', () => {
  test('returns its result, and logs it in one line', async () => {
    const result = await logged(
      { step: 'plan', run: 'run-1' },
      async () => ({ built: 3 }),
      ({ built }) => ({ built }),
    );

    expect(result).toEqual({ built: 3 });
    expect(logs()).toEqual([
      { message: 'step done', step: 'plan', run: 'run-1', seconds: expect.any(Number), built: 3 },
    ]);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
  });

  test('throws its error, and logs it in one line', async () => {
    const error = Object.assign(new Error('one\ntwo'), { name: 'BuildsFailed' });

    await expect(logged({ step: 'release', run: 'run-1' }, () => Promise.reject(error))).rejects.toBe(error);
    expect(logs()).toEqual([
      {
        message: 'step failed',
        step: 'release',
        run: 'run-1',
        seconds: expect.any(Number),
        error: 'BuildsFailed',
        cause: 'one\ntwo',
      },
    ]);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
  });

  test('logs no credential of a URL, even one at which a long message is cut', async () => {
    const message = `${'x'.repeat(980)} https://ci:swordfish@git.example/team.git`;

    await expect(logged({ step: 'commit' }, () => Promise.reject(new Error(message)))).rejects.toThrow('swordfish');
    expect(logs()[0].cause).toBe(`${'x'.repeat(980)} https://***@git.exa`);
  });
});

test('every handler logs its step under its own name, and writes nothing to the console', () => {
  const folder = join(__dirname, '../../../lambdas');
  const steps = readdirSync(folder).filter((name) => name !== 'shared');
  const doors = steps.map((step) => ({ step, text: readFileSync(join(folder, step, 'handler.ts'), 'utf8') }));

  expect(doors.filter(({ step, text }) => !text.includes(`step: '${step}'`)).map(({ step }) => step)).toEqual([]);
  expect(doors.filter(({ text }) => text.includes('console.')).map(({ step }) => step)).toEqual([]);
});
