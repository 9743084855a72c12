/** The construct as another CDK app uses it. */
import { Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { ImagePipeline, type ImagePipelineProps } from '../../lib/image-pipeline';
import { quickApp, SETTINGS, synthesize } from './synthesized';

const CATALOG: ImagePipelineProps['catalog'] = {
  platform: 'v1.0.0',
  stages: [{ name: 'tools' }, { name: 'apps', needs: ['tools'] }],
  services: { auth: { priority: 'P0', values: 'auth.tag' }, restapi: 'rest_api', worker: null },
};

function inStack<Result>(make: (stack: Stack) => Result, props?: StackProps): { made: Result; stack: Stack } {
  const app = quickApp();
  const stack = new Stack(app, 'Shop', props);
  return { made: make(stack), stack };
}

function templateOf(id: string, props: Partial<ImagePipelineProps> = {}): Template {
  return Template.fromStack(
    inStack((stack) => new ImagePipeline(stack, id, { settings: SETTINGS, catalog: CATALOG, ...props })).stack,
  );
}

function idsAndTypes(template: Template): string[] {
  // CDK puts the stack's name into the ids of permissions for event rules.
  const ids = Object.entries(json(template).Resources).map(([id, { Type }]) => `${id} ${Type}`);
  return ids.filter((id) => !id.endsWith('Lambda::Permission'));
}

interface Resources {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}

function json(template: Template): Resources {
  return template.toJSON() as Resources;
}

function types(template: Template): string[] {
  return Object.values(json(template).Resources).map(({ Type }) => Type);
}

test('the id Default gives the logical ids of a stack that is one pipeline', () => {
  const stages = [
    { name: 'tools', title: 'Tools', needs: [] },
    { name: 'apps', title: 'Apps', needs: ['tools'] },
  ];

  expect(idsAndTypes(templateOf('Default'))).toEqual(idsAndTypes(synthesize({ stages })));
});

test('a catalog may be given as the text of its file', () => {
  expect(templateOf('Pipeline', { catalog: JSON.stringify(CATALOG) }).toJSON()).toEqual(
    templateOf('Pipeline').toJSON(),
  );
});

test('two pipelines live in one stack: no name of one is a name of the other', () => {
  const { stack } = inStack((each) => {
    for (const id of ['Shop', 'Bank']) {
      const candidates = { host: 'ecr', repository: `${id.toLowerCase()}-candidates` };
      const releases = { host: 'ecr', namespace: id.toLowerCase() };
      new ImagePipeline(each, id, { settings: { ...SETTINGS, candidates, releases }, catalog: CATALOG });
    }
  });
  const template = Template.fromStack(stack);

  expect(types(template)).toHaveLength(2 * types(templateOf('Default')).length);
  expect(Object.keys(json(template).Outputs)).toEqual(
    expect.arrayContaining(['ShopStateMachineArn', 'BankStateMachineArn', 'ShopWebhookUrl', 'BankWebhookUrl']),
  );
  const names = [
    ...namesIn(template, 'AWS::CloudWatch::Alarm', 'AlarmName'),
    ...namesIn(template, 'AWS::CloudWatch::Dashboard', 'DashboardName'),
    ...namesIn(template, 'AWS::Logs::LogGroup', 'LogGroupName'),
    ...namesIn(template, 'AWS::Logs::QueryDefinition', 'Name'),
  ];
  expect(names.length).toBeGreaterThan(20);
  expect(new Set(names).size).toBe(names.length);
});

function namesIn(template: Template, type: string, property: string): string[] {
  return Object.values(template.findResources(type))
    .map(({ Properties }) => JSON.stringify(Properties[property]))
    .filter((name) => name !== undefined);
}

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:git-Ab12Cd';

test('what exists already is used, and not made again', () => {
  const { made, stack } = inStack((each) => {
    const vpc = new Vpc(each, 'Vpc');
    const topic = new Topic(each, 'Alerts');
    const git = Secret.fromSecretCompleteArn(each, 'Token', ARN);
    const candidates = new Repository(each, 'Repository');
    const existing = { vpc, topic, candidates, secrets: { git } };
    const { candidates: _, ...settings } = SETTINGS;
    return new ImagePipeline(each, 'Pipeline', { settings, catalog: CATALOG, ...existing });
  });
  const template = Template.fromStack(stack);

  template.resourceCountIs('AWS::SNS::Topic', 1);
  template.resourceCountIs('AWS::ECR::Repository', 1);
  template.resourceCountIs('AWS::SecretsManager::Secret', 1); // the webhook's
  template.hasOutput('PipelineGitSecretArn', { Value: ARN });
  template.hasResourceProperties('AWS::Lambda::Function', {
    VpcConfig: { SubnetIds: Match.anyValue(), SecurityGroupIds: [Match.anyValue()] },
    Environment: { Variables: Match.objectLike({ GIT_SECRET_ARN: ARN }) },
  });
  expect(stack.resolve(made.topic.topicArn)).toEqual({ Ref: expect.stringMatching(/^Alerts/) });
});

test('a key of the team encrypts everything that keeps data, and the roles that need it may use it', () => {
  const { stack } = inStack(
    (each) => {
      const encryptionKey = new Key(each, 'Key');
      return new ImagePipeline(each, 'Pipeline', { settings: SETTINGS, catalog: CATALOG, encryptionKey });
    },
    { env: { region: 'eu-central-1' } },
  );
  const template = Template.fromStack(stack);
  const usesKey = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
  const property = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);

  for (const { KmsKeyId } of property('AWS::SecretsManager::Secret')) expect(KmsKeyId).toEqual(usesKey);
  for (const { EncryptionConfiguration } of property('AWS::ECR::Repository')) {
    expect(EncryptionConfiguration).toEqual({ EncryptionType: 'KMS', KmsKey: usesKey });
  }
  template.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: { ServerSideEncryptionConfiguration: [Match.objectLike({ BucketKeyEnabled: true })] },
  });
  const policies = JSON.stringify(property('AWS::IAM::Policy'));
  expect(policies.match(/"kms:Decrypt"/g)?.length).toBeGreaterThan(types(template).filter(isFunction).length);
});

