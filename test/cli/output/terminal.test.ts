/** The look of the output: colours, widths, levels, and the tree of a run. */
import { stripVTControlCharacters } from 'node:util';
import { liveRun, treeLines } from '../../../cli/output/live-run';
import { type Output, paintFor, printError, printLine, table } from '../../../cli/output/print';
import {
  jobEnded,
  jobStarted,
  jobsPlanned,
  NO_PROGRESS,
  phaseEntered,
  runEnded,
} from '../../../local/runtime/progress';

function capture(output: Partial<Output> = {}): Output & { text(): string } {
  let text = '';
  return { write: (part) => (text += part), ...output, text: () => text };
}

describe('colours', () => {
  const isPainted = (isTTY: boolean, env: NodeJS.ProcessEnv) =>
    paintFor({ write: () => undefined, isTTY }, env)('red', 'x') !== 'x';

  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('on a terminal: %s, with %j: %s', (isTTY, env, expected) => {
    expect(isPainted(isTTY, env)).toBe(expected);
  });

  test('mark the name of an error and the head of a table, and change no character', () => {
    const output = capture({ isTTY: true });
    printError(output, { name: 'InvalidInput', message: 'no such run' });
    printLine(output, table(['run', 'status'], [['a', 'failed']], 80));

    expect(output.text()).toContain('\u001b[31mInvalidInput\u001b[39m: no such run');
    expect(output.text()).toContain('\u001b[1mrun  status\u001b[22m');
    expect(stripVTControlCharacters(output.text())).toBe(
      'InvalidInput: no such run\nrun  status\n---  ------\na    failed\n',
    );
  });
});

describe('a table', () => {
  const why = 'tools/optscale_exceptions/__init__.py: changed, read by COPY tools/optscale_exceptions (line 8)';

  test('wraps long texts of its last column to the width of the terminal, below each other', () => {
    const lines = table(['build', 'why'], [['auth', why]], 60).split('\n');

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.slice(2).map((line) => line.slice(0, 7))).toEqual(['auth   ', '       ']);
    expect(
      lines
        .slice(2)
        .map((line) => line.slice(7))
        .join(' '),
    ).toBe(why);
  });

  test('breaks a word that is longer than the width', () => {
    const [first, second] = table(['x', 'why'], [['a', 'y'.repeat(50)]], 30)
      .split('\n')
      .slice(2);
    expect(`${first?.slice(3)}${second?.slice(3)}`).toBe('y'.repeat(50));
  });

  test('keeps whole lines in a pipe, below a rule that is not longer than needed', () => {
    const lines = table(['build', 'why'], [['auth', why]], Number.POSITIVE_INFINITY).split('\n');
    expect(lines[2]).toBe(`auth   ${why}`);
    expect(lines[1]).toBe(`-----  ${'-'.repeat(40)}`);
  });
});

describe('levels', () => {
  test('quiet prints errors and no remarks', () => {
    const output = capture({ level: 'quiet' });
    printLine(output, 'a remark');
    printError(output, { name: 'GitError', message: 'no route' });
    expect(output.text()).toBe('GitError: no route\n');
  });

  const planned = jobsPlanned(
    phaseEntered(NO_PROGRESS, 'Build images', 0),
    [{ name: 'auth', stage: 's', weight: 1 }],
    1,
  );
  const built = jobEnded(jobStarted(planned, 'auth', 1000), 'auth', true, 4000);

  test.each([
    ['quiet', ''],
    [undefined, '  Build images\n  built 1 of 1\n'],
    ['verbose', '  Build images\n  auth built after 3.0 s\n  built 1 of 1\n'],
  ] as const)('%s shows that much of a run', (level, expected) => {
    const output = capture({ level });
    const live = liveRun(output);
    live.update(planned);
    live.update(built);
    live.end();
    expect(output.text()).toBe(expected);
  });
});

describe('the tree of a run', () => {
  const jobs = [
    { name: 'etcd', stage: 'stable', weight: 10 },
    { name: 'auth', stage: 'critical', weight: 20 },
    { name: 'restapi', stage: 'critical', weight: 10 },
  ];
  const started = phaseEntered(jobsPlanned(phaseEntered(NO_PROGRESS, 'Plan the run', 0), jobs, 3), 'Build images', 400);
  const afterEtcd = jobEnded(jobStarted(started, 'etcd', 1000), 'etcd', true, 2000);
  const running = jobStarted(afterEtcd, 'auth', 2000);
  const plain = (progress: typeof running, now: number, width = 100) =>
    treeLines(progress, now, width, (_, text) => text);

  test('has a line for each step and each stage, with durations and the time left', () => {
    expect(plain(running, 5000)).toEqual([
      '✔ Plan the run                     0.4 s',
      '● Build images                     4.6 s  built 1 of 3  about 12.0 s left',
      '    ✔ stable                      1 of 1',
      '    ● critical                    0 of 2  auth 3.0 s',
    ]);
  });

  test('keeps the failures of a run that ended', () => {
    const failed = phaseEntered(jobEnded(running, 'auth', false, 6000), 'Tag all images', 7000);
    expect(plain(runEnded(phaseEntered(failed, 'Report the failure', 7000), 7500), 9000)).toEqual([
      '✔ Plan the run                     0.4 s',
      '✖ Build images                     6.6 s  built 1 of 3',
      '    ✔ stable                      1 of 1',
      '    ✖ critical                    0 of 2  failed: auth',
      '✖ Tag all images                   0.0 s',
      '✔ Report the failure               0.5 s',
    ]);
  });

  test('shows jobs below the step in which they started, even if they start at once', () => {
    const lines = plain(jobStarted(started, 'etcd', 400), 500);
    expect(lines.map((line) => line.trim().split(' ')[1])).toEqual(['Plan', 'Build', 'stable', 'critical']);
  });

  test('cuts lines to the width of the terminal', () => {
    for (const line of plain(running, 5000, 45)) expect(line.length).toBeLessThanOrEqual(45);
  });
});
