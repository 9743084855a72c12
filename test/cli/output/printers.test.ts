/** Every printer of the command line, with texts from outside that try to control the terminal or to add lines of their own. */

import { estimateText } from '../../../cli/commands/estimate';
import { doctorText } from '../../../cli/doctor/doctor';
import { main } from '../../../cli/main';
import { backtestText } from '../../../cli/output/backtest';
import { checkText, initSummary } from '../../../cli/output/catalog';
import { liveRun, treeLines } from '../../../cli/output/live-run';
import { comparisonRemarks, explanationText, planText } from '../../../cli/output/plan';
import {
  countLine,
  type Output,
  printError,
  printFile,
  printJson,
  printLine,
  runsTable,
  runTable,
} from '../../../cli/output/print';
import { endedRunText, runListText, runningRunText } from '../../../cli/output/viewed-run';
import { makePlanner } from '../../support/pipeline/planner';
import { HOSTILE_TEXTS } from '../../support/text/hostile-texts';

const OBEYED = /[^\P{C}\n]|[\u2028\u2029]/u;
/** What a terminal itself is told: to clear the line that is redrawn. */
const CLEAR_LINE = '\r\u001b[2K';

/** Strings under these keys come from this project, never from outside. */
const OWN_KEYS = new Set(['action', 'kind', 'state', 'status', 'rule', 'currency', 'catalogOrigin', 'time']);

/** Returns the record with every string from outside replaced. */
function withTexts<Value>(value: Value, text: string, key = ''): Value {
  const replaced = (): unknown => {
    if (typeof value === 'string') return OWN_KEYS.has(key) ? value : text;
    if (Array.isArray(value)) return value.map((each) => withTexts(each, text, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withTexts(each, text, name)]));
  };
  return replaced() as Value;
}

function printed(print: (output: Output) => void, isTTY = false): string {
  let text = '';
  print({ write: (part) => (text += part), isTTY, columns: 1000 });
  return text.replaceAll(CLEAR_LINE, '');
}

// Colours are this project's own, and are tested in terminal.test.ts.
const { NO_COLOR } = process.env;
process.env.NO_COLOR = '1';
afterAll(() => {
  if (NO_COLOR === undefined) delete process.env.NO_COLOR;
  else process.env.NO_COLOR = NO_COLOR;
});

const records: Record<string, unknown> = {};

beforeAll(async () => {
  const planner = makePlanner();
  try {
    await planner.init();
    planner.repository.commit('main', { 'worker/x': 'new', 'tools/t.py': '2' });
    const common = ['--catalog', planner.catalogFile, '--json'];
    const read = async (...args: string[]) => JSON.parse((await planner.run(...args, ...common)).stdout) as unknown;
    records.plan = await read('plan', '--base', planner.first);
    records.explanation = await read('explain', 'worker', '--base', planner.first);
    records.backtest = await read('backtest', '--since', planner.first);
    records.check = await read('catalog', 'check');
  } finally {
    planner.remove();
  }
}, 60_000);

const OUTCOME = { service: 'x', status: 'FAILED', cause: 'x', logs: 'x' };
const REPORT = {
  run: 'x',
  status: 'FAILED',
  action: 'release',
  version: 'x',
  ref: 'x',
  commit: 'x',
  seconds: 1,
  totals: { build: 1, retag: 0, keep: 0 },
  counts: { built: 0, retagged: 0, kept: 0, failed: 1, notDone: 0 },
  services: [{ name: 'x', stage: 'x', action: 'build', end: 'failed' }],
  failed: [OUTCOME],
  packages: [{ module: 'x', package: 'x', version: 'x', isNew: true }],
  superseded: ['x'],
  work: { built: 0, cacheHits: 0, minutes: 1, cost: 1 },
  error: { name: 'x', message: 'x' },
};
const VIEWED = { name: 'x', status: 'FAILED', startedAt: 0, stoppedAt: 1, error: 'x', cause: 'x' };
const PROGRESS = {
  phases: [{ name: 'x', since: 0 }],
  jobs: [
    { name: 'x', stage: 'x', weight: 1, state: 'running', since: 1 },
    { name: 'x', stage: 'x', weight: 1, state: 'failed', since: 1, until: 2 },
  ],
  total: 2,
} as const;
const DRIFT = { kind: 'no-service', service: 'x', module: 'x', path: 'x', text: 'x' };
const SAVING = { builds: 1, minutes: 1, cost: 1, services: ['x'] };
const ADVICE = {
  repeatedRuns: [{ ...SAVING, text: 'x' }],
  spoiledRuns: [{ ...SAVING, dockerfile: 'x', line: 1, text: 'x', behind: 'x' }],
  seldomNeeded: [{ ...SAVING, patterns: ['x'], context: 'x' }],
  movingBases: [{ ...SAVING, base: 'x', pushes: 1 }],
};
const SCENARIO = {
  name: 'x',
  services: 1,
  modules: 0,
  sequential: 1,
  byNeeds: 1,
  byBarriers: 1,
  lowerBound: 1,
  packed: { machines: 1, minutes: 1, lowerBound: 1, cost: 0.01 },
  cost: 1,
  currency: 'USD',
  notes: ['x'],
};