test('a signing key of the app is the one of the settings, for the release function alone, and is not given twice', () => {
  const make = (settings: typeof SETTINGS) =>
    inStack((each) => {
      const signingKey = new Key(each, 'Key', { keySpec: KeySpec.ECC_NIST_P256, keyUsage: KeyUsage.SIGN_VERIFY });
      return new ImagePipeline(each, 'Pipeline', { settings, catalog: CATALOG, signingKey });
    });
  const template = Template.fromStack(make(SETTINGS).stack);
  const usesKey = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };

  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Sign', Resource: usesKey })]),
    },
    Roles: [{ Ref: Match.stringLikeRegexp('ReleaseRole') }],
  });
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy')).match(/"kms:Sign"/g)).toHaveLength(1);
  const [release] = Object.values(template.findResources('AWS::Lambda::Function')).filter(
    ({ Properties }) => Properties.Description === 'Tags all images of a run with their versions',
  );
  expect(JSON.stringify(release?.Properties.Environment)).toMatch(/kmsKey.{0,40}Fn::GetAtt.{0,10}Key/);
  expect(() => make({ ...SETTINGS, signing: { kmsKey: 'alias/releases' } })).toThrow(
    'signing: is given as a prop of the construct, too; leave it out of the settings',
  );
});

test('a fleet of another region than the stack is refused', () => {
  const arn = 'arn:aws:codebuild:eu-west-1:123456789012:fleet/images:0a1b2c3d';
  const settings = { ...SETTINGS, fleets: [{ arn, compute: 'medium' as const }] };
  const make = (region: string) => () =>
    inStack((each) => new ImagePipeline(each, 'Pipeline', { settings, catalog: CATALOG }), { env: { region } });

  expect(make('eu-central-1')).toThrow('fleets.0.arn: is in eu-west-1, and the stack in eu-central-1');
  expect(make('eu-west-1')).not.toThrow();
});

function isFunction(type: string): boolean {
  return type === 'AWS::Lambda::Function';
}

test('a role that may start runs may do nothing else to them', () => {
  const { made, stack } = inStack((each) => {
    const pipeline = new ImagePipeline(each, 'Pipeline', { settings: SETTINGS, catalog: CATALOG });
    pipeline.grantStart(new Role(each, 'Ci', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    return pipeline;
  });
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const actions = policies
    .filter(([id]) => id.startsWith('Ci'))
    .flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    );

  expect(made.bucket.bucketName).toBeDefined();
  expect(actions).toContain('states:StartExecution');
  expect(actions.filter((action: string) => !/^states:(StartExecution|List|Describe|Get)/.test(action))).toEqual([]);
});

test('name and tags of the stack are those of the app', () => {
  const { stack } = inStack(
    (each) => {
      Tags.of(each).add('team', 'shop');
      return new ImagePipeline(each, 'Pipeline', { settings: SETTINGS, catalog: CATALOG });
    },
    { stackName: 'my-shop', description: 'Ours' },
  );

  expect({ name: stack.stackName, description: Template.fromStack(stack).toJSON().Description }).toEqual({
    name: 'my-shop',
    description: 'Ours',
  });
  Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', { Tags: [{ Key: 'team', Value: 'shop' }] });
});

describe('is refused before anything is made', () => {
  const elsewhere = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';

  test.each<[string, Partial<ImagePipelineProps>, RegExp]>([
    [
      'all problems of the settings at once',
      { settings: { ...SETTINGS, logDays: 2 as never, maxConcurency: 3 } as ImagePipelineProps['settings'] },
      /logDays[\s\S]*did you mean 'maxConcurrency'/,
    ],
    ['a broken catalog', { catalog: { platform: 'v1', services: {} } }, /platform \(line 1\): 'v1' is not allowed/],
    [
      'a registry of another account than the stack',
      {
        settings: {
          ...SETTINGS,
          releases: { host: elsewhere, namespace: 'shop' },
          candidates: { host: elsewhere, repository: 'candidates' },
        },
      },
      /releases\.host: names the account 111122223333, and env\.account of stack Shop is not set/,
    ],
  ])('%s', (_, props, message) => {
    expect(() => templateOf('Pipeline', props)).toThrow(message);
  });

  test('a secret whose complete ARN is unknown, and settings that are given twice', () => {
    inStack((stack) => {
      const secrets = { git: Secret.fromSecretNameV2(stack, 'Token', 'git') };
      const props = { settings: SETTINGS, catalog: CATALOG };
      expect(() => new ImagePipeline(stack, 'A', { ...props, secrets })).toThrow(/secrets\.git was imported without/);
      const candidates = Repository.fromRepositoryName(stack, 'Candidates', 'candidates');
      expect(() => new ImagePipeline(stack, 'B', { ...props, candidates })).toThrow(/candidates: is given as a prop/);
    });
  });
});
