/** What a git host is told about a run: one line, the right state, and the way to the run. */
import fc from 'fast-check';
import type { PlanResult } from '../../../core/contract/plan';
import type { RunReport } from '../../../core/contract/report';
import { executionLink, finalStatus, plannedStatus } from '../../../core/report/status';

const COMMIT = 'c'.repeat(40);
const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:ImagePipeline:develop-cccc';

function report(changes: Partial<RunReport> = {}): RunReport {
  return {
    schema: 1,
    run: 'run-1',
    status: 'SUCCEEDED',
    action: 'push',
    source: COMMIT,
    totals: { build: 3, retag: 70, keep: 0 },
    work: { built: 3, cacheHits: 0, minutes: 24, cost: 0.24 },
    failed: [],
    superseded: [],
    commit: 'e'.repeat(40),
    seconds: 725,
    ...changes,
  };
}

const end = (changes: Partial<RunReport>, state: unknown = {}) =>
  finalStatus({ report: report(changes), state, execution: ARN, summary: '# summary' });

describe('the status at the start of a run', () => {
  const plan = { run: 'run-1', commit: COMMIT, proceed: true, totals: { build: 3, retag: 70, keep: 9 } } as PlanResult;

  test('says what will be done, and leads to the run', () => {
    expect(plannedStatus(plan, ARN)).toEqual({
      commit: COMMIT,
      run: 'run-1',
      state: 'pending',
      description: 'building 3, retagging 70, keeping 9',
      url: expect.stringContaining(ARN),
    });
  });

  test('is left out if nothing will be written', () => {
    expect(plannedStatus({ ...plan, proceed: false }, ARN)).toBeUndefined();
  });
});

describe('the status at the end of a run', () => {
  test.each<[string, Partial<RunReport>, string, string]>([
    ['success', {}, 'success', 'built 3, retagged 70, kept 0 in 12 min'],
    [
      'a run with nothing to do that no service tells of',
      { note: 'this commit has no catalog pipeline.yaml: nothing to do', totals: { build: 0, retag: 0, keep: 0 } },
      'success',
      'this commit has no catalog pipeline.yaml: nothing to do',
    ],
    ['a short run', { seconds: 41.2 }, 'success', 'built 3, retagged 70, kept 0 in 42 s'],
    [
      'nothing to do',
      { totals: { build: 0, retag: 0, keep: 82 }, seconds: 5 },
      'success',
      'nothing to build: kept 82 in 5 s',
    ],
    [
      'failed builds',
      {
        status: 'FAILED',
        error: { name: 'BuildsFailed', message: 'long' },
        failed: [
          { service: 'auth', status: 'FAILED' },
          { service: 'restapi', status: 'TIMED_OUT' },
        ],
      },
      'failure',
      '2 of 3 builds failed in 12 min: auth, restapi',
    ],
    [
      'a catalog that is wrong',
      { status: 'FAILED', error: { name: 'InvalidCatalog', message: 'pipeline.yaml\nline 3' } },
      'failure',
      'InvalidCatalog: pipeline.yaml line 3',
    ],
    [
      'a registry that is down',
      { status: 'FAILED', error: { name: 'RegistryError', message: 'no answer' } },
      'error',
      'RegistryError: no answer',
    ],
  ])('tells %s', (_, changes, state, description) => {
    expect(end(changes)).toEqual({
      commit: COMMIT,
      run: 'run-1',
      state,
      description,
      url: expect.stringContaining(ARN),
      summary: '# summary',
    });
  });

  test('is written at the pushed commit if the run failed before it had a plan', () => {
    const { source: _, ...early } = report({ status: 'FAILED', error: { name: 'InvalidCatalog', message: 'x' } });
    const of = (input: unknown) => finalStatus({ report: early, state: { input }, execution: ARN, summary: '' });

    expect(of({ action: 'push', commit: 'a'.repeat(40) })?.commit).toBe('a'.repeat(40));
    for (const input of [{}, null, 'x', { commit: 7 }, { commit: '../../x' }, { commit: 'A'.repeat(40) }]) {
      expect(of(input)).toBeUndefined();
    }
  });

  test('is left out for a dry run, however that ended', () => {
    const failed = { status: 'FAILED', error: { name: 'RegistryError', message: 'x' } } as const;

    expect(end({ status: 'PLANNED' })).toBeUndefined();
    expect(end(failed, { dryRun: true })).toBeUndefined();
    expect(end(failed, { input: { dryRun: true } })).toBeUndefined();
  });

  test('is one line of at most 140 characters, whatever went wrong', () => {
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
