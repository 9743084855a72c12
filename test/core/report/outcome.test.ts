import { buildOutcome, failedBuilds, flattenOutcomes, isOutOfMemory, testEnd } from '../../../core/report/outcome';

const LOGS = 'https://logs.example/build';

function cause(build: object): string {
  return JSON.stringify({ Build: build });
}

describe('the outcome of a failed job', () => {
  test.each(['FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'])('%s has the words of CodeBuild', (status) => {
    const error = { Error: 'States.TaskFailed', Cause: cause({ BuildStatus: status, Logs: { DeepLink: LOGS } }) };

    expect(buildOutcome({ service: 'auth', error })).toEqual({
      service: 'auth',
      status,
      logs: LOGS,
      cause: 'States.TaskFailed',
    });
  });

  test('has the message of the failed phase', () => {
    const Phases = [
      { PhaseType: 'SUBMITTED', PhaseStatus: 'SUCCEEDED' },
      { PhaseType: 'BUILD', PhaseStatus: 'FAILED', Contexts: [{ Message: 'docker build: exit status 1' }] },
    ];
    const error = { Error: 'States.TaskFailed', Cause: cause({ BuildStatus: 'FAILED', Phases }) };

    expect(buildOutcome({ service: 'auth', error }).cause).toBe('docker build: exit status 1');
  });

  test.each([
    ['a cut cause', 'States.TaskFailed', '{"Build":{"BuildSta', 'FAILED'],
    ['plain text', 'CodeBuild.AccountLimitExceededException', 'Cannot have more than 1 builds in queue', 'FAULT'],
    ['a timeout of the state', 'States.Timeout', undefined, 'TIMED_OUT'],
    ['JSON that is no build', 'States.TaskFailed', '[1,2]', 'FAILED'],
    ['a build that says it succeeded', 'States.TaskFailed', cause({ BuildStatus: 'SUCCEEDED' }), 'FAILED'],
  ])('is never a success or a crash: %s', (_, name, text, status) => {
    const error = text === undefined ? { Error: name } : { Error: name, Cause: text };

    expect(buildOutcome({ service: 'auth', error })).toMatchObject({ service: 'auth', status });
  });

  test('is at most 300 characters of cause', () => {
    const error = { Error: 'States.TaskFailed', Cause: 'x'.repeat(40_000) };

    expect(buildOutcome({ service: 'auth', error }).cause).toHaveLength(300);
  });
});

describe('the error of a run whose builds failed', () => {
  const built = { service: 'a', status: 'SUCCEEDED' } as const;
  const broken = { service: 'z', status: 'FAILED', logs: LOGS, cause: 'exit 1' } as const;
  const stopped = { service: 'm', status: 'STOPPED' } as const;

  test('lists every failed job with its log link at any nesting', () => {
    const error = failedBuilds([[built], [[broken]], [], [[[stopped]]]]);

    expect(error?.name).toBe('BuildsFailed');
    expect(error?.message).toContain('1 of 3 builds failed; 1 stopped or not started; no version was given');
    expect(error?.message).toMatch(/m: STOPPED\n {2}z: FAILED: exit 1\n {4}log: https:\/\/logs\.example\/build/);
  });

  test('is none if all succeeded or there were none', () => {
    expect(failedBuilds([[built]])).toBeUndefined();
    expect(failedBuilds([])).toBeUndefined();
    expect(flattenOutcomes([[], [[]]])).toEqual([]);
  });
});

test.each([
  ['exit code 86: the tests failed', 'failed'],
  ['Error while executing command: set -e. Reason: exit status 86', 'failed'],
  ['exit code 1: no space left', 'notRun'],
  ['exit code 861: odd', 'notRun'],
])('a build that ended with "%s" has tests that are %s', (Message, end) => {
  const Cause = JSON.stringify({
    Build: { BuildStatus: 'FAILED', Phases: [{ PhaseStatus: 'FAILED', Contexts: [{ Message }] }] },
  });
  const outcome = buildOutcome({ service: 'auth', error: { Error: 'States.TaskFailed', Cause } });
  expect(testEnd('auth', [outcome])).toBe(end);
  expect(outcome.cause === 'the tests failed; the log has their output').toBe(end === 'failed');
});

test.each([
  ['exit code 137: the machine has too little memory for this build', true],
  ['Error while executing command: set -e. Reason: exit status 137', true],
  ['exit code 1: process did not complete successfully: exit code: 137', false],
  ['exit code 1370: odd', false],
])('a build that ended with "%s" had too little memory: %s', (Message, isShort) => {
  const Cause = JSON.stringify({
    Build: { BuildStatus: 'FAILED', Phases: [{ PhaseStatus: 'FAILED', Contexts: [{ Message }] }] },
  });
  const outcome = buildOutcome({ service: 'auth', error: { Error: 'States.TaskFailed', Cause } });
  expect(isOutOfMemory(outcome)).toBe(isShort);
  expect(outcome.cause?.includes('give the service a larger compute')).toBe(isShort);
});

test('tests are told as passed only of a build that succeeded with a builder that runs them', () => {
  const built = [{ service: 'auth', status: 'SUCCEEDED' }] as const;
  expect(testEnd('auth', built)).toBe('passed');
  expect(testEnd('auth', built, false)).toBe('notRun');
  expect(testEnd('other', built)).toBe('notRun');
});
