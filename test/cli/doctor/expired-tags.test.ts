/** The checks of release repositories in ECR that need the account: unused development tags, and accounts that may pull. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createAwsAccount } from '../../../adapters/aws/account';
import { systemClock } from '../../../adapters/clock';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { checkExpiredTags } from '../../../cli/doctor/account';
import { parseSettings } from '../../../core/settings/parse-settings';
import { type DeployedAccount, startDeployedAccount } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';
import { createRepository } from '../../support/git/git-repository';
import { runCommand } from '../../support/pipeline/small-pipeline';

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount();
  world.aws.repositories = [
    { repositoryName: 'team/auth' },
    { repositoryName: 'other/auth' },
    { repositoryName: 'team/web' },
  ];
});

afterEach(() => world.stop());

const settings = () => ({
  ...JSON.parse(readFileSync(world.files.settings, 'utf8')),
  releases: { host: 'ecr', namespace: 'team' },
});

test('unused tags are listed with the commands that remove them, and nothing is removed', async () => {
  const repository = createRepository();
  repository.commit('develop', { 'dev.yaml': 'auth: { tag: v1.4.0-dev-2 }\n' });
  repository.commit('feature/x', { 'version-lock-prod.yaml': '  auth: { version: v1.4.0-dev-3 }\n' });
  const old = ['v1.4.0-dev-2', 'v1.4.0-dev-3', 'v1.4.0-dev-4', 'v1.4.0-dev-5'];
  const image = { imageTags: old, imagePushedAt: Date.now() / 1000 - 40 * 86_400 };
  world.aws.images.set('team/auth', [image]).set('other/auth', [image]);
  const environments = [
    { name: 'dev', values: 'dev.yaml' },
    { name: 'prod', values: 'prod.yaml' },
  ];

  const findings = await checkExpiredTags({
    account: createAwsAccount('eu-central-1'),
    settings: parseSettings({ ...settings(), environments }),
    region: 'eu-central-1',
    valuesGit: createLocalGitHost(repository.path),
    days: 30,
    clock: systemClock,
  });
  repository.remove();

  expect(findings.map(({ fix }) => fix)).toEqual([
    'aws ecr batch-delete-image --repository-name team/auth --image-ids imageTag=v1.4.0-dev-4 --region eu-central-1',
  ]);
  expect(new Set(world.aws.calls.map(({ operation }) => operation))).toEqual(
    new Set(['DescribeRepositories', 'DescribeImages']),
  );
});

test('repositories that the other accounts cannot pull from are reported with one command', async () => {
  world.deploy();
  const pullAccounts = ['111122223333'];
  writeFileSync(
    world.files.settings,
    JSON.stringify({ ...settings(), releases: { ...settings().releases, pullAccounts } }),
  );

  const { open } = await examineDeployment(world);

  expect(open).toContainEqual(
    expect.stringMatching(
      /^problem accounts that may pull: for repository in team\/auth team\/web; do aws ecr set-repository-policy /,
    ),
  );
});

test.each(['0', '-1', 'month', '1.5'])('--expired-tags %s is refused', async (days) => {
  const { exitCode, stderr } = await runCommand('doctor', '--expired-tags', days);

  expect(exitCode).toBe(2);
  expect(stderr).toContain('write a number of days');
});
