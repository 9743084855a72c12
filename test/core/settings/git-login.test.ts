/** The logins of the git host: the tasks and permissions of each. */
import { gitApp, gitPermissions, gitTasks, hasReader } from '../../../core/settings/git-login';
import { parseSettings } from '../../../core/settings/parse-settings';
import { SMALLEST } from '../../support/settings/smallest';

const APP = { appId: 1, installationId: 2 };
const OTHER = { appId: 3, installationId: 4 };
const settingsOf = (git: object, comment = true) =>
  parseSettings({ ...SMALLEST, git: { ...SMALLEST.git, ...git }, pullRequests: { comment } });

describe('permissions', () => {
  test('are minimal for each task', () => {
    expect(gitPermissions(['read'], 'app')).toEqual({ contents: 'read' });
    expect(gitPermissions(['commit'], 'app')).toEqual({ contents: 'write' });
    expect(gitPermissions(['comment'], 'app')).toEqual({ pull_requests: 'write' });
  });

  test('for announcing are checks with an App and statuses with a token', () => {
    expect(gitPermissions(['announce'], 'app')).toEqual({ checks: 'write' });
    expect(gitPermissions(['announce'], 'token')).toEqual({ statuses: 'write' });
  });

  test('to write include those to read, in any order of tasks', () => {
    expect(gitPermissions(['commit', 'read'], 'app')).toEqual({ contents: 'write' });
    expect(gitPermissions(['read', 'commit'], 'app')).toEqual({ contents: 'write' });
  });

  test('of every task but commit do not include writing contents', () => {
    expect(gitPermissions(gitTasks(settingsOf({ reader: 'token' }), 'reader'), 'token').contents).toBe('read');
  });
});

describe('the logins', () => {
  test('are one for all tasks unless the settings name a reader', () => {
    const settings = settingsOf({ app: APP });

    expect(hasReader(settings)).toBe(false);
    expect(gitTasks(settings, 'writer')).toEqual(['commit', 'read', 'announce', 'comment']);
    expect(gitApp(settings, 'reader')).toEqual(APP);
  });

  test('are two with a reader, and the other one only commits', () => {
    const settings = settingsOf({ app: APP, reader: OTHER }, false);

    expect(hasReader(settings)).toBe(true);
    expect(gitTasks(settings, 'writer')).toEqual(['commit']);
    expect(gitTasks(settings, 'reader')).toEqual(['read', 'announce']);
    expect([gitApp(settings, 'writer'), gitApp(settings, 'reader')]).toEqual([APP, OTHER]);
  });

  test('commit to a monorepo without values files only for tags: of releases, or of Go modules', () => {
    const values = { git: { host: 'github' as const, repository: 'team/values' } };
    const settings = { ...settingsOf({ reader: 'token' }), valuesRepository: values } as Parameters<typeof gitTasks>[0];

    expect(gitTasks(settings, 'writer')).toEqual([]);
    expect(gitTasks({ ...settings, releaseTag: { pattern: 'v{version}' } }, 'writer')).toEqual(['commit']);
    expect(gitTasks(settings, 'writer', true)).toEqual(['commit']);
    expect(gitTasks(settings, 'reader', true)).not.toContain('commit');
  });

  test('may be an App for commits and a token for reads', () => {
    expect(gitApp(settingsOf({ app: APP, reader: 'token' }), 'reader')).toBeUndefined();
  });
});
