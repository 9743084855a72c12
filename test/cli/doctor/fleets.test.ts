/** The doctor on a deployment with reserved capacity. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DeployedAccount, startDeployedAccount, WEBHOOK_URL } from '../../support/aws/deployed-account';
import { examineDeployment } from '../../support/aws/examine-deployment';

const ARN = 'arn:aws:codebuild:eu-central-1:123456789012:fleet/images:0a1b2c3d';
const FLEET = {
  arn: ARN,
  status: { statusCode: 'ACTIVE' },
  computeType: 'BUILD_GENERAL1_MEDIUM',
  environmentType: 'LINUX_CONTAINER',
  baseCapacity: 4,
  overflowBehavior: 'QUEUE',
};

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount();
  world.deploy();
  world.git.addHook(WEBHOOK_URL);
});

afterEach(() => world.stop());

function set(more: object): void {
  const settings = JSON.parse(readFileSync(world.files.settings, 'utf8'));
  writeFileSync(world.files.settings, JSON.stringify({ ...settings, ...more }));
}

const asked = () => world.aws.calls.filter(({ operation }) => operation === 'BatchGetFleets').map(({ input }) => input);

test('finds no problem with a fleet that can build the images', async () => {
  set({ fleets: [{ arn: ARN, compute: 'medium' }], builders: 4 });
  world.aws.fleets = [FLEET];

  const { exitCode, report, open } = await examineDeployment(world);

  expect(open).toEqual([]);
  expect(exitCode).toBe(0);
  expect(report.findings).toContainEqual({
    check: 'fleet of medium x86_64 machines',
    state: 'ok',
    text: 'ACTIVE, at most 4 builds at a time; further ones wait',
  });
  expect(asked()).toEqual([{ names: [ARN] }]);
});

test('names a fleet that does not exist, before anything is built', async () => {
  set({ fleets: [{ arn: ARN, compute: 'medium' }] });

  const { exitCode, open } = await examineDeployment(world);

  expect(exitCode).toBe(1);
  expect(open).toEqual(['problem fleet of medium x86_64 machines: aws codebuild list-fleets --region eu-central-1']);
});

test('asks for no right that a deployment without fleets does not need', async () => {
  world.aws.denied.add('BatchGetFleets');

  expect((await examineDeployment(world)).open).toEqual([]);
  expect(asked()).toEqual([]);

  set({ fleets: [{ arn: ARN, compute: 'medium' }] });
  const { report } = await examineDeployment(world);
  expect(report.findings.find(({ check }) => check === 'fleets')).toMatchObject({
    state: 'problem',
    text: expect.stringContaining('not authorized to perform BatchGetFleets'),
  });
});

test('tells that the account runs fewer builds at a time than the setting builders', async () => {
  set({ builders: 60 });
  world.aws.quotas = world.aws.quotas.map((quota) => (quota.service === 'codebuild' ? { ...quota, value: 1 } : quota));

  expect((await examineDeployment(world)).open).toContainEqual(
    expect.stringMatching(
      /^problem setting builders: set builders to 1, or aws service-quotas request-.* --desired-value 2 /,
    ),
  );
});