/** Each printer with a text from outside in every place. */
const PRINTERS: Readonly<Record<string, (text: string, output: Output) => void>> = {
  plan: (text, output) => printLine(output, planText(withTexts(records.plan, text) as never)),
  remarks: (text, output) =>
    comparisonRemarks({ problems: [{ path: text, message: text }] } as never, [text]).forEach((remark) => {
      printLine(output, remark);
    }),
  explain: (text, output) => printLine(output, explanationText(withTexts(records.explanation, text) as never)),
  backtest: (text, output) =>
    printLine(output, backtestText(withTexts({ ...(records.backtest as object), advice: ADVICE }, text) as never)),
  check: (text, output) =>
    printLine(
      output,
      checkText({ ...withTexts(records.check as object, text), drift: [withTexts(DRIFT, text)] } as never),
    ),
  'catalog init': (text, output) =>
    printLine(output, initSummary({ services: [], modules: [], leftOut: [], guesses: [text] } as never, text)),
  estimate: (text, output) =>
    printLine(
      output,
      estimateText(withTexts({ builders: 1, stageConcurrency: 1, region: 'x', scenarios: [SCENARIO] }, text) as never),
    ),
  'table of a run': (text, output) => printLine(output, runTable(withTexts(REPORT, text) as never)),
  'table of runs': (text, output) => printLine(output, runsTable([withTexts(REPORT, text)] as never)),
  'status of a running run': (text, output) =>
    printLine(output, runningRunText(withTexts(VIEWED, text) as never, withTexts(PROGRESS, text))),
  'status of a reported run': (text, output) =>
    printLine(output, endedRunText(withTexts(VIEWED, text) as never, { report: withTexts(REPORT, text) as never })),
  'status of an unreported run': (text, output) =>
    printLine(output, endedRunText(withTexts(VIEWED, text) as never, { hint: text })),
  'list of runs': (text, output) => printLine(output, runListText([withTexts(VIEWED, text)] as never)),
  doctor: (text, output) =>
    printLine(output, doctorText({ problems: 1, findings: [{ check: text, state: 'problem', text, fix: text }] })),
  error: (text, output) => printError(output, { name: text, message: text }),
  progress: (text, output) => {
    const live = liveRun({ ...output, level: 'verbose' });
    live.update(withTexts(PROGRESS, text));
    live.end();
  },
  'tree of a run': (text, output) => {
    const tree = treeLines(withTexts(PROGRESS, text), 5, 200, (_, mark) => mark);
    output.write(tree.join('\n'));
  },
  count: (text, output) => countLine(output, text).update(1, 2),
};

describe.each(Object.keys(PRINTERS))('the printer of: %s', (name) => {
  test.each(Object.entries(HOSTILE_TEXTS))('shows %s as text', (_, hostile) => {
    const print = PRINTERS[name] ?? (() => undefined);
    for (const isTTY of [false, true]) {
      expect(printed((output) => print(hostile, output), isTTY)).not.toMatch(OBEYED);
    }
  });

  test.each(['line feed', 'carriage return'])('has no line more for a %s', (kind) => {
    // An error's message may have lines of its own.
    if (['error', 'remarks'].includes(name) || name.startsWith('status ')) return;
    const lines = (text: string) => printed((output) => PRINTERS[name]?.(text, output)).split('\n').length;

    expect(lines(HOSTILE_TEXTS[kind] ?? '')).toBe(lines('harmless'));
  });
});

describe('JSON and files', () => {
  test.each(Object.entries(HOSTILE_TEXTS))(
    'keep %s: JSON by escapes, a file as it is unless a terminal shows it',
    (_, hostile) => {
      const json = printed((output) => printJson(output, { [hostile]: hostile }));

      expect(json).not.toMatch(OBEYED);
      expect(JSON.parse(json)).toEqual({ [hostile]: hostile });
      expect(printed((output) => printFile(output, hostile))).toBe(hostile);
      expect(printed((output) => printFile(output, hostile), true)).not.toMatch(OBEYED);
    },
  );
});

test('an error is printed without the credentials of its URLs', () => {
  const message = "fatal: unable to access 'https://ci:swordfish@git.example/team.git?token=abc': no route";

  expect(printed((output) => printError(output, { name: 'GitError', message }))).toBe(
    "GitError: fatal: unable to access 'https://***@git.example/team.git?token=***': no route\n",
  );
});

test('an option of any name, and an error of the operating system, are shown as text', async () => {
  for (const hostile of Object.values(HOSTILE_TEXTS)) {
    let text = '';
    const output = { write: (part: string) => (text += part) };
    await main([`--${hostile}`], output, output);
    await main(['plan', '--repo', hostile], output, output).catch(() => undefined);
    await main([hostile], output, output);
    expect(text).not.toMatch(OBEYED);
  }
});
