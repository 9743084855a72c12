/** Estimates by what builds of a deployed stack really took. */
import type { EstimateReport } from '../../../cli/commands/estimate';
import { type DeployedAccount, startDeployedAccount } from '../../support/aws/deployed-account';
import { makeSmallPipeline, runCommand } from '../../support/pipeline/small-pipeline';

let world: DeployedAccount;

beforeEach(async () => {
  world = await startDeployedAccount();
  world.aws.builds = [
    build('builder:5', 'auth', 'SUCCEEDED', 170),
    build('builder:4', 'auth', 'SUCCEEDED', 190),
    build('builder:3', 'auth', 'FAILED', 9000),
    build('builder:2', 'auth', 'SUCCEEDED', 61),
    build('builder:1', undefined, 'SUCCEEDED', 9000),
  ];
});

afterEach(() => world.stop());

function build(id: string, service: string | undefined, buildStatus: string, seconds: number) {
  const environmentVariables = service === undefined ? [] : [{ name: 'SERVICE', value: service, type: 'PLAINTEXT' }];
  return {
    id,
    buildStatus,
    endTime: 1_795_000_000 + Number(id.slice(-1)),
    environment: { type: 'LINUX_CONTAINER', image: 'x', computeType: 'BUILD_GENERAL1_MEDIUM', environmentVariables },
    phases: [
      { phaseType: 'SUBMITTED', durationInSeconds: 0 },
      { phaseType: 'QUEUED', durationInSeconds: 4000 },
      { phaseType: 'PROVISIONING', durationInSeconds: 10 },
      { phaseType: 'BUILD', durationInSeconds: seconds - 10 },
    ],
  };
}

const estimate = (...args: string[]) => runCommand('estimate', '--catalog', world.files.catalog, '--json', ...args);

describe('--recorded', () => {
  test('uses the median of successful builds, without their time in the queue', async () => {
    const { stdout } = await estimate('--recorded', 'ImagePipeline', '--region', 'eu-west-1');
    const { scenarios }: EstimateReport = JSON.parse(stdout);

    // auth 3 (of 61, 170 and 190 seconds), restapi 10 as the catalog has it.
    expect(scenarios[0]).toMatchObject({ name: 'all services', sequential: 13, byNeeds: 10, cost: 0.13 });
  });

  test('reads only the projects of the stack, page by page, in the region', async () => {
    await estimate('--recorded', 'ImagePipeline', '--region', 'eu-west-1');

    const asked = world.aws.calls.map(({ operation, region, input }) => [operation, region, input]);
    const list = (token: object) => ({ projectName: 'builder', sortOrder: 'DESCENDING', ...token });
    expect(asked).toEqual([
      ['ListStackResources', 'eu-west-1', { StackName: 'ImagePipeline' }],
      ['ListBuildsForProject', 'eu-west-1', list({})],
      ['BatchGetBuilds', 'eu-west-1', { ids: ['builder:5', 'builder:4'] }],
      ['ListBuildsForProject', 'eu-west-1', list({ nextToken: '2' })],
      ['BatchGetBuilds', 'eu-west-1', { ids: ['builder:3', 'builder:2'] }],
      ['ListBuildsForProject', 'eu-west-1', list({ nextToken: '4' })],
      ['BatchGetBuilds', 'eu-west-1', { ids: ['builder:1'] }],
    ]);
  });

  test('works for plan, too', async () => {
    const pipeline = await makeSmallPipeline();
    const { stdout } = await runCommand(
      'plan',
      '--repo',
      pipeline.repository.path,
      '--json',
      '--recorded',
      'ImagePipeline',
    );

    // Four services, of which auth has recorded builds; the others take ten minutes each.
    expect(JSON.parse(stdout).estimate).toMatchObject({ minutes: 33, cost: 0.33 });
    pipeline.remove();
  });

  test('reports the fix if AWS refuses, and makes no request without the option', async () => {
    world.aws.denied.add('ListStackResources');
    const { exitCode, stderr } = await estimate('--recorded', 'ImagePipeline');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('the builds of ImagePipeline in us-east-1 cannot be read');
    expect((await estimate()).exitCode).toBe(0);
    expect(world.aws.calls).toHaveLength(1);
  });
});
