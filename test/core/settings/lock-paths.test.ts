import type { RecordedInput } from '../../../core/contract/run-input';
import { environmentNamed, lockPaths } from '../../../core/settings/environment';
import { parseSettings } from '../../../core/settings/parse-settings';
import { runBranch } from '../../../core/webhook/execution-input';
import { SMALLEST } from '../../support/settings/smallest';

const settings = parseSettings({
  ...SMALLEST,
  environments: [
    { name: 'dev', values: 'values.yaml' },
    { name: 'staging', values: 'values-staging.yaml' },
    { name: 'production', values: 'values-production.yaml' },
  ],
  branches: [
    { branch: 'main', allow: ['promote', 'rollback'], environment: 'production' },
    { branch: 'develop', allow: ['push', 'promote'], version: '{version}-dev' },
    { branch: 'release/*', allow: ['promote', 'rollback'], environment: 'staging' },
  ],
});

function places(input: RecordedInput, environment: string): string[] {
  const { branch } = runBranch(input, settings);
  const target = { branch, environment: environmentNamed(settings, environment) };
  return lockPaths(input, target, settings).map((place) => `${place.path} on ${place.branch}`);
}

describe('version locks are searched', () => {
  test.each<[string, RecordedInput, string, string[]]>([
    [
      'for a rollback, in its own environment',
      { action: 'rollback', version: 'v1.3.0' },
      'production',
      ['version-lock-production.yaml on main'],
    ],
    [
      'for a promotion with a branch, on that branch',
      { action: 'promote', from: 'v1.4.0-rc-1', version: 'v1.4.0' },
      'production',
      ['version-lock-production.yaml on main'],
    ],
    [
      'for a promotion to the second environment, in the first one on its home branch',
      { action: 'promote', version: 'v1.4.0-rc-1', environment: 'staging' },
      'staging',
      ['version-lock.yaml on develop', 'version-lock.yaml on main'],
    ],
    [
      'for a promotion after an environment with a pattern rule, on the branch of the run',
      { action: 'promote', version: 'v1.4.0', environment: 'production' },
      'production',
      ['version-lock-staging.yaml on main'],
    ],
    [
      'for a promotion to the first environment, in that environment',
      { action: 'promote', version: 'v1.4.0', environment: 'dev', ref: 'develop' },
      'dev',
      ['version-lock.yaml on develop'],
    ],
  ])('%s', (_, input, environment, expected) => {
    expect(places(input, environment)).toEqual(expected);
  });
});

describe('the branch of a run', () => {
  test('defaults to the first rule that allows the action and is not a pattern', () => {
    expect(runBranch({ action: 'rollback', version: 'v1.3.0' }, settings).branch).toBe('main');
    expect(runBranch({ action: 'rollback', version: 'v1.3.0', ref: 'release/1.4' }, settings).branch).toBe(
      'release/1.4',
    );
  });

  test('is refused if the rules do not allow the action there', () => {
    expect(() => runBranch({ action: 'rollback', version: 'v1.3.0', ref: 'develop' }, settings)).toThrow(
      "the branch rules do not allow rollback on 'develop'; it is allowed on: main, release/*",
    );
    const patterns = { ...settings, branches: settings.branches.slice(2) };
    expect(() => runBranch({ action: 'promote', from: 'v1.0.0', version: 'v1.1.0' }, patterns)).toThrow(
      /name a branch/,
    );
  });
});
