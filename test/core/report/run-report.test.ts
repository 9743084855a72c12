import fc from 'fast-check';
import type { Plan } from '../../../core/contract/plan';
import { type RunFacts, runReport } from '../../../core/report/run-report';
import { printSummary } from '../../../core/report/summary';

const PLAN: Plan = {
  schema: 1,
  run: 'run-1',
  action: 'release',
  ref: 'main',
  environment: 'default',
  commit: 'c'.repeat(40),
  strategy: 'smart',
  platformVersion: 'v1.4.0',
  dryRun: false,
  services: [
    {
      name: 'auth',
      image: 'auth',
      stage: 'critical',
      action: 'build',
      inputDigest: 'd'.repeat(40),
      reasons: ['one', 'two', 'three', 'four'].map((text) => ({
        kind: 'input-changed',
        text: `tools/${text}|x.py changed`,
      })),
      version: { kind: 'exact', version: 'v1.4.0' },
      origin: { kind: 'candidate', tag: 'auth.d' },
      minutes: 12,
      values: ['auth.image.tag'],
      followsPlatform: true,
    },
  ],
  totals: { build: 1, retag: 0, keep: 0 },
};
const state = { run: 'run-1' };

function reportOf(facts: Omit<RunFacts, 'region'>) {
  return runReport({ ...facts, region: 'us-east-1' });
}

describe('the report of a run', () => {
  test('that released names version and commit', () => {
    const moved = { commit: 'e'.repeat(40), changes: 1, superseded: [] };
    const report = reportOf({ run: 'run-1', seconds: 3, state: { ...state, moved }, plan: PLAN });

    expect(report).toMatchObject({
      status: 'SUCCEEDED',
      action: 'release',
      version: 'v1.4.0',
      commit: 'e'.repeat(40),
      failed: [],
    });
    expect(report.error).toBeUndefined();
  });

  test('that failed lists the failed jobs out of any nesting, and the error as Lambda wrapped it', () => {
    const builds = [
      [[{ service: 'auth', status: 'FAILED', logs: 'https://logs' }], [{ service: 'etcd', status: 'SUCCEEDED' }]],
    ];
    const error = {
      Error: 'BuildsFailed',
      Cause: JSON.stringify({ errorType: 'BuildsFailed', errorMessage: '1 of 2 failed' }),
    };
    const report = reportOf({ run: 'run-1', seconds: 3, state: { ...state, builds, error }, plan: PLAN });

    expect(report).toMatchObject({
      status: 'FAILED',
      commit: null,
      failed: [{ service: 'auth', status: 'FAILED', logs: 'https://logs' }],
      error: { name: 'BuildsFailed', message: '1 of 2 failed' },
    });
  });

  test('that was refused has no plan, and takes nothing of the input on trust', () => {
    const input = {
      input: { action: 'release', version: 7 },
      commit: 7,
      builds: 'none',
      error: { Error: 'InvalidInput', Cause: 'version: is missing' },
    };
    const report = reportOf({ run: 'run-1', seconds: 0, state: input, plan: undefined });

    expect(report).toMatchObject({ status: 'FAILED', action: 'release', totals: { build: 0, retag: 0, keep: 0 } });
    expect(report.error).toEqual({ name: 'InvalidInput', message: 'version: is missing' });
  });

  test('of a dry run says that nothing was written', () => {
    const report = reportOf({
      run: 'run-1',
      seconds: 1,
      state: { ...state, dryRun: true },
      plan: { ...PLAN, dryRun: true },
    });

    expect(report.status).toBe('PLANNED');
    expect(printSummary(report, PLAN)).toContain('# release v1.4.0 planned, nothing written');
  });

  test('can be made of any state data', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(reportOf({ run: 'r', seconds: 0, state: anything, plan: undefined }).run).toBe('r');
      }),
    );
  });
});

describe('the summary of a run', () => {
  const report = reportOf({ run: 'run-1', seconds: 61.25, state, plan: PLAN });

  test('shows numbers, and three reasons per service with a count of the rest', () => {
    const summary = printSummary(report, PLAN);

    expect(summary).toContain('- built 1, retagged 0, kept 0, failed 0');
    expect(summary).toContain('- time: 61.3 s; build time by the catalog: 0 min, $0.00');
    expect(summary).toContain('and 1 more |');
  });

  test('is not broken by names from outside', () => {
    const line =
      printSummary(report, PLAN)
        .split('\n')
        .find((each) => each.startsWith('| auth')) ?? '';

    expect(line.replaceAll('\\|', '').split('|')).toHaveLength(5);
  });
});
