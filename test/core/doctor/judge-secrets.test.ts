/** What the doctor says of secrets, without saying anything of what is in them. */
import {
  judgeChatSecret,
  judgeGitSecret,
  judgeRegistrySecret,
  judgeWebhookSecret,
} from '../../../core/doctor/judge-secrets';
import { parseSettings } from '../../../core/settings/parse-settings';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:Git-abc';

describe('secrets', () => {
  const base = {
    releases: { host: 'ecr', namespace: 'team' },
    candidates: { host: 'ecr', repository: 'candidates' },
  };
  const git = { host: 'github', repository: 'team/monorepo' } as const;
  const withToken = parseSettings({ ...base, git });
  const withApp = parseSettings({ ...base, git: { ...git, app: { appId: 1, installationId: 2 } } });
  const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAsecretkeymaterial\n-----END RSA PRIVATE KEY-----\n';

  test.each([
    ['a token', withToken, 'github_pat_1234', 'ok'],
    ['no value', withToken, undefined, 'problem'],
    ['a token with a line end', withToken, 'github_pat_1234\n', 'problem'],
    ['a sentence', withToken, 'put the token here', 'problem'],
    ['a private key without an App', withToken, pem, 'problem'],
    ['a private key', withApp, pem, 'ok'],
    ['a token in place of the key', withApp, 'github_pat_1234', 'problem'],
    ['half a key', withApp, pem.slice(0, 60), 'problem'],
  ])('of the git host: %s', (_, settings, value, state) => {
    const finding = judgeGitSecret(settings, { arn: ARN, value });

    expect(finding.state).toBe(state);
    if (state === 'problem') expect(finding.fix).toMatch(/^aws secretsmanager put-secret-value --secret-id arn:aws:/);
    if (value !== undefined) expect(JSON.stringify(finding)).not.toContain(value.trim());
  });

  test.each([
    ['a token', 'token', 'github_pat_1234', 'ok'],
    ['the key of its App', { appId: 3, installationId: 4 }, pem, 'ok'],
    ['a key without an App', 'token', pem, 'problem'],
    ['a token in place of the key', { appId: 3, installationId: 4 }, 'github_pat_1234', 'problem'],
  ] as const)('of the git reader: %s', (_, reader, value, state) => {
    const app = { appId: 1, installationId: 2 };
    const finding = judgeGitSecret(
      parseSettings({ ...base, git: { ...git, app, reader } }),
      { arn: ARN, value },
      'reader',
    );

    expect(finding).toMatchObject({ check: 'secret of the git reader', state });
    expect(JSON.stringify(finding)).not.toContain(value.trim());
  });

  test.each([
    ['w'.repeat(48), 'ok'],
    ['short', 'problem'],
    [`${'w'.repeat(48)}\n`, 'problem'],
    [undefined, 'problem'],
  ])('of the webhook: %j', (value, state) => {
    expect(judgeWebhookSecret({ arn: ARN, value }).state).toBe(state);
  });

  test('of the registry', () => {
    const value = '{"username":"team","password":"p4ssw0rd"}';
    const judged = (['found', 'other host', 'broken'] as const).map((pair) =>
      judgeRegistrySecret({ arn: ARN, value }, pair),
    );

    expect(judged.map(({ state }) => state)).toEqual(['ok', 'problem', 'problem']);
    expect(judgeRegistrySecret({ arn: ARN, value: undefined }, 'broken')).toMatchObject({ text: 'has no value yet' });
    expect(JSON.stringify(judged)).not.toContain('p4ssw0rd');
  });
});

describe('the secret of the chats', () => {
  test.each([
    ['{"slack":"https://hooks.slack.com/T0/s3cr3t"}', ['slack'], 'ok'],
    ['{"slack":"https://hooks.slack.com/T0/s3cr3t"}', ['slack', 'teams'], 'problem'],
    ['{"slack":"http://hooks.slack.com/T0/s3cr3t"}', ['slack'], 'problem'],
    ['https://hooks.slack.com/T0/s3cr3t', ['slack'], 'problem'],
    [undefined, ['slack'], 'problem'],
  ])('%j for %j is %s', (value, chats, state) => {
    const finding = judgeChatSecret(chats, { arn: ARN, value });

    expect(finding.state).toBe(state);
    expect(JSON.stringify(finding)).not.toContain('s3cr3t');
  });
});
