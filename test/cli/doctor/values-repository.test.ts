/** The doctor on a deployment whose values files have a repository of their own, at another server. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';
import { createRepository } from '../../support/git/git-repository';
import { startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import {
  type FakeHooks,
  HOOKS_REPOSITORY,
  HOOKS_TOKEN,
  startFakeGitHubHooks,
} from '../../support/git-hosts/fake-hooks';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ValuesGit-e';

let world: DeployedAccount;
let values: FakeHooks;

beforeEach(async () => {
  [world, values] = await Promise.all([startDeployedAccount(), startFakeGitHubHooks()]);
});

afterEach(async () => {
  await Promise.all([world.stop(), values.stop()]);
});

/** Deploys, with the values repository of these settings. `outputs` are further ones of the stack. */
function deploy(git: object, outputs: Record<string, string> = { ValuesGitSecretArn: ARN }, branches = [{}]): void {
  world.deploy();
  world.git.addHook(WEBHOOK_URL);
  const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
  const rules = branches.map((rule) => ({ branch: 'develop', allow: ['build'], ...rule }));
  const valuesRepository = { git: { host: 'github', repository: HOOKS_REPOSITORY, ...git } };
  writeFileSync(world.files.settings, JSON.stringify({ ...settings, branches: rules, valuesRepository }));
  const stack = world.aws.stacks.get('ImagePipeline') ?? { status: 'CREATE_COMPLETE', outputs: {} };
  world.aws.stacks.set('ImagePipeline', { ...stack, outputs: { ...stack.outputs, ...outputs } });
}

const findingsOf = async () => {
  const { report, open } = await examineDeployment(world);
  return { open, find: (check: string) => report.findings.find((finding) => finding.check === check) };
};

test('checks secret and rights of both logins, and pushes only where runs commit', async () => {
  deploy({ apiUrl: values.apiUrl });
  world.aws.secrets.set(ARN, HOOKS_TOKEN);
  world.git.refusesPushes = true;

  const { find } = await findingsOf();

  expect(find('secret of the values repository')).toMatchObject({ state: 'ok', text: 'contains a token' });
  expect(find('git permissions')).toMatchObject({ state: 'ok' });
  expect(find('git permissions of the values repository')).toMatchObject({ state: 'ok' });
  expect(find('push to develop')).toBeUndefined();
  expect(find('push to main of the values repository')).toMatchObject({ state: 'ok' });
});

test('says beforehand that the push of a run would be refused there, and by which rule it would go', async () => {
  deploy({ apiUrl: values.apiUrl }, undefined, [{ pullRequest: {} }, { branch: 'main' }]);
  world.aws.secrets.set(ARN, HOOKS_TOKEN);
  values.refusesPushes = true;

  expect((await findingsOf()).find('push to main of the values repository')).toMatchObject({
    state: 'problem',
    fix: expect.stringMatching(/^set branches.1.pullRequest to \{\} in the settings/),
  });
});

test('names an empty secret, one that the stack does not have yet, and a branch that is missing', async () => {
  deploy({ apiUrl: values.apiUrl });
  expect((await findingsOf()).open).toContain(
    `problem secret of the values repository: aws secretsmanager put-secret-value --secret-id ${ARN} --secret-string file://token.txt`,
  );
  deploy({ apiUrl: values.apiUrl, reader: 'token' }, {});
  const { open } = await findingsOf();
  expect(open).toEqual(
    expect.arrayContaining([
      'problem secret of the values repository: npx cdk deploy',
      "problem secret of the values repository's reader: npx cdk deploy",
    ]),
  );

  const repository = createRepository();
  const github = await startFakeGitHub(repository);
  try {
    deploy({ repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl });
    world.aws.secrets.set(ARN, TOKEN);
    expect((await findingsOf()).find('values repository')).toMatchObject({ text: 'has no branch main' });
    repository.commit('main', { 'README.md': 'no values file' });
    expect((await findingsOf()).find('values repository')).toMatchObject({
      state: 'problem',
      text: 'branch main has no cloud-tuner-dev/values.yaml',
    });
    repository.commit('main', { 'cloud-tuner-dev/values.yaml': 'tag: v1\n' });
    expect((await findingsOf()).find('values repository')).toMatchObject({ state: 'ok' });
  } finally {
    await github.stop();
    repository.remove();
  }
});

test("a person's token of one server is not sent to the other", async () => {
  deploy({ apiUrl: values.apiUrl }, {});
  world.aws.stacks.delete('ImagePipeline');
  process.env.GITHUB_TOKEN = HOOKS_TOKEN;

  const { find } = await findingsOf();

  expect(find('git permissions')).toMatchObject({ state: 'ok' });
  expect(find('git permissions of the values repository')).toMatchObject({ state: 'later' });
  expect(values.exchanges).toEqual([]);
});
