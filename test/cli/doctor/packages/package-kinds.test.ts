/** The doctor on a catalog that publishes modules. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../../support/aws/deployed-account';
import { examineDeployment } from '../../../support/aws/examine-deployment';

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount();
  world.deploy();
  world.git.addHook(WEBHOOK_URL);
  const catalog = readFileSync(world.files.catalog, 'utf8');
  writeFileSync(world.files.catalog, `${catalog}modules: { ui: { path: ui, publish: { kind: npm } } }\n`);
});

afterEach(() => world.stop());

const deployKinds = (PackageKinds: string) => {
  const { outputs = {} } = world.aws.stacks.get('ImagePipeline') ?? {};
  world.aws.stacks.set('ImagePipeline', {
    status: 'CREATE_COMPLETE',
    outputs: { ...outputs, PackageDomain: 'x', PackageKinds },
  });
};

test('finds that a stack publishes no packages of the kind, before a run does', async () => {
  deployKinds('python');

  const { exitCode, report } = await examineDeployment(world);

  expect(exitCode).toBe(1);
  expect(report.findings.filter(({ state }) => state === 'problem')).toEqual([
    {
      check: 'package index',
      state: 'problem',
      text: 'the catalog publishes modules as packages of the kind npm, the deployed stack none of them',
      fix: 'npx cdk deploy',
    },
  ]);
});

test('finds nothing once it is deployed', async () => {
  deployKinds('python npm');

  expect((await examineDeployment(world)).open).toEqual([]);
});
