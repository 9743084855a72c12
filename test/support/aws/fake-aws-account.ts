/** An AWS account on loopback, as far as doctor and setup ask it: the real SDK clients talk to it over HTTP, in both protocols. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../http/listen';
import { createFakeKms, type FakeKms } from '../signing/fake-kms';

/** One request as the SDK serialized it. `region` is the one it was signed for. */
export interface AwsCall {
  readonly operation: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface FakeQuota {
  readonly service: 'codebuild' | 'ecr' | 'lambda';
  readonly code: string;
  readonly name: string;
  readonly value: number;
}

export interface FakeAwsAccount {
  readonly url: string;
  readonly calls: AwsCall[];
  quotas: readonly FakeQuota[];
  blobMounting: string;
  pullThrough: readonly string[];
  /** How ECR scans repositories, in its own words. */
  scanning: object;
  /** Of ECR, in its own words. */
  repositories: readonly object[];
  /** Texts of repository policies, by repository. */
  readonly policies: Map<string, string>;
  /** Image details as ECR returns them, by repository; times are seconds since 1970. */
  readonly images: Map<string, readonly object[]>;
  /** Outputs by the stack's name; a stack that is not there is not deployed. */
  readonly stacks: Map<string, { readonly status: string; readonly outputs: Readonly<Record<string, string>> }>;
  /** CodeBuild's builds as its API returns them, newest first; times are seconds since 1970. */
  builds: readonly { readonly id: string }[];
  /** CodeBuild's fleets as its API returns them. */
  fleets: readonly { readonly arn: string }[];
  /** The keys of KMS. */
  readonly kms: FakeKms;
  /** Values by ARN. */
  readonly secrets: Map<string, string>;
  /** Lambda functions by name: what they return for a payload, or their error. */
  readonly functions: Map<string, ((payload: unknown) => object) | Error>;
  /** Contents of S3 by `/bucket/key`. */
  readonly objects: Map<string, string>;
  /** Objects by `/bucket/key` that the caller may not read. */
  readonly deniedObjects: Set<string>;
  /** Lines of CloudWatch's logs by `group stream`. */
  readonly logs: Map<string, readonly string[]>;
  /** The state that each run that goes on entered last. */
  readonly running: Map<string, string>;
  /** Operations that the caller may not use. */
  readonly denied: Set<string>;
  stop(): Promise<void>;
}

/** Small pages, so that paging is used. */
const QUOTAS_PER_PAGE = 2;
const BUILDS_PER_PAGE = 2;
const REPOSITORIES_PER_PAGE = 2;

type Answer =
  | { readonly json: object }
  | { readonly xml: string }
  | { readonly error: string; readonly message: string };

/** Starts it, empty, with every right. */
export async function startFakeAwsAccount(): Promise<FakeAwsAccount> {
  const server = createServer(async (request, response) => {
    const text = (await buffer(request)).toString('utf8');
    if (request.method === 'GET') {
      const { pathname } = new URL(request.url ?? '', 'http://s3');
      if (fake.deniedObjects.has(pathname)) {
        response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
        return;
      }
      const object = fake.objects.get(pathname);
      response.writeHead(object === undefined ? 404 : 200).end(object ?? '<Error><Code>NoSuchKey</Code></Error>');
      return;
    }
    const called = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1];
    if (called !== undefined) {
      const result = fake.functions.get(called);
      response.writeHead(
        result === undefined ? 404 : 200,
        result instanceof Error ? { 'x-amz-function-error': 'Unhandled' } : {},
      );
      response.end(
        JSON.stringify(result instanceof Error ? { errorMessage: result.message } : result?.(JSON.parse(text))),
      );
      return;
    }
    const call = readCall(request.headers, text);
    fake.calls.push(call);
    const isQuery = request.headers['x-amz-target'] === undefined;
    const answer = fake.denied.has(call.operation)
      ? {
          error: isQuery ? 'AccessDenied' : 'AccessDeniedException',
          message: `not authorized to perform ${call.operation}`,
        }
      : answerTo(fake, call);
    const status = 'error' in answer ? 400 : 200;
    response.writeHead(status, { 'content-type': isQuery ? 'text/xml' : 'application/x-amz-json-1.1' });
    response.end(isQuery ? xmlOf(answer) : jsonOf(answer));
  });
  const { url, stop } = await listen(server);
  const fake: FakeAwsAccount = {
    url,
    calls: [],
    quotas: [],
    blobMounting: 'ENABLED',
    pullThrough: [],
    scanning: { scanType: 'BASIC', rules: [] },
    repositories: [],
    policies: new Map(),
    images: new Map(),
    stacks: new Map(),
    builds: [],
    fleets: [],
    kms: createFakeKms(),
    secrets: new Map(),
    functions: new Map(),
    objects: new Map(),
    deniedObjects: new Set(),
    logs: new Map(),
    running: new Map(),
    denied: new Set(),
    stop,
  };
  return fake;
}

