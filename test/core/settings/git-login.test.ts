/** The logins of the git host: what each is used for, and who it is. */
import { gitApp, gitPermissions, gitTasks } from '../../../core/settings/git-login';
import { parseSettings } from '../../../core/settings/parse-settings';
import { hasReader } from '../../../core/settings/schema';

const APP = { appId: 1, installationId: 2 };
const OTHER = { appId: 3, installationId: 4 };
const settingsOf = (git: object, comment = true) =>
  parseSettings({
    git: { host: 'github', repository: 'team/monorepo', ...git },
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
    pullRequests: { comment },
  });

describe('permissions', () => {
  test('are the narrowest for each task', () => {
    expect(gitPermissions(['read'], 'app')).toEqual({ contents: 'read' });
    expect(gitPermissions(['commit'], 'app')).toEqual({ contents: 'write' });
    expect(gitPermissions(['comment'], 'app')).toEqual({ pull_requests: 'write' });
  });

  test('to announce are checks for an App, and statuses for a token, which can write no check runs', () => {
    expect(gitPermissions(['announce'], 'app')).toEqual({ checks: 'write' });
    expect(gitPermissions(['announce'], 'token')).toEqual({ statuses: 'write' });
  });

  test('to write include to read, in whichever order they are asked for', () => {
    expect(gitPermissions(['commit', 'read'], 'app')).toEqual({ contents: 'write' });
    expect(gitPermissions(['read', 'commit'], 'app')).toEqual({ contents: 'write' });
  });

  test('of all tasks but to commit write no contents', () => {
    expect(gitPermissions(gitTasks(settingsOf({ reader: 'token' }), 'reader'), 'token').contents).toBe('read');
  });
});

describe('the logins', () => {
  test('are one, for all tasks, unless the settings name a reader', () => {
    const settings = settingsOf({ app: APP });

    expect(hasReader(settings)).toBe(false);
    expect(gitTasks(settings, 'writer')).toEqual(['commit', 'read', 'announce', 'comment']);
    expect(gitApp(settings, 'reader')).toEqual(APP);
  });

  test('are two with a reader, of which one commits and does nothing else', () => {
    const settings = settingsOf({ app: APP, reader: OTHER }, false);

    expect(hasReader(settings)).toBe(true);
    expect(gitTasks(settings, 'writer')).toEqual(['commit']);
    expect(gitTasks(settings, 'reader')).toEqual(['read', 'announce']);
    expect([gitApp(settings, 'writer'), gitApp(settings, 'reader')]).toEqual([APP, OTHER]);
  });

  test('may be an App that commits and a token that reads', () => {
    expect(gitApp(settingsOf({ app: APP, reader: 'token' }), 'reader')).toBeUndefined();
  });
});
