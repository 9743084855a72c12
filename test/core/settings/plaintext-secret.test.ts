/** Plaintext secrets are found anywhere in the settings and never printed. */
import { findPlaintextSecrets } from '../../../core/settings/plaintext-secret';

describe('a secret in plain text', () => {
  test.each([
    ['a token of GitHub', `ghp_${'a1'.repeat(18)}`],
    ['a token of GitHub', `github_pat_${'a1'.repeat(30)}`],
    ['a token of GitLab', `glpat-${'a1'.repeat(10)}`],
    ['a token of Docker Hub', `dckr_pat_${'a1'.repeat(13)}`],
    ['an access key of AWS', `AKIA${'A1B2'.repeat(4)}`],
    ['a token of Slack', `xoxb-${'1'.repeat(12)}`],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nx'],
    ['a webhook address of Slack', 'https://hooks.slack.com/services/T0/B0/x'],
    ['a webhook address of Teams', 'https://x.webhook.office.com/webhookb2/y'],
    ['a webhook address of Teams', 'https://prod-1.westeurope.logic.azure.com:443/workflows/y?sig=z'],
    ['an address with a password', 'https://user:pass@git.example.com'],
  ])('is recognized as %s', (kind, secret) => {
    const [problem, ...others] = findPlaintextSecrets({ list: [{ any: secret }] });

    expect(others).toEqual([]);
    expect(problem?.path).toBe('list.0.any');
    expect(problem?.message).toContain(`is ${kind} in plain text`);
    expect(problem?.message).not.toContain(secret);
  });

  test('is found in linear time', () => {
    const colons = `http://${':'.repeat(500_000)}`;

    expect(findPlaintextSecrets({ any: colons })).toEqual([]);
    expect(findPlaintextSecrets({ any: `${colons}@host` })).toHaveLength(1);
  });

  test.each(['token', 'password', 'Secret', 'privateKey', 'api_key'])('is any value of the key %s', (name) => {
    expect(findPlaintextSecrets({ git: { [name]: 'hunter2' } })).toEqual([
      expect.objectContaining({ path: `git.${name}`, message: expect.not.stringContaining('hunter2') }),
    ]);
  });

  test('is never reported for valid settings', () => {
    const settings = {
      git: { host: 'github', repository: 'team/monorepo', apiUrl: 'https://api.github.com', app: { appId: 1 } },
      branches: [{ branch: 'feature/*', version: '{version}-{slug}' }],
      emails: ['team@example.com'],
      secret: '',
    };
    expect(findPlaintextSecrets(settings)).toEqual([]);
  });
});