function readCall(headers: NodeJS.Dict<string | string[]>, text: string): AwsCall {
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(String(headers.authorization))?.[1] ?? '';
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    return { operation: String(target).split('.').at(-1) ?? '', region, input: JSON.parse(text) };
  }
  const { Action = '', Version: _version, ...input } = Object.fromEntries(new URLSearchParams(text));
  return { operation: Action, region, input };
}

function answerKms(kms: FakeKms, operation: string, { KeyId, Message = '', ...input }: AwsCall['input']): Answer {
  try {
    const message = Buffer.from(String(Message), 'base64');
    return { json: kms.answer(operation, { ...input, KeyId: String(KeyId), Message: message }) };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: name, message };
  }
}

function answerTo(fake: FakeAwsAccount, { operation, input }: AwsCall): Answer {
  const secretId = String(input.SecretId);
  switch (operation) {
    case 'GetCallerIdentity':
      return { xml: wrap(operation, '<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/dev</Arn>') };
    case 'DescribeStacks':
      return describeStacks(fake, input.StackName === undefined ? undefined : String(input.StackName));
    case 'ListServiceQuotas':
      return { json: pageOfQuotas(fake, String(input.ServiceCode), Number(input.NextToken ?? 0)) };
    case 'DescribeKey':
    case 'Sign':
      return answerKms(fake.kms, operation, input);
    case 'ListStackResources':
      return { xml: wrap(operation, RESOURCES) };
    case 'ListBuildsForProject':
      return { json: pageOfBuilds(fake, Number(input.nextToken ?? 0)) };
    case 'BatchGetBuilds': {
      const ids = input.ids as readonly string[];
      return { json: { builds: fake.builds.filter(({ id }) => ids.includes(id)) } };
    }
    case 'BatchGetFleets': {
      const names = input.names as readonly string[];
      const fleets = fake.fleets.filter(({ arn }) => names.includes(arn));
      return { json: { fleets, fleetsNotFound: names.filter((name) => !fleets.some(({ arn }) => arn === name)) } };
    }
    case 'GetAccountSetting':
      return { json: { name: input.name, value: fake.blobMounting } };
    case 'DescribePullThroughCacheRules':
      return { json: { pullThroughCacheRules: fake.pullThrough.map((prefix) => ({ ecrRepositoryPrefix: prefix })) } };
    case 'GetRegistryScanningConfiguration':
      return { json: { registryId: '123456789012', scanningConfiguration: fake.scanning } };
    case 'DescribeRepositories':
      return { json: pageOfRepositories(fake, Number(input.nextToken ?? 0)) };
    case 'ListExecutions':
      return { json: { executions: [...fake.running.keys()].map((name) => ({ name, status: 'RUNNING' })) } };
    case 'GetExecutionHistory': {
      const name = fake.running.get(String(input.executionArn).split(':').at(-1) ?? '');
      const events = [
        { id: 3, type: 'TaskSubmitted' },
        { id: 2, type: 'TaskStateEntered', stateEnteredEventDetails: { name } },
        { id: 1, type: 'PassStateEntered', stateEnteredEventDetails: { name: 'Read the input' } },
      ];
      return { json: { events } };
    }
    case 'GetLogEvents': {
      const lines = fake.logs.get(`${input.logGroupName} ${input.logStreamName}`);
      if (lines === undefined) return { error: 'ResourceNotFoundException', message: 'there is no such log stream' };
      return { json: { events: lines.map((message) => ({ message: `${message}\n` })) } };
    }
    case 'SendTaskSuccess':
    case 'SendTaskFailure':
      return { json: {} };
    case 'GetRepositoryPolicy': {
      const policyText = fake.policies.get(String(input.repositoryName));
      if (policyText === undefined) return { error: 'RepositoryPolicyNotFoundException', message: 'no policy' };
      return { json: { repositoryName: input.repositoryName, policyText } };
    }
    case 'DescribeImages':
      return { json: { imageDetails: fake.images.get(String(input.repositoryName)) ?? [] } };
    case 'GetSecretValue': {
      const value = fake.secrets.get(secretId);
      if (value === undefined) return { error: 'ResourceNotFoundException', message: 'no value' };
      return { json: { ARN: secretId, SecretString: value } };
    }
    case 'PutSecretValue':
      fake.secrets.set(secretId, String(input.SecretString));
      return { json: { ARN: secretId } };
    default:
      return { error: 'UnknownOperationException', message: operation };
  }
}

