import fc from 'fast-check';
import { InvalidInputError } from '../../../core/contract/errors';
import { executionName, parseExecutionInput } from '../../../core/webhook/execution-input';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

function problemsOf(value: unknown): string[] {
  try {
    parseExecutionInput(value);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  throw new Error('the input was accepted');
}

describe('a valid execution input', () => {
  test.each([
    { action: 'push', ref: 'refs/heads/develop', commit: COMMIT },
    { action: 'release', version: 'v1.4.0', ref: 'main' },
    { action: 'release', version: 'v1.4.0', from: 'v1.3.0', ref: 'main', strategy: 'minimal', dryRun: true },
    { action: 'build', services: ['restapi'], version: 'v1.4.0-hotfix-1', ref: 'hotfix/login' },
    { action: 'promote', services: ['diworker'], from: 'v1.4.0-dev-5', version: 'v1.4.0' },
    { action: 'promote', version: 'v1.4.0', environment: 'staging', ref: 'main' },
    { action: 'promote', from: 'v1.4.0', version: 'v1.4.0', environment: 'production', dryRun: true },
    { action: 'promote', run: 'push-1', environment: 'staging' },
    { action: 'rollback', run: 'push-1', reason: 'the health check fails', services: ['auth'] },
    { action: 'rollback', version: 'v1.3.0' },
    { action: 'rollback', version: 'v1.3.0', services: ['auth'], environment: 'staging', ref: 'main', dryRun: true },
  ])('$action is accepted unchanged', (input) => {
    expect(parseExecutionInput(input)).toEqual(input);
  });

  test('has names of up to 255 characters for a branch, 256 for a starter', () => {
    const input = { action: 'release', version: 'v1.4.0', ref: 'x'.repeat(255), startedBy: 'a'.repeat(256) };

    expect(parseExecutionInput(input)).toEqual(input);
  });

  test('keeps a branch whose name has the beginning of a ref within it', () => {
    const ref = 'x/refs/heads/main';

    expect(parseExecutionInput({ action: 'release', version: 'v1.4.0', ref })).toMatchObject({ ref });
    const push = { action: 'push', ref: `refs/heads/${ref}`, commit: COMMIT } as const;
    expect(executionName(push, 0)).toBe('push-x-refs-heads-main-01234567-19700101T000000000');
  });

  test('may name the branch by its full ref', () => {
    expect(parseExecutionInput({ action: 'release', version: 'v1.4.0', ref: 'refs/heads/main' })).toMatchObject({
      ref: 'main',
    });
  });
});

describe('an invalid execution input is refused', () => {
  test.each([
    [{ action: 'rollback' }, ['version']],
    [{ action: 'rollback', version: 'v1.3.0', run: 'push-1' }, ['run']],
    [{ action: 'rollback', version: 'v1.3.0', reason: 'why' }, ['reason']],
    [{ action: 'rollback', run: '../plan', reason: 'two\nlines' }, ['run', 'reason']],
    [{ action: 'promote', run: 'push-1', from: 'v1.3.0', version: 'v1.4.0' }, ['version', 'from', 'environment']],
    [{ action: 'promote', environment: 'staging' }, ['version']],
  ])('if it names a run and what a run rules out, or neither run nor version: %p', (value, paths) => {
    expect(problemsOf(value).map((problem) => problem.split(':')[0])).toEqual(paths);
  });

  test('with what to leave out beside a run, and what to name', () => {
    const promotion = { action: 'promote', run: 'push-1', from: 'v1.3.0', version: 'v1.4.0' };
    expect(problemsOf(promotion)).toEqual([
      'version: is "v1.4.0"; it must be left out beside run: every image keeps its version',
      'from: is "v1.3.0"; it must be left out beside run',
      'environment: is missing; it must be the environment to promote to, such as staging',
    ]);
    expect(problemsOf({ action: 'rollback', version: 'v1.3.0', run: 'push-1', reason: 'why' })).toEqual([
      'run: is "push-1"; it must be left out beside version; name one of them',
    ]);
    expect(problemsOf({ action: 'rollback', version: 'v1.3.0', reason: 'why' })).toEqual([
      'reason: is "why"; it must be left out without run',
    ]);
    expect(problemsOf({ action: 'rollback' })[0]).toMatch(/; or name the run to undo: "run"$/);
    expect(problemsOf({ action: 'release', version: 'v1'.repeat(60), ref: 'main' })[0]).toMatch(
      /^version: is "(v1){38}\.\.\.; it must be a version/,
    );
  });

  test('with all problems at once and a valid example', () => {
    const value = { action: 'release', version: 'latest', ref: '', strategy: 'fast', dryRun: 'yes', force: true };

    const problems = problemsOf(value);

    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'dryRun',
      'force',
      'ref',
      'strategy',
      'version',
    ]);
    expect(() => parseExecutionInput(value)).toThrow(/A valid input: \{ "action": "release", "version": "v1\.4\.0"/);
    expect(() => parseExecutionInput(value)).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
  });

  test.each([undefined, null, 7, 'release', [], [{ action: 'push' }]])('if it is not an object: %p', (value) => {
    expect(problemsOf(value)).toEqual(['input: must be a JSON object']);
  });

  test.each([
    ['no source version', { services: ['auth'] }, 'from: is missing; it must be the version that was tested'],
    ['the same source and target version', { from: 'v1.4.0' }, 'from: is "v1.4.0"; it must differ'],
    ['no services', { from: 'v1.3.0', services: [] }, 'services: is []; it must name at least one service'],
    ['an empty environment', { environment: '' }, 'environment: is ""; it must be the name of an environment'],
    ['a strategy', { from: 'v1.3.0', strategy: 'smart' }, 'strategy: is not a field of this action'],
  ])('if it is a promotion with %s', (_, part, expected) => {
    expect(problemsOf({ action: 'promote', version: 'v1.4.0', ...part }).join()).toContain(expected);
  });

  test('if it is a rollback to an invalid version', () => {
    expect(problemsOf({ action: 'rollback', version: 'the last one' }).join()).toContain('version: is "the last one"');
  });

  test.each([undefined, 'deploy', '__proto__', 3])('if its action is %p', (action) => {
    expect(problemsOf({ action })[0]).toMatch(
      /^action: is .*; must be one of push, release, build, promote, rollback$/,
    );
  });

  test.each([
    ['no commit', { ref: 'refs/heads/develop' }, 'commit: is missing'],
    ['a short commit', { ref: 'refs/heads/develop', commit: 'abc' }, 'commit: is "abc"; it must be the 40'],
    [
      'a branch name instead of a ref',
      { ref: 'develop', commit: COMMIT },
      'ref: is "develop"; it must be the full name',
    ],
    ['a tag', { ref: 'refs/tags/v1', commit: COMMIT }, 'ref: is "refs/tags/v1"'],
  ])('if it is a push with %s', (_, part, expected) => {
    expect(problemsOf({ action: 'push', ...part }).join()).toContain(expected);
  });

  test.each([
    'a b',
    'a..b',
    'a~1',
    'a^',
    'a:b',
    'a\\b',
    '@',
    'a.lock',
    '/a',
    'a/',
    'a@{1}',
    'x'.repeat(256),
    'a\u0007b',
    'a\u007fb',
    'a\u001fb',
  ])('if git does not allow its branch name: %p', (ref) => {
    expect(problemsOf({ action: 'release', version: 'v1.4.0', ref }).join()).toContain('ref: ');
  });

  test.each([
    ['no services', {}, 'services: is missing; it must be a list'],
    ['an empty list', { services: [] }, 'services: is []; it must name at least one service'],
    ['a service twice', { services: ['a', 'a'] }, 'services: is ["a","a"]; it names a service twice'],
    ['a number', { services: [1] }, 'services.0'],
  ])('if it is a build with %s', (_, part, expected) => {
    expect(problemsOf({ action: 'build', version: 'v1.4.0', ref: 'main', ...part }).join()).toContain(expected);
  });

  test('with at most 80 characters of each bad value', () => {
    const message = problemsOf({ action: 'release', version: 'v'.repeat(5000), ref: 'main' }).join();

    expect(message.length).toBeLessThan(250);
  });
});

test('any value is accepted or refused with InvalidInput', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        parseExecutionInput(value);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
      }
    }),
    { numRuns: 500 },
  );
});

describe('the name of a run', () => {
  test('contains the action, the version and the request time in milliseconds', () => {
    const at = Date.UTC(2026, 10, 23, 21, 5, 1, 42);

    expect(executionName({ action: 'release', version: 'v1.4.0', ref: 'main' }, at)).toBe(
      'release-v1-4-0-20261123T210501042',
    );
  });

  test('is valid for Step Functions, object keys and file names with any branch name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
        (ref, date) => {
          const name = executionName({ action: 'push', ref: `refs/heads/${ref}`, commit: COMMIT }, date.getTime());
          expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
        },
      ),
    );
  });
});
