import type { EndRequest } from '../../../core/contract/report';
import { endStep } from '../../../lambdas/end/end';

const CAUSE = JSON.stringify({ errorType: 'BuildsFailed', errorMessage: '1 of 2 builds failed', trace: [] });

function request(changes: Partial<EndRequest> = {}): EndRequest {
  return { error: { Error: 'BuildsFailed', Cause: CAUSE }, failedIn: { redrives: 0 }, redrives: 0, ...changes };
}

describe('the end of a run that failed', () => {
  test('throws the run’s own error', () => {
    expect(() => endStep(request())).toThrow(
      expect.objectContaining({ name: 'BuildsFailed', message: '1 of 2 builds failed' }),
    );
  });

  test.each(['States.Timeout', 'Lambda.TooManyRequestsException', 'TypeError'])(
    'has no name that Step Functions would act upon (%s)',
    (name) => {
      expect(() => endStep(request({ error: { Error: name, Cause: 'late' } }))).toThrow(
        expect.objectContaining({ name: 'RunFailed', message: `${name}: late` }),
      );
    },
  );

  test('has the result of the run', () => {
    const failedIn = { redrives: 0, report: { result: 'built 1, retagged 0' } };

    expect(() => endStep(request({ failedIn }))).toThrow('1 of 2 builds failed\nThe run: built 1, retagged 0');
  });

  test('may have no cause', () => {
    expect(() => endStep(request({ error: { Error: 'CommitConflict' } }))).toThrow(
      expect.objectContaining({ name: 'CommitConflict', message: '' }),
    );
  });

  test('returns if the run was redriven', () => {
    expect(() => endStep(request({ redrives: 1 }))).not.toThrow();
  });

  test('throws again if the redriven run failed, too', () => {
    expect(() => endStep(request({ failedIn: { redrives: 1 }, redrives: 1 }))).toThrow('1 of 2');
    expect(() => endStep(request({ failedIn: { redrives: 1 }, redrives: 2 }))).not.toThrow();
  });
});
