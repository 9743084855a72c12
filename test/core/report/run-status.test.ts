/** The commit status of a run: one line, the right state, and a link to the run. */
import fc from 'fast-check';
import type { PlanResult } from '../../../core/contract/plan';
import type { RunReport } from '../../../core/contract/report';
import { executionLink } from '../../../core/report/run-text';
import { finalStatus, plannedStatus } from '../../../core/report/status';
import { COMMIT, reportOf } from '../../support/pipeline/runs';

const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:ImagePipeline:develop-cccc';

const end = (parts: Partial<RunReport>) => finalStatus(reportOf(parts), ARN, '# summary');

describe('the status at the start of a run', () => {
  const plan = {
    run: 'run-1',
    action: 'promote',
    platformVersion: 'v1.4.0',
    environment: 'production',
    startedBy: 'alice',
    commit: COMMIT,
    proceed: true,
    totals: { build: 3, retag: 70, keep: 9 },
  } as PlanResult;

  test('has the planned actions, and links to the run', () => {
    expect(plannedStatus(plan, ARN)).toEqual({
      commit: COMMIT,
      run: 'run-1',
      state: 'pending',
      description: 'promote v1.4.0 to production by alice: building 3, retagging 70, keeping 9',
      url: expect.stringContaining(ARN),
    });
  });

  test('is left out if nothing will be written', () => {
    expect(plannedStatus({ ...plan, proceed: false }, ARN)).toBeUndefined();
  });
});

describe('the status at the end of a run', () => {
  test.each<[string, Partial<RunReport>, string, string]>([
    ['success', {}, 'success', 'built 3, retagged 70, kept 9, failed 0, not done 0 in 12 min'],
    [
      'a run without a catalog',
      { note: 'this commit has no catalog: nothing to do', result: 'this commit has no catalog: nothing to do' },
      'success',
      'this commit has no catalog: nothing to do',
    ],
    ['a short run', { seconds: 41.2 }, 'success', 'built 3, retagged 70, kept 9, failed 0, not done 0 in 42 s'],
    [
      'failed builds',
      {
        status: 'FAILED',
        result: 'built 1, retagged 0',
        error: { name: 'BuildsFailed', message: 'long' },
        failed: [
          { service: 'auth', status: 'FAILED' },
          { service: 'restapi', status: 'TIMED_OUT' },
        ],
      },
      'failure',
      'built 1, retagged 0 in 12 min: auth, restapi',
    ],
    [
      'a catalog that is wrong',
      {
        status: 'FAILED',
        result: 'nothing was planned',
        error: { name: 'InvalidCatalog', message: 'pipeline.yaml\nline 3' },
      },
      'failure',
      'nothing was planned in 12 min: InvalidCatalog: pipeline.yaml line 3',
    ],
    [
      'a registry that is down',
      { status: 'FAILED', result: 'built 3, retagged 0', error: { name: 'RegistryError', message: 'no answer' } },
      'error',
      'built 3, retagged 0 in 12 min: RegistryError: no answer',
    ],
  ])('tells %s', (_, changes, state, description) => {
    expect(end(changes)).toEqual({
      commit: COMMIT,
      run: 'run-1',
      state,
      description: `release v1.4.0: ${description}`,
      url: expect.stringContaining(ARN),
      summary: '# summary',
    });
  });

  test('is left out if the commit is not known, and for a dry run, however that ended', () => {
    const { source: _, ...early } = reportOf({ status: 'FAILED' });

    expect(finalStatus(early, ARN, '')).toBeUndefined();
    expect(end({ status: 'PLANNED', dryRun: true })).toBeUndefined();
    expect(end({ status: 'FAILED', dryRun: true })).toBeUndefined();
  });

  test('is one line of at most 140 characters for any error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.array(fc.string(), { maxLength: 60 }),
        (message, names) => {
          const failed = names.map((service) => ({ service, status: 'FAILED' as const }));
          const { description = '' } = end({ status: 'FAILED', error: { name: 'Error', message }, failed }) ?? {};
          expect(description.length).toBeLessThanOrEqual(140);
          expect(description).toMatch(/^[^\n\r]+$/);
        },
      ),
    );
  });
});

describe('the link to a run', () => {
  test.each([
    [ARN, `https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/${ARN}`],
    [
      'arn:aws-cn:states:cn-north-1:111122223333:execution:P:r',
      'https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/arn:aws-cn:states:cn-north-1:111122223333:execution:P:r',
    ],
    ['local:run-1', undefined],
    ['arn:aws:states:eu-central-1:111122223333:execution:P:r#x', undefined],
  ])('of %s', (arn, link) => {
    expect(executionLink(arn)).toBe(link);
  });
});