/** Returns the named stack, or all of them. */
function describeStacks({ stacks }: FakeAwsAccount, name: string | undefined): Answer {
  if (name !== undefined && !stacks.has(name)) {
    return { error: 'ValidationError', message: `Stack with id ${name} does not exist` };
  }
  const members = [...stacks].flatMap(([each, { status, outputs }]) => {
    if (name !== undefined && each !== name) return [];
    const printed = Object.entries(outputs)
      .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
      .join('');
    return `<member><StackName>${each}</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>${status}</StackStatus><Outputs>${printed}</Outputs></member>`;
  });
  return { xml: wrap('DescribeStacks', `<Stacks>${members.join('')}</Stacks>`) };
}

function pageOfQuotas({ quotas }: FakeAwsAccount, service: string, from: number): object {
  const all = quotas.filter((quota) => quota.service === service);
  const Quotas = all
    .slice(from, from + QUOTAS_PER_PAGE)
    .map(({ code, name, value }) => ({ ServiceCode: service, QuotaCode: code, QuotaName: name, Value: value }));
  const next = from + QUOTAS_PER_PAGE;
  return next < all.length ? { Quotas, NextToken: String(next) } : { Quotas };
}

const RESOURCES = [
  ['AWS::S3::Bucket', 'bucket'],
  ['AWS::CodeBuild::Project', 'builder'],
]
  .map(
    ([type, id]) =>
      `<member><ResourceType>${type}</ResourceType><PhysicalResourceId>${id}</PhysicalResourceId><LogicalResourceId>${id}</LogicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>`,
  )
  .reduce(
    (list, member) => list.replace('</StackResourceSummaries>', `${member}</StackResourceSummaries>`),
    '<StackResourceSummaries></StackResourceSummaries>',
  );

function pageOfBuilds({ builds }: FakeAwsAccount, from: number): object {
  const next = from + BUILDS_PER_PAGE;
  const ids = builds.slice(from, next).map(({ id }) => id);
  return next < builds.length ? { ids, nextToken: String(next) } : { ids };
}

function pageOfRepositories({ repositories }: FakeAwsAccount, from: number): object {
  const next = from + REPOSITORIES_PER_PAGE;
  const page = repositories.slice(from, next);
  return next < repositories.length ? { repositories: page, nextToken: String(next) } : { repositories: page };
}

function wrap(operation: string, result: string): string {
  return `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`;
}

function xmlOf(answer: Answer): string {
  if ('xml' in answer) return answer.xml;
  const { error, message } = answer as { readonly error: string; readonly message: string };
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}

function jsonOf(answer: Answer): string {
  if ('json' in answer) return JSON.stringify(answer.json);
  const { error, message } = answer as { readonly error: string; readonly message: string };
  return JSON.stringify({ __type: error, message });
}
