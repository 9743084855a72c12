/** What an upgrade does to a deployed stack: nothing that keeps data is replaced or removed, unless the changelog names it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { synthesize } from '../lib/synthesized';

const ROOT = resolve(__dirname, '../..');

/** What the last release had. `RELEASE=1 npx jest test/bin/upgrade` rewrites it (CONTRIBUTING.md). */
const FIXTURE = join(ROOT, 'test/fixtures/released-resources.json');

/**
 * Types that keep data, or a name or address that people have entered elsewhere, with the properties whose change makes CloudFormation
 * replace the resource: `createOnlyProperties` of the type's schema, "Update requires: Replacement" on its page.
 * Source: "Update requires: Replacement" in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
 */
const REPLACED_BY: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::CodeArtifact::Domain': ['DomainName', 'EncryptionKey'],
  'AWS::CodeArtifact::Repository': ['DomainName', 'DomainOwner', 'RepositoryName'],
  'AWS::DynamoDB::GlobalTable': ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes', 'ImportSourceSpecification'],
  'AWS::ECR::Repository': ['RepositoryName', 'EncryptionConfiguration'],
  'AWS::KMS::Key': ['MultiRegion', 'Origin'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};

/** Services whose every type has to be in the table, except for those that only connect others. */
const STATEFUL = /^AWS::(DynamoDB|S3|ECR|EFS|RDS|KMS|CodeArtifact|SecretsManager|SNS|SQS|ApiGatewayV2|StepFunctions)::/;

const ONLY_CONNECTS = /Policy$|::Subscription$|::Alias$|::(Integration|Route|Stage)$/;

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A stateful resource, with only the properties whose change replaces it. */
interface Kept {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

type Resources = Readonly<Record<string, Kept>>;

/** Returns the resources of the largest stack that settings can ask for. */
function everything(): Readonly<Record<string, Resource>> {
  const settings = {
    git: { host: 'github', repository: 'example/monorepo', reader: 'token' } as const,
    notices: { emails: ['team@example.com'], chats: ['slack' as const] },
  };
  return synthesize({ modules: [{ stage: 'tools' }], settings }).toJSON().Resources;
}

function stateful(resources: Readonly<Record<string, Resource>>): Resources {
  const kept = Object.entries(resources).flatMap(([id, { Type, Properties = {} }]): [string, Kept][] => {
    const names = REPLACED_BY[Type];
    if (names === undefined) return [];
    const properties = names.flatMap((name) => (name in Properties ? [[name, Properties[name]]] : []));
    return [[id, { type: Type, properties: Object.fromEntries(properties) }]];
  });
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns what was released and is gone or would be replaced, except for what the notes on this version name. */
function lost(released: Resources, now: Resources, notes: string): readonly string[] {
  return Object.keys(released).filter(
    (id) => JSON.stringify(now[id]) !== JSON.stringify(released[id]) && !notes.includes(`\`${id}\``),
  );
}

const ALL = everything();
const NOW = stateful(ALL);
if (process.env.RELEASE === '1') writeFileSync(FIXTURE, `${JSON.stringify(NOW, null, 2)}\n`);
const RELEASED: Resources = JSON.parse(readFileSync(FIXTURE, 'utf8'));

test('no stateful resource of the last release is gone or replaced', () => {
  const [, unreleased = ''] = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').split(/^## /m);

  expect(lost(RELEASED, NOW, unreleased)).toEqual([]);
  expect(Object.keys(RELEASED).length).toBeGreaterThan(8);
});

test('every type that may keep data is in the table', () => {
  const unknown = Object.values(ALL).filter(({ Type }) => STATEFUL.test(Type) && !ONLY_CONNECTS.test(Type));

  expect(unknown.map(({ Type }) => Type).filter((type) => !(type in REPLACED_BY))).toEqual([]);
});

describe('noticed until the notes on the version name it', () => {
  const idOf = (type: string) => Object.keys(ALL).find((id) => ALL[id]?.Type === type) ?? '';
  /** The template of today with one resource changed. */
  const planted = (type: string, change: (resource: Resource) => Resource | undefined) => {
    const { [idOf(type)]: before = { Type: '' }, ...rest } = ALL;
    const after = change(before);
    return stateful(after === undefined ? rest : { ...rest, [idOf(type)]: after });
  };
  const property = (name: string, value: unknown) => (resource: Resource) => ({
    ...resource,
    Properties: { ...resource.Properties, [name]: value },
  });

  test.each<[string, string, (resource: Resource) => Resource | undefined]>([
    ['a resource that is gone', 'AWS::DynamoDB::GlobalTable', () => undefined],
    ['another type', 'AWS::DynamoDB::GlobalTable', (resource) => ({ ...resource, Type: 'AWS::DynamoDB::Table' })],
    ['a new key', 'AWS::DynamoDB::GlobalTable', property('KeySchema', [{ AttributeName: 'x', KeyType: 'HASH' }])],
    ['a bucket that gets a name', 'AWS::S3::Bucket', property('BucketName', 'shop')],
    ['another repository', 'AWS::ECR::Repository', property('RepositoryName', 'other/candidates')],
    ['a key for images', 'AWS::ECR::Repository', property('EncryptionConfiguration', { EncryptionType: 'KMS' })],
    ['another domain', 'AWS::CodeArtifact::Domain', property('DomainName', 'other')],
    ['a secret that gets a name', 'AWS::SecretsManager::Secret', property('Name', 'git')],
    ['another kind of state machine', 'AWS::StepFunctions::StateMachine', property('StateMachineType', 'EXPRESS')],
  ])('%s', (_, type, change) => {
    const now = planted(type, change);

    expect(lost(NOW, now, '')).toEqual([idOf(type)]);
    expect(lost(NOW, now, `- \`${idOf(type)}\` is replaced.`)).toEqual([]);
  });

  test('but not what CloudFormation changes in place', () => {
    expect(lost(NOW, planted('AWS::S3::Bucket', property('Tags', [{ Key: 'a', Value: 'b' }])), '')).toEqual([]);
  });
});
