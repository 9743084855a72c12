/** The doctor where the settings name a second login of the git host, which must not be able to commit. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ARNS, startDeployedAccount, WEBHOOK_URL } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';
import { eachTest } from '../../support/each-test';
import { createAppKey } from '../../support/git-hosts/fake-github-app';
import { HOOKS_TOKEN } from '../../support/git-hosts/fake-hooks';

const world = eachTest(startDeployedAccount, (world) => world.stop());

const examine = () => examineDeployment(world);

describe('the doctor on a deployment with a reader', () => {
  const withReader = (reader: object | 'token', deployed = true) => {
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, git: { ...settings.git, reader } }));
    const { outputs, ...stack } = world.aws.stacks.get('ImagePipeline') ?? { status: 'CREATE_COMPLETE', outputs: {} };
    const more: Record<string, string> = deployed ? { GitReaderSecretArn: ARNS.reader } : {};
    world.aws.stacks.set('ImagePipeline', { ...stack, outputs: { ...outputs, ...more } });
  };

  test('reports a reader that can commit, with the token to create', async () => {
    withReader('token');
    world.aws.secrets.set(ARNS.reader, HOOKS_TOKEN);

    const { open, report } = await examine();

    expect(open).toEqual([
      'problem git permissions of the reader: make a token for team/monorepo with contents: read, statuses: write at https://github.com/settings/personal-access-tokens/new, and put it into the secret of the git reader',
    ]);
    expect(report.findings.find(({ check }) => check === 'git permissions of the reader')?.text).toMatch(
      /may do more than it should: contents: write$/,
    );
    expect(report.findings.find(({ check }) => check === 'git permissions')).toMatchObject({ state: 'ok' });
  });

  test('reports an empty secret, and one that the stack does not have yet', async () => {
    withReader('token');
    expect((await examine()).open).toEqual([
      `problem secret of the git reader: aws secretsmanager put-secret-value --secret-id ${ARNS.reader} --secret-string file://token.txt`,
      'later git permissions of the reader: ',
    ]);

    withReader('token', false);
    expect((await examine()).open).toContain('problem secret of the git reader: npx cdk deploy');
  });

  test.each([
    [201, ['problem git permissions of the reader: grant the App contents: read, checks: write and no more']],
    [422, []],
  ])('requests a token that its App should not get: %i', async (status, found) => {
    withReader({ appId: 3, installationId: 4 });
    world.aws.secrets.set(ARNS.reader, createAppKey().privateKey);
    world.git.replies.set('POST /app/installations/4/access_tokens', ({ body }) =>
      JSON.parse(body).permissions.contents === 'read'
        ? { status: 201, body: { token: HOOKS_TOKEN, expires_at: '2099-01-01T00:00:00Z' } }
        : { status, body: { token: HOOKS_TOKEN, expires_at: '2099-01-01T00:00:00Z', message: 'not granted' } },
    );
    // What a token was not made for, GitHub refuses, whatever its App was granted.
    const forbidden = { status: 403, body: { message: 'Resource not accessible by integration' } };
    world.git.replies.set('POST /repos/team/monorepo/git/refs', forbidden);
    world.git.replies.set('POST /repos/team/monorepo/check-runs', {
      status: 422,
      body: { message: 'No commit found' },
    });

    const { open } = await examine();

    const ofReader = open.filter((line) => line.includes('of the reader'));
    expect(ofReader.map((line) => line.split(', and accept')[0])).toEqual(found);
  });
});
