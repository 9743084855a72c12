/** Who asks the git host: the pipeline by its secret, or a person by the environment. */
import { generateKeyPairSync } from 'node:crypto';
import { systemClock } from '../../../adapters/clock';
import { HOOK_PERMISSIONS, ownLogin, pipelineLogin } from '../../../cli/doctor/git-login';
import { gitPermissions, gitTasks } from '../../../core/settings/git-login';
import { parseSettings } from '../../../core/settings/parse-settings';
import { startScriptedHost } from '../../support/http/scripted-host';

const settingsOf = (git: object, comment = false) =>
  parseSettings({
    git,
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
    pullRequests: { comment },
  });
const github = { host: 'github', repository: 'team/monorepo' };

describe('the login', () => {
  test('of a person comes from the variable of the git host', () => {
    const env = { GH_TOKEN: 'gh', GITLAB_TOKEN: 'gl', GITHUB_TOKEN: '' };

    expect(ownLogin(settingsOf(github), env)?.whose).toBe('GH_TOKEN');
    expect(ownLogin(settingsOf({ host: 'gitlab', repository: 'team/monorepo' }), env)?.whose).toBe('GITLAB_TOKEN');
    expect(ownLogin(settingsOf({ host: 'local', path: '/x' }), env)).toBeUndefined();
    expect(ownLogin(settingsOf(github), {})).toBeUndefined();
  });

  test('of the pipeline is its token', async () => {
    const login = pipelineLogin(
      settingsOf(github),
      { role: 'writer', value: 'the-token' },
      HOOK_PERMISSIONS,
      systemClock,
    );

    expect(await login.token()).toBe('the-token');
  });

  test('of an App is a token with the requested permissions only', async () => {
    const host = await startScriptedHost([
      [
        'POST /app/installations/2/access_tokens',
        { status: 201, body: { token: 'ghs_1', expires_at: '2027-01-01T00:00:00Z' } },
      ],
    ]);
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
    const settings = settingsOf({ ...github, apiUrl: host.url, app: { appId: 1, installationId: 2 } }, true);

    const secret = { role: 'writer', value: key.toString() } as const;
    const runs = pipelineLogin(settings, secret, gitPermissions(gitTasks(settings, 'writer'), 'app'), systemClock);
    const hooks = pipelineLogin(settings, secret, HOOK_PERMISSIONS, systemClock);

    expect([await runs.token(), await hooks.token()]).toEqual(['ghs_1', 'ghs_1']);
    expect(host.exchanges.map(({ body }) => JSON.parse(body).permissions)).toEqual([
      { contents: 'write', checks: 'write', pull_requests: 'write' },
      { repository_hooks: 'write' },
    ]);
    await host.stop();
  });
});
