import { type RunRecords, runHeader, timeInName } from '../../../core/board/run-header';
import { plannedService, planOf, reportOf } from '../../support/pipeline/runs';

const NOW = Date.parse('2026-11-29T10:00:00Z');
const UNTIL = new Date(NOW + 1000).toISOString();
const approval = { schema: 1 as const, run: 'run-1', token: 't', until: UNTIL };
const timeline = { schema: 1 as const, run: 'run-1', startedAt: NOW - 5000, steps: [], jobs: [] };

function stateOf(records: Partial<RunRecords>, changedAt = 0) {
  return runHeader({ run: 'run-1', problems: [], ...records }, NOW, changedAt).state;
}

describe('the state of a run', () => {
  test.each([
    ['SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['PLANNED', 'planned'],
  ] as const)('a report with %s is %s', (status, state) => {
    expect(stateOf({ report: reportOf({ status }) })).toBe(state);
  });

  test('a run waits until its question is answered or too old', () => {
    expect(stateOf({ approval })).toBe('waiting');
    expect(stateOf({ approval, answer: { approved: true } }, NOW)).toBe('running');
    expect(stateOf({ approval: { ...approval, until: new Date(NOW - 1).toISOString() } }, NOW)).toBe('running');
    expect(stateOf({ approval, report: reportOf() })).toBe('succeeded');
  });

  test('without a report it runs while its timeline moves; then nothing is claimed', () => {
    expect(stateOf({ timeline }, NOW - 60_000)).toBe('running');
    expect(stateOf({ timeline }, NOW - 600_000)).toBe('unknown');
  });

  test('the execution knows better: a redriven run runs again, a stopped one has ended', () => {
    expect(stateOf({ report: reportOf({ status: 'FAILED' }), execution: { status: 'RUNNING' } })).toBe('running');
    expect(stateOf({ execution: { status: 'ABORTED' } }, NOW)).toBe('failed');
  });
});

test('a run that has only a plan has its numbers, its services and its branch', () => {
  const plan = planOf([plannedService('auth', 'build'), plannedService('etcd', 'keep')], { ref: 'refs/heads/main' });
  const header = runHeader({ run: 'release-v1-4-0-20261129T095900000', plan, problems: [] }, NOW, NOW);
  expect(header).toMatchObject({
    branch: 'main',
    services: ['auth'],
    result: 'to build 1, to retag 0, to keep 1',
    startedAt: Date.parse('2026-11-29T09:59:00Z'),
  });
});

test('a name without a time, or with an impossible one, has none', () => {
  expect(timeInName('push-develop-0123')).toBeUndefined();
  expect(timeInName('push-20261399T999999000')).toBeUndefined();
});
