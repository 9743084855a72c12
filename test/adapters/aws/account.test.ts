/** The requests that the account adapter sends with the SDK, and its reading of the replies. */
import { createAwsAccount } from '../../../adapters/aws/account';
import { type FakeAwsAccount, startFakeAwsAccount } from '../../support/aws/fake-aws-account';

const REGION = 'eu-central-1';
let aws: FakeAwsAccount;
const before = { ...process.env };

beforeEach(async () => {
  aws = await startFakeAwsAccount();
  Object.assign(process.env, { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
});

afterEach(async () => {
  process.env = { ...before };
  await aws.stop();
});

const account = () => createAwsAccount(REGION);

describe('the account', () => {
  test('gets every request in the region of the deployment', async () => {
    aws.stacks.set('ImagePipeline', { status: 'CREATE_COMPLETE', outputs: { WebhookUrl: 'https://x/webhook' } });
    aws.secrets.set('arn:secret', 'value');
    await account().identity();
    await account().stack('ImagePipeline');
    await account().blobMounting();
    await account().pullThroughPrefixes();
    await account().quotas('ecr');
    await account().secret('arn:secret');
    await account().putSecret('arn:secret', 'another');

    expect(aws.calls.map(({ operation, region, input }) => [operation, region, input])).toEqual([
      ['GetCallerIdentity', REGION, {}],
      ['DescribeStacks', REGION, { StackName: 'ImagePipeline' }],
      ['GetAccountSetting', REGION, { name: 'BLOB_MOUNTING' }],
      ['DescribePullThroughCacheRules', REGION, {}],
      ['ListServiceQuotas', REGION, { ServiceCode: 'ecr' }],
      ['GetSecretValue', REGION, { SecretId: 'arn:secret' }],
      [
        'PutSecretValue',
        REGION,
        { SecretId: 'arn:secret', SecretString: 'another', ClientRequestToken: expect.any(String) },
      ],
    ]);
  });

  test('returns the account id and a stack with its outputs, or no stack', async () => {
    aws.stacks.set('ImagePipeline', { status: 'UPDATE_COMPLETE', outputs: { A: 'b', C: 'd' } });

    expect(await account().identity()).toBe('123456789012');
    expect(await account().stack('ImagePipeline')).toEqual({ status: 'UPDATE_COMPLETE', outputs: { A: 'b', C: 'd' } });
    expect(await account().stack('Other')).toBeUndefined();
  });

  test('lists all quotas of a service, page by page', async () => {
    const quota = (index: number) => ({
      service: 'codebuild' as const,
      code: `L-${index}`,
      name: `n${index}`,
      value: index,
    });
    aws.quotas = [quota(1), quota(2), quota(3), quota(4), quota(5), { ...quota(6), service: 'ecr' }];

    expect(await account().quotas('codebuild')).toEqual([quota(1), quota(2), quota(3), quota(4), quota(5)]);
    expect(aws.calls).toHaveLength(3);
  });

  test('returns how ECR scans repositories', async () => {
    const rule = {
      scanFrequency: 'CONTINUOUS_SCAN',
      repositoryFilters: [{ filter: 'shop/*', filterType: 'WILDCARD' }],
    };
    aws.scanning = { scanType: 'ENHANCED', rules: [rule] };

    expect(await account().scanning()).toEqual({ type: 'ENHANCED', rules: [rule] });
  });

  test('returns the fleets that exist, with the most machines that each can have', async () => {
    const fleet = { computeType: 'BUILD_GENERAL1_LARGE', environmentType: 'ARM_CONTAINER', baseCapacity: 3 };
    aws.fleets = [
      { arn: 'arn:a', ...fleet, status: { statusCode: 'ACTIVE' }, overflowBehavior: 'QUEUE' } as never,
      {
        arn: 'arn:b',
        ...fleet,
        status: { statusCode: 'CREATING' },
        overflowBehavior: 'ON_DEMAND',
        scalingConfiguration: { maxCapacity: 9 },
        vpcConfig: { vpcId: 'vpc-1' },
      } as never,
    ];
    const read = { computeType: 'BUILD_GENERAL1_LARGE', environmentType: 'ARM_CONTAINER' };

    expect(await account().fleets(['arn:a', 'arn:b', 'arn:c'])).toEqual([
      { arn: 'arn:a', ...read, status: 'ACTIVE', machines: 3, overflows: false, vpcId: undefined },
      { arn: 'arn:b', ...read, status: 'CREATING', machines: 9, overflows: true, vpcId: 'vpc-1' },
    ]);
  });

  test('returns the value of a secret, or undefined without one', async () => {
    expect(await account().secret('arn:none')).toBeUndefined();
    await account().putSecret('arn:none', 'text');
    expect(await account().secret('arn:none')).toBe('text');
  });

  test.each(['DescribeStacks', 'GetSecretValue', 'ListServiceQuotas'])(
    'throws AccessDenied if %s is not allowed',
    async (operation) => {
      aws.denied.add(operation);
      const calls = { DescribeStacks: () => account().stack('X'), GetSecretValue: () => account().secret('a') };
      const call = { ...calls, ListServiceQuotas: () => account().quotas('ecr') }[operation];

      await expect(call?.()).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
    },
  );
});
