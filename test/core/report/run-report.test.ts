/** The report of a run: what is read from the state machine's data, and what is counted. */
import fc from 'fast-check';
import type { BuildOutcome, BuildStatus } from '../../../core/contract/job';
import type { Plan, ServiceAction } from '../../../core/contract/plan';
import { metricLine, runMetrics, stateMachineName } from '../../../core/report/metrics';
import { type EndedRun, readRunState, runReport } from '../../../core/report/run-report';
import { COMMIT, plannedService, planOf } from '../../support/pipeline/runs';

const PLAN = planOf([plannedService('auth', 'build'), plannedService('etcd', 'build')]);

/** Returns the report of a run by its state, as the report step makes it. */
function reported(state: unknown, parts: Partial<EndedRun> = {}) {
  const ended = { run: 'run-1', seconds: 3, plan: PLAN, outcomes: [], isReleased: false, region: 'us-east-1' };
  return runReport({ ...ended, state: readRunState(state), ...parts });
}

describe('the report of a run', () => {
  test('that released names version and commit', () => {
    const moved = { commit: 'e'.repeat(40), changes: 1, superseded: [] };

    expect(reported({ moved })).toMatchObject({ status: 'SUCCEEDED', version: 'v1.4.0', commit: 'e'.repeat(40) });
  });

  test('that failed lists the jobs that did not succeed, and the error as Lambda wrapped it', () => {
    const outcomes: BuildOutcome[] = [
      { service: 'etcd', status: 'SUCCEEDED' },
      { service: 'auth', status: 'FAILED', logs: 'https://logs' },
    ];
    const Cause = JSON.stringify({ errorType: 'BuildsFailed', errorMessage: '1 of 2 failed' });

    expect(reported({ error: { Error: 'BuildsFailed', Cause } }, { outcomes })).toMatchObject({
      status: 'FAILED',
      commit: null,
      failed: [{ service: 'auth', status: 'FAILED', logs: 'https://logs' }],
      error: { name: 'BuildsFailed', message: '1 of 2 failed' },
    });
  });

  test.each<[unknown, object]>([
    [
      { action: 'push', commit: COMMIT },
      { action: 'push', source: COMMIT },
    ],
    [
      { action: 'release', version: 7, dryRun: true },
      { action: 'release', dryRun: true },
    ],
    [{ action: 'push', commit: '../../x' }, { action: 'push' }],
    [{ commit: 'A'.repeat(40), dryRun: 'yes' }, { action: 'unknown' }],
    ['text', { action: 'unknown' }],
  ])('of a refused input has only its valid parts: %j', (input, told) => {
    const { action, source, dryRun } = reported({ input, error: { Error: 'InvalidInput' } }, { plan: undefined });

    expect({ action, source, dryRun }).toEqual({ source: undefined, dryRun: undefined, ...told });
  });

  test('can be made of any state data', () => {
    fc.assert(
      fc.property(fc.anything(), (state) => {
        expect(reported(state).run).toBe('run-1');
      }),
    );
  });

  test('names services whose manifests were not kept', () => {
    const outcomes = [{ service: 'auth', status: 'SUCCEEDED' as const, kept: false }];

    expect(reported({}, { outcomes }).notKept).toEqual(['auth']);
    expect(reported({})).not.toHaveProperty('notKept');
  });

  test('counts every planned service once for any end', () => {
    const action = fc.constantFrom<ServiceAction>('build', 'retag', 'keep');
    const status = fc.option(fc.constantFrom<BuildStatus>('SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'));
    const jobs = fc.array(fc.record({ action, status }), { maxLength: 12 });
    fc.assert(
      fc.property(jobs, fc.boolean(), (all, isReleased) => {
        const services = all.map((job, index) => plannedService(`s${index}`, job.action));
        const outcomes = all.flatMap((job, index): BuildOutcome[] =>
          job.action === 'build' && job.status !== null ? [{ service: `s${index}`, status: job.status }] : [],
        );
        const { counts, totals } = reported({}, { plan: planOf(services), outcomes, isReleased });

        expect(counts.built + counts.retagged + counts.kept + counts.failed + counts.notDone).toBe(all.length);
        expect(counts.kept).toBe(totals.keep);
        expect(counts.built).toBe(outcomes.filter((job) => job.status === 'SUCCEEDED').length);
        expect(counts.retagged).toBe(isReleased ? totals.retag : 0);
      }),
    );
  });
});

describe('the metrics of a run', () => {
  const found = (name: string, action: ServiceAction, kind: 'candidate-exists' | 'released-before' | 'unchanged') =>
    plannedService(name, action, { reasons: [{ kind, text: kind }] });
  const plan: Plan = planOf([
    ...PLAN.services,
    found('rest', 'retag', 'candidate-exists'),
    found('docs', 'retag', 'unchanged'),
    found('cron', 'keep', 'released-before'),
  ]);
  const metrics = (auth: BuildStatus, parts: Partial<EndedRun> = {}) => {
    const outcomes: BuildOutcome[] = [
      { service: 'auth', status: auth },
      { service: 'etcd', status: 'SUCCEEDED' },
    ];
    return runMetrics(reported({}, { plan, outcomes, isReleased: true, ...parts }));
  };

  test('are the built, retagged and kept services, the found images, and the cost of the jobs', () => {
    const work = { CacheHits: 2, BuildMinutes: 20, BuildDollars: 0.2 };

    expect(metrics('SUCCEEDED')).toEqual({ Built: 2, Retagged: 2, Kept: 1, ...work });
    expect(metrics('FAILED', { isReleased: false })).toEqual({ Built: 1, Retagged: 0, Kept: 1, ...work });
  });

  test('are zeros for a run that failed before it had a plan, and none for a dry run', () => {
    const failed = runMetrics(reported({ error: { Error: 'InvalidInput' } }, { plan: undefined }));

    expect(Object.values(failed ?? { none: 1 })).toEqual([0, 0, 0, 0, 0, 0]);
    expect(metrics('SUCCEEDED', { plan: { ...plan, dryRun: true } })).toBeUndefined();
  });

  test('are one line in CloudWatch’s embedded format', () => {
    expect(metricLine('Pipeline', { Built: 3, BuildDollars: 0.3 }, 1_760_000_000_000, { run: 'run-1' })).toEqual({
      message: 'metrics',
      run: 'run-1',
      StateMachine: 'Pipeline',
      Built: 3,
      BuildDollars: 0.3,
      _aws: {
        Timestamp: 1_760_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'ImagePipeline',
            Dimensions: [['StateMachine']],
            Metrics: [
              { Name: 'Built', Unit: 'Count' },
              { Name: 'BuildDollars', Unit: 'None' },
            ],
          },
        ],
      },
    });
  });

  test.each([
    ['arn:aws:states:eu-central-1:111122223333:execution:Pipeline-x1:push-1', 'Pipeline-x1'],
    ['arn:aws-cn:states:cn-north-1:111122223333:stateMachine:Pipeline', 'Pipeline'],
    ['local:run-1', undefined],
    ['', undefined],
  ])('of %s belong to the state machine %s', (arn, name) => {
    expect(stateMachineName(arn)).toBe(name);
  });
});
