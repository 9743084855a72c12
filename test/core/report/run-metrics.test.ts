/** What a run adds to the metrics: what was really built, and what that cost. */
import type { NestedOutcomes } from '../../../core/contract/job';
import type { Plan, PlannedService, ReasonKind } from '../../../core/contract/plan';
import { runMetrics } from '../../../core/report/metrics';
import { runReport } from '../../../core/report/run-report';

function service(name: string, action: PlannedService['action'], kind: ReasonKind): PlannedService {
  return {
    name,
    action,
    minutes: 10,
    reasons: [{ kind, text: kind }],
    version: { kind: 'none' },
  } as unknown as PlannedService;
}

const PLAN = {
  action: 'release',
  dryRun: false,
  services: [
    service('auth', 'build', 'input-changed'),
    service('etcd', 'build', 'never-released'),
    service('rest', 'retag', 'candidate-exists'),
    service('docs', 'retag', 'unchanged'),
    service('cron', 'keep', 'released-before'),
  ],
  totals: { build: 2, retag: 2, keep: 1 },
} as unknown as Plan;
const OUTCOMES: NestedOutcomes = [
  [{ service: 'auth', status: 'SUCCEEDED' }],
  [[{ service: 'etcd', status: 'FAILED' }]],
];

function metrics(state: object, plan: Plan | undefined = PLAN) {
  return runMetrics(runReport({ run: 'run-1', seconds: 1, state, plan, region: 'us-east-1' }));
}

describe('the metrics of a run', () => {
  test('count what was built, what was found although its content was new, and the rest of the plan', () => {
    const builds = [
      { service: 'auth', status: 'SUCCEEDED' },
      { service: 'etcd', status: 'SUCCEEDED' },
    ];

    expect(metrics({ builds })).toEqual({
      Built: 2,
      Retagged: 2,
      Kept: 1,
      CacheHits: 2,
      BuildMinutes: 20,
      BuildDollars: 0.2,
    });
  });

  test('of one that failed count what was built, and the price of what was not, too', () => {
    expect(metrics({ builds: OUTCOMES, error: { Error: 'BuildsFailed' } })).toMatchObject({
      Built: 1,
      Retagged: 0,
      Kept: 0,
      BuildMinutes: 20,
      BuildDollars: 0.2,
    });
  });

  test('are nothing but zeros for one that failed before it had a plan', () => {
    const zeros = runMetrics(
      runReport({ run: 'r', seconds: 1, state: { error: { Error: 'InvalidInput' } }, plan: undefined, region: 'x' }),
    );
    expect(Object.values(zeros ?? { none: 1 })).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('are not there for a dry run', () => {
    expect(metrics({}, { ...PLAN, dryRun: true })).toBeUndefined();
  });
});
