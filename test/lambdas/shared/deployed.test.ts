/** The deployed functions request a GitHub App's tokens with the narrowest permissions, each when it is used. */
import { parseSettings } from '../../../core/settings/parse-settings';
import { deployedGit, deployedRepositories } from '../../../lambdas/shared/deployed';
import { type FakeAwsAccount, startFakeAwsAccount } from '../../support/aws/fake-aws-account';
import { createAppKey } from '../../support/git-hosts/fake-github-app';
import { type ScriptedHost, startScriptedHost } from '../../support/http/scripted-host';

const COMMIT = 'a'.repeat(40);
const TOKENS = (installation: number) => `POST /app/installations/${installation}/access_tokens`;

let aws: FakeAwsAccount;
let github: ScriptedHost;
let before: NodeJS.ProcessEnv;

beforeEach(async () => {
  before = { ...process.env };
  aws = await startFakeAwsAccount();
  const token = { status: 201, body: { token: 'ghs_1', expires_at: '2099-01-01T00:00:00Z' } };
  github = await startScriptedHost([
    [TOKENS(2), token],
    [TOKENS(4), token],
  ]);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
  });
  const { privateKey } = createAppKey();
  aws.secrets.set('writer', privateKey).set('reader', privateKey).set('token', 'github_pat_1');
});
afterEach(async () => {
  process.env = before;
  await Promise.all([aws.stop(), github.stop()]);
});

function settingsOf(git: object) {
  return parseSettings({
    git: { host: 'github', repository: 'team/monorepo', apiUrl: github.url, ...git },
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
    pullRequests: { comment: true },
  });
}

/** The tokens that were asked for, as installation and permissions. The host has nothing else, so that every use then fails. */
async function asked(use: () => Promise<unknown>): Promise<readonly (readonly [string, object])[]> {
  await use().catch(() => undefined);
  return github.exchanges
    .filter(({ path }) => path.endsWith('/access_tokens'))
    .map(({ path, body }) => [path.split('/')[3] ?? '', JSON.parse(body).permissions] as const);
}

describe('the deployed git host, with an App', () => {
  const app = { appId: 1, installationId: 2 };

  test('requests reading contents for steps that do not commit', async () => {
    const { git } = deployedGit(settingsOf({ app }), 'writer', 'reader');

    expect(await asked(() => git.isAncestor(COMMIT, COMMIT))).toEqual([['2', { contents: 'read' }]]);
  });

  test('requests writing contents for the commit step', async () => {
    const { git } = deployedGit(settingsOf({ app }), 'writer', 'writer');

    expect(await asked(() => git.head('main'))).toEqual([['2', { contents: 'write' }]]);
  });

  test('requests only statuses for steps that announce a run', async () => {
    const { statuses } = deployedGit(settingsOf({ app }), 'writer', 'reader');
    const status = { commit: COMMIT, run: 'main-1', state: 'pending', description: 'building 1' } as const;

    expect(await asked(() => statuses.setStatus(status))).toEqual([['2', { checks: 'write' }]]);
  });

  test('requests pull requests for the preview', async () => {
    const { comments } = deployedGit(settingsOf({ app }), 'writer', 'reader');
    const comment = { pull: 7, commit: COMMIT, marker: '<!-- m -->', body: 'x' };

    expect(await asked(() => comments.putComment(comment))).toEqual([['2', { pull_requests: 'write' }]]);
  });

  test('writes check runs with an App, and commit statuses with a token', async () => {
    const status = { commit: COMMIT, run: 'main-1', state: 'pending', description: 'building 1' } as const;
    await asked(() => deployedGit(settingsOf({ app }), 'writer', 'reader').statuses.setStatus(status));
    await asked(() => deployedGit(settingsOf({}), 'token', 'reader').statuses.setStatus(status));

    expect(
      github.exchanges.map(({ path }) => path.replace(/\?.*/, '')).filter((path) => path.startsWith('/repos')),
    ).toEqual([`/repos/team/monorepo/commits/${COMMIT}/check-runs`, `/repos/team/monorepo/statuses/${COMMIT}`]);
  });

  test('uses the second App if the settings name one for reading', async () => {
    const { git } = deployedGit(settingsOf({ app, reader: { appId: 3, installationId: 4 } }), 'reader', 'reader');

    expect(await asked(() => git.isAncestor(COMMIT, COMMIT))).toEqual([['4', { contents: 'read' }]]);
  });

  test('uses the token if the settings name one for reading', async () => {
    const { git } = deployedGit(settingsOf({ app, reader: 'token' }), 'token', 'reader');

    expect(await asked(() => git.isAncestor(COMMIT, COMMIT))).toEqual([]);
    expect(github.exchanges.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/repos\/team\/monorepo\/compare/),
    ]);
    expect(aws.calls.map(({ input }) => input.SecretId)).toEqual(['token']);
  });
});

describe('the deployed repositories', () => {
  const withValues = (git: object, valuesGit: object) => {
    const { repository, apiUrl } = { repository: 'team/deployments', apiUrl: github.url };
    return parseSettings({
      git: { host: 'github', repository: 'team/monorepo', apiUrl, ...git },
      valuesRepository: { git: { host: 'github', repository, apiUrl, ...valuesGit } },
      branches: [{ branch: 'main', allow: ['release'] }],
      releases: { host: 'ecr', namespace: 'team' },
      candidates: { host: 'ecr', repository: 'candidates' },
    });
  };
  const env = { GIT_SECRET_ARN: 'reader', VALUES_GIT_SECRET_ARN: 'writer' };

  test('have a login each: that of the commit step may write to the values repository, and reads the monorepo', async () => {
    const settings = withValues({ app: { appId: 3, installationId: 4 } }, { app: { appId: 1, installationId: 2 } });
    const { source, values } = deployedRepositories(settings, env, { git: 'reader', valuesGit: 'writer' });

    await asked(() => values.git.isAncestor(COMMIT, COMMIT));
    expect(await asked(() => source.git.isAncestor(COMMIT, COMMIT))).toEqual([
      ['2', { contents: 'write' }],
      ['4', { contents: 'read' }],
    ]);
  });

  test('are one with the stronger login if the monorepo has the values files', () => {
    const { source, values } = deployedRepositories(settingsOf({}), env, { git: 'reader', valuesGit: 'writer' });

    expect(values).toBe(source);
  });

  test('are refused without the secret of the values repository, unless its login is a role', () => {
    const roles = { git: 'reader', valuesGit: 'reader' } as const;
    const without = { GIT_SECRET_ARN: 'reader' };
    const apiUrl = 'https://git-codecommit.eu-central-1.amazonaws.com';
    const codecommit = withValues({}, { host: 'codecommit', repository: 'live', apiUrl });

    expect(() => deployedRepositories(withValues({}, {}), without, roles)).toThrow(
      'VALUES_GIT_SECRET_ARN; deploy the stack again',
    );
    expect(deployedRepositories(codecommit, without, roles).values).toHaveProperty('git');
  });
});
