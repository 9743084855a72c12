import type { ReleasedService, ReleaseRecord } from '../../../core/contract/release';
import type { ValuesChange } from '../../../core/values/values-edit';
import { commitMessage } from '../../../core/version/commit-message';

const commit = '0123456789abcdef0123456789abcdef01234567';

function service(name: string, version: string): ReleasedService {
  return {
    name,
    image: name,
    version,
    digest: `sha256:${'a'.repeat(64)}`,
    inputDigest: '1'.repeat(40),
    source: commit,
    values: [`${name}.tag`],
    followsPlatform: false,
  };
}

function message(
  services: readonly ReleasedService[],
  rest: Partial<ReleaseRecord> = {},
  changes: readonly ValuesChange[] = [],
): string {
  const run = { schema: 1, run: 'run-1', action: 'push', commit, ref: 'develop', environment: 'default' } as const;
  return commitMessage({ ...run, services, ...rest }, changes);
}

const subjectOf = (text: string) => text.split('\n')[0];

test('a release is named by its version', () => {
  const text = message([service('restapi', 'v1.4.0'), service('auth', 'v1.4.0')], {
    action: 'release',
    platformVersion: 'v1.4.0',
  });
  expect(text).toBe(
    [
      'release v1.4.0: 2 services',
      '',
      '- auth v1.4.0 (sha256:aaaaaaaaaaaa)',
      '- restapi v1.4.0 (sha256:aaaaaaaaaaaa)',
      '',
      'Run-Id: run-1',
      `Source: ${commit}`,
      '',
    ].join('\n'),
  );
});

test.each<[string, ReleaseRecord['action'], ReleasedService[]]>([
  ['dev: restapi v1.4.0-dev-2', 'push', [service('restapi', 'v1.4.0-dev-2')]],
  [
    'dev: auth v1.4.0-dev, restapi v1.4.0-dev-2',
    'push',
    [service('restapi', 'v1.4.0-dev-2'), service('auth', 'v1.4.0-dev')],
  ],
  ['build: restapi v1.4.0-hotfix-1', 'build', [service('restapi', 'v1.4.0-hotfix-1')]],
])('%s', (expected, action, services) => expect(subjectOf(message(services, { action }))).toBe(expected));

test('a subject of many services names the first, counts all, and has at most 72 characters', () => {
  const services = ['restapi', 'diworker', 'bumiworker', 'insider_api', 'power_schedule'].map((name) =>
    service(name, 'v1.4.0-dev'),
  );
  expect(subjectOf(message(services))).toBe('dev: bumiworker v1.4.0-dev, diworker v1.4.0-dev, ... (5 services)');
  expect(subjectOf(message([service('x'.repeat(80), 'v1.4.0-dev'), service('y', 'v1.4.0-dev')]))).toBe(
    'dev: 2 services',
  );
});

test('a rollback names what it restores: one service by its name, several by their number', () => {
  const rollback = { action: 'rollback', rollbackTo: 'v1.3.0' } as const;
  expect(subjectOf(message([service('auth', 'v1.3.0')], rollback))).toBe('rollback to v1.3.0: auth');
  const two = [service('auth', 'v1.3.0'), service('etcd', 'v1.3.0')];
  expect(subjectOf(message(two, rollback))).toBe('rollback to v1.3.0: 2 services');
});

test('a release of one service counts it in the singular', () => {
  const release = { action: 'release', platformVersion: 'v1.4.0' } as const;
  expect(subjectOf(message([service('auth', 'v1.4.0')], release))).toBe('release v1.4.0: 1 service');
});

test('a subject may have 72 characters; one that has more is cut to 72', () => {
  const named = (letters: number) => subjectOf(message([service('x'.repeat(letters), 'v1.4.0-dev')]));
  const longest = `dev: ${'x'.repeat(56)} v1.4.0-dev`;
  expect(longest).toHaveLength(72);
  expect(named(56)).toBe(longest);
  expect(named(57)).toBe('dev: 1 service');

  const shortened = [service('a'.repeat(38), 'v1.4.0-dev'), service('b'.repeat(60), 'v1.4.0-dev')];
  expect(subjectOf(message(shortened))).toHaveLength(72);
  expect(subjectOf(message(shortened))).toMatch(/a v1\.4\.0-dev, \.\.\. \(2 services\)$/);

  const rollback = (letters: number) =>
    subjectOf(message([service('x'.repeat(letters), 'v1')], { action: 'rollback', rollbackTo: 'v1.3.0' }));
  expect(rollback(52)).toBe(`rollback to v1.3.0: ${'x'.repeat(52)}`);
  expect(rollback(53)).toBe(`rollback to v1.3.0: ${'x'.repeat(49)}...`);
});

test('what moves along or is pinned without being asked for is told', () => {
  const change = { before: 'v1.3.0', line: 3 };
  const text = message([service('restapi', 'v1.4.0')], { action: 'release', platformVersion: 'v1.4.0' }, [
    { ...change, path: 'chart.label', after: 'v1.4.0', how: 'along' },
    { ...change, path: 'mongo.tag', after: 'v1.3.0', how: 'pinned' },
    { ...change, path: 'restapi.tag', after: 'v1.4.0', how: 'follow' },
  ]);
  expect(text).toContain('Also follow the platform version:\n- chart.label v1.4.0\n\n');
  expect(text).toContain('released service is there:\n- mongo.tag v1.3.0\n\nRun-Id:');
});

describe('a subject says where to and who', () => {
  const startedBy = 'arn:aws:sts::123456789012:assumed-role/Developer/alice';
  const production = { environment: 'production', startedBy } as const;

  test.each<[string, Partial<ReleaseRecord>]>([
    ['release v1.4.0 to production by alice: 1 service', { action: 'release', platformVersion: 'v1.4.0' }],
    ['promote v1.4.0 to production by alice: 1 service', { action: 'promote', platformVersion: 'v1.4.0' }],
    ['rollback to v1.3.0 in production by alice: auth', { action: 'rollback', rollbackTo: 'v1.3.0' }],
    ['push to production by alice: auth v1.4.0', { action: 'push' }],
    ['build to production by alice: auth v1.4.0', { action: 'build' }],
  ])('%s', (expected, rest) => {
    expect(subjectOf(message([service('auth', 'v1.4.0')], { ...production, ...rest }))).toBe(expected);
  });

  test('but not the environment that the settings do not name', () => {
    const text = message([service('auth', 'v1.4.0')], { startedBy: 'git:bob' });
    expect(subjectOf(text)).toBe('push by bob: auth v1.4.0');
    expect(text).not.toContain('Environment:');
  });

  test('with a long name cut, which the trailer has whole', () => {
    const long = 'git:'.padEnd(60, 'x');
    const text = message([service('auth', 'v1.4.0')], { ...production, startedBy: long });
    expect(subjectOf(text)?.length).toBeLessThanOrEqual(72);
    expect(text).toContain(`\nStarted-By: ${long}\n`);
  });

  test('and the trailers name the approval', () => {
    const text = message([service('auth', 'v1.4.0')], { ...production, approval: { by: 'bob', comment: 'tested' } });
    expect(text.trimEnd().split('\n').slice(-5)).toEqual([
      `Source: ${commit}`,
      'Environment: production',
      `Started-By: ${startedBy}`,
      'Approved-By: bob',
      'Approval-Comment: tested',
    ]);
  });
});
