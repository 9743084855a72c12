/** The doctor on a deployment and on a home whose builds use secrets. */
import { readFileSync, writeFileSync } from 'node:fs';
import { readLocalSettings, writeLocalSettings } from '../../../../local/runtime/home';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../../support/aws/deployed-account';
import { examineDeployment } from '../../../support/aws/examine-deployment';
import { makeSmallPipeline, runCommand } from '../../../support/pipeline/small-pipeline';

const ARN = 'arn:aws:secretsmanager:us-west-2:111122223333:secret:npm-a1b2c3';

describe('a deployment', () => {
  let world: DeployedAccount;
  beforeEach(async () => {
    world = await startDeployedAccount();
    world.deploy();
    world.git.addHook(WEBHOOK_URL);
    const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
    writeFileSync(world.files.settings, JSON.stringify({ ...settings, buildSecrets: { npm: ARN } }));
  });
  afterEach(() => world.stop());

  test('with the secret is fine; it is read in its own region, and not shown', async () => {
    world.aws.secrets.set(ARN, 'top-secret');
    const { report, open } = await examineDeployment(world);

    expect(open).toEqual([]);
    expect(report.findings).toContainEqual({ check: 'secrets of builds', state: 'ok', text: 'npm has a value' });
    expect(JSON.stringify(report)).not.toContain('top-secret');
    const reads = world.aws.calls.filter(({ input }) => input.SecretId === ARN);
    expect(reads.map(({ operation, region }) => `${operation} ${region}`)).toEqual(['GetSecretValue us-west-2']);
  });

  test('without it is told with the command', async () => {
    const { open, exitCode } = await examineDeployment(world);

    expect(exitCode).toBe(1);
    const fix = `aws secretsmanager put-secret-value --secret-id ${ARN} --region us-west-2 --secret-string file://FILE`;
    expect(open).toEqual([`problem secrets of builds: ${fix}`]);
  });
});

test('a home without the variable of a secret is told with the command', async () => {
  const pipeline = await makeSmallPipeline();
  try {
    const { settings } = await readLocalSettings(pipeline.home);
    const { environments: _all, ...rest } = settings;
    const named = { ...rest, valuesFile: 'chart/values.yaml', buildSecrets: { npm: 'env:NO_SUCH' } };
    await writeLocalSettings(pipeline.home, named, true);
    const { exitCode, stdout } = await runCommand('doctor', '--home', pipeline.home, '--json');

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).findings).toContainEqual({
      check: 'secrets of builds',
      state: 'problem',
      text: 'npm is missing: the environment variable NO_SUCH is not set',
      fix: 'export NO_SUCH=VALUE',
    });
  } finally {
    await pipeline.remove();
  }
});
