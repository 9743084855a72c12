/** What an upgrade does to a deployed stack: nothing that keeps data is replaced or removed, unless the changelog names it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { synthesize } from '../lib/synthesized';

const ROOT = resolve(__dirname, '../..');

/** What the last release had. `RELEASE=1 npx jest test/bin/upgrade` rewrites it (CONTRIBUTING.md). */
const FIXTURE = join(ROOT, 'test/fixtures/released-resources.json');

/** Services that keep data, or a name or address that people have entered elsewhere, and types of theirs that only connect others. */
const STATEFUL = /^AWS::(DynamoDB|S3|ECR|EFS|RDS|KMS|CodeArtifact|SecretsManager|SNS|SQS|ApiGatewayV2|StepFunctions)::/;

const ONLY_CONNECTS = /Policy$|::Subscription$|::Alias$|::(Integration|Route|Stage)$/;

/**
 * Properties whose page says "Update requires: Replacement", or that the update fails, though the schema does not have it:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html and aws-resource-kms-key.html.
 */
const NOT_IN_SCHEMA: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['LocalSecondaryIndexes'],
  'AWS::KMS::Key': ['MultiRegion', 'Origin'],
};

/** The schemas of CloudFormation's resource types, as the CDK is made of them. */
const SCHEMAS = loadAwsServiceSpecSync();

/** Returns the properties whose change makes CloudFormation replace a resource of this type. */
function replacing(type: string): readonly string[] {
  const { properties } = SCHEMAS.lookup('resource', 'cloudFormationType', 'equals', type).only();
  const names = Object.keys(properties).filter((name) => (properties[name]?.causesReplacement ?? 'no') !== 'no');
  return [...names, ...(NOT_IN_SCHEMA[type] ?? [])].sort();
}

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
    if (!STATEFUL.test(Type) || ONLY_CONNECTS.test(Type)) return [];
    const properties = replacing(Type).flatMap((name) => (name in Properties ? [[name, Properties[name]]] : []));
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
    ['a bucket that locks objects', 'AWS::S3::Bucket', property('ObjectLockEnabled', true)],
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
