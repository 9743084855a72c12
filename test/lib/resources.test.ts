/**
 * The resources of the stack, for review. CloudFormation replaces a resource whose logical id, type or create-only property changes, and
 * nothing of a table, bucket or repository moves along. `npx jest test/lib/resources -u` accepts an intended change.
 */
import { type StackInput, synthesize } from './synthesized';

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Properties that CloudFormation can only set when it creates the resource (`createOnlyProperties` of the resource's schema). */
const CREATE_ONLY: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::GlobalTable': ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled', 'BucketNamePrefix'],
  'AWS::ECR::Repository': ['RepositoryName', 'EncryptionConfiguration'],
  'AWS::CodeArtifact::Domain': ['DomainName', 'EncryptionKey'],
  'AWS::CodeArtifact::Repository': ['RepositoryName', 'DomainName'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
  'AWS::CodeBuild::Project': ['Name'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
};

/** Types that keep what cannot be made again. */
const STATEFUL = [
  'DynamoDB::GlobalTable',
  'S3::Bucket',
  'ECR::Repository',
  'CodeArtifact::Domain',
  'CodeArtifact::Repository',
];

function isStateful(type: string): boolean {
  return STATEFUL.includes(type.replace('AWS::', ''));
}

function resources(input: StackInput): [string, Resource][] {
  return Object.entries((synthesize(input).toJSON() as { Resources: Record<string, Resource> }).Resources);
}

/** One line for each resource: logical id, type, what becomes of it, and its create-only properties. */
function lines(input: StackInput): string[] {
  return resources(input)
    .map(([id, { Type, DeletionPolicy = '', Properties = {} }]) => {
      const fixed = (CREATE_ONLY[Type] ?? []).filter((name) => Properties[name] !== undefined);
      const values = fixed.map((name) => `${name}=${JSON.stringify(Properties[name])}`);
      return [id, Type, DeletionPolicy, ...values].filter((part) => part !== '').join(' ');
    })
    .sort();
}

const everything: StackInput = {
  modules: [{ stage: 'tools' }],
  settings: {
    stopAtFirstFailure: true,
    git: { host: 'github', repository: 'example/monorepo', reader: 'token' },
    notices: { emails: ['team@example.com'], chats: ['slack'] },
  },
};

test('the resources of the stack are those that were reviewed', () => {
  expect(lines(everything)).toMatchSnapshot();
});

test('resources with data keep their identity for any settings and catalog', () => {
  const stateful = (input: StackInput) =>
    lines(input).filter((line) => isStateful(line.split(' ')[1] ?? '') && !line.includes('CodeArtifact'));
  const usual = stateful({});

  expect(usual).toHaveLength(3);
  expect(stateful(everything)).toEqual(usual);
  expect(
    stateful({ images: Array.from({ length: 300 }, (_, i) => `image${i}`), settings: { maxConcurrency: 60 } }),
  ).toEqual(usual);
  expect(stateful({ settings: { logDays: 7, stack: 'another' } })).toEqual(usual);
});

test('resources with data survive the removal of the stack', () => {
  const kept = resources(everything).filter(([, { Type }]) => isStateful(Type));

  expect(kept).toHaveLength(5);
  for (const [id, { DeletionPolicy }] of kept)
    expect([id, DeletionPolicy]).toEqual([id, expect.stringMatching(/^Retain/)]);
});

test('a resource with a fixed name is removed with a failed first deployment', () => {
  const named = resources(everything).filter(([, { Type, Properties = {} }]) =>
    (CREATE_ONLY[Type] ?? []).some((name) => name.endsWith('Name') && Properties[name] !== undefined),
  );

  expect(named.map(([, { Type }]) => Type)).toEqual(
    expect.arrayContaining(['AWS::ECR::Repository', 'AWS::CodeArtifact::Domain']),
  );
  for (const [id, { DeletionPolicy }] of named) expect([id, DeletionPolicy]).not.toEqual([id, 'Retain']);
});
