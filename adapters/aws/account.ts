/** The parts of an AWS account, and of the pipeline's stack in it, that `pipeline doctor` and `pipeline setup` read. */
import { CloudFormationClient, DescribeStacksCommand, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import {
  CodeartifactClient,
  DescribeRepositoryCommand,
  ResourceNotFoundException as NoSuchPackageRepository,
} from '@aws-sdk/client-codeartifact';
import { BatchGetFleetsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import {
  ECRClient,
  GetAccountSettingCommand,
  GetRegistryScanningConfigurationCommand,
  GetRepositoryPolicyCommand,
  paginateDescribeImages,
  paginateDescribePullThroughCacheRules,
  paginateDescribeRepositories,
  RepositoryPolicyNotFoundException,
} from '@aws-sdk/client-ecr';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { TaggedImage } from '../../core/doctor/expired-tags';
import type { BuildFleet } from '../../core/doctor/judge-fleets';
import type { RepositoryPolicy } from '../../core/doctor/judge-policies';
import type { Quota } from '../../core/doctor/judge-quotas';
import type { EcrRepository } from '../../core/doctor/judge-registry';
import type { RegistryScanning } from '../../core/doctor/judge-scanner';

/** An existing stack. */
export interface DeployedStack {
  /** `CREATE_COMPLETE` and so on. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** One account in one region. Every method throws errors of the SDK. */
export interface AwsAccount {
  /** Returns all quotas of a service for this account. */
  quotas(service: Quota['service']): Promise<readonly Quota[]>;
  /** Returns those of these fleets of CodeBuild that exist. */
  fleets(arns: readonly string[]): Promise<readonly BuildFleet[]>;
  /** Returns `ENABLED` if layers are mounted between repositories. */
  blobMounting(): Promise<string | undefined>;
  /** Returns the repository prefixes of ECR's pull-through cache rules. */
  pullThroughPrefixes(): Promise<readonly string[]>;
  /** Returns how ECR scans repositories. */
  scanning(): Promise<RegistryScanning>;
  /** Returns all repositories of ECR. */
  repositories(): Promise<readonly EcrRepository[]>;
  /** Returns the policies of these repositories of ECR. */
  repositoryPolicies(repositories: readonly string[]): Promise<readonly RepositoryPolicy[]>;
  /** Returns the tagged images of a repository of ECR. */
  taggedImages(repository: string): Promise<readonly TaggedImage[]>;
  /** Returns whether CodeArtifact has the repository. */
  hasPackageRepository(domain: string, repository: string): Promise<boolean>;
  /** Returns the account's number, which proves that the credentials are valid. */
  identity(): Promise<string>;
  /** Returns the stack, or undefined if there is none of that name. */
  stack(name: string): Promise<DeployedStack | undefined>;
  /** Returns the names of the stacks that are pipelines: those with an output `StateMachineArn`. */
  pipelineStacks(): Promise<readonly string[]>;
  /** Returns the secret's text; undefined if it has no value yet. */
  secret(id: string): Promise<string | undefined>;
  /** Calls a function with JSON, and returns its result. Throws an error with the function's own message if it failed. */
  invoke(functionName: string, payload: unknown): Promise<unknown>;
  /** Stores a new text in the secret; the previous one stays readable as AWSPREVIOUS. */
  putSecret(id: string, value: string): Promise<void>;
}

/** Creates access to an account. The SDK resolves credentials, endpoints and a missing region (`AWS_PROFILE`, `AWS_ENDPOINT_URL`). */
export function createAwsAccount(region: string | undefined): AwsAccount {
  const options = region === undefined ? {} : { region };
  return {
    identity: async () => (await new STSClient(options).send(new GetCallerIdentityCommand({}))).Account ?? '',
    quotas: (service) => listQuotas(new ServiceQuotasClient(options), service),
    fleets: (arns) => readFleets(new CodeBuildClient(options), arns),
    blobMounting: async () => {
      const reply = await new ECRClient(options).send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }));
      return reply.value;
    },
    pullThroughPrefixes: () => listPrefixes(new ECRClient(options)),
    scanning: () => readScanning(new ECRClient(options)),
    repositories: () => listRepositories(new ECRClient(options)),
    repositoryPolicies: (repositories) => readPolicies(new ECRClient(options), repositories),
    taggedImages: (repository) => listImages(new ECRClient(options), repository),
    hasPackageRepository: async (domain, repository) => {
      try {
        await new CodeartifactClient(options).send(new DescribeRepositoryCommand({ domain, repository }));
        return true;
      } catch (error) {
        if (error instanceof NoSuchPackageRepository) return false;
        throw error;
      }
    },
    stack: (name) => findStack(new CloudFormationClient(options), name),
    pipelineStacks: () => listPipelineStacks(new CloudFormationClient(options)),
    secret: (id) => readSecret(new SecretsManagerClient(options), id),
    invoke: (functionName, payload) => invokeFunction(new LambdaClient(options), functionName, payload),
    putSecret: async (id, value) => {
      await new SecretsManagerClient(options).send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
    },
  };
}

async function invokeFunction(client: LambdaClient, FunctionName: string, payload: unknown): Promise<unknown> {
  const reply = await client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) }));
  const result: unknown = JSON.parse(Buffer.from(reply.Payload ?? []).toString('utf8') || 'null');
  if (reply.FunctionError === undefined) return result;
  const { errorMessage = reply.FunctionError } = result as { readonly errorMessage?: unknown };
  throw new PipelineError(ERROR_NAMES.runFailed, `${FunctionName}: ${String(errorMessage)}`);
}

async function listQuotas(client: ServiceQuotasClient, service: Quota['service']): Promise<readonly Quota[]> {
  const found: Quota[] = [];
  for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: service })) {
    for (const { QuotaCode: code, QuotaName: name, Value: value } of Quotas) {
      if (code !== undefined && name !== undefined && value !== undefined) found.push({ service, code, name, value });
    }
  }
  return found;
}

async function readFleets(client: CodeBuildClient, arns: readonly string[]): Promise<readonly BuildFleet[]> {
  const { fleets = [] } = await client.send(new BatchGetFleetsCommand({ names: [...arns] }));
  return fleets.map((fleet) => ({
    arn: fleet.arn ?? '',
    status: fleet.status?.statusCode ?? 'UNKNOWN',
    computeType: fleet.computeType ?? '',
    environmentType: fleet.environmentType ?? '',
    machines: fleet.scalingConfiguration?.maxCapacity ?? fleet.baseCapacity ?? 0,
    overflows: fleet.overflowBehavior === 'ON_DEMAND',
    vpcId: fleet.vpcConfig?.vpcId,
  }));
}

async function listPrefixes(client: ECRClient): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { pullThroughCacheRules = [] } of paginateDescribePullThroughCacheRules({ client }, {})) {
    found.push(...pullThroughCacheRules.flatMap(({ ecrRepositoryPrefix }) => ecrRepositoryPrefix ?? []));
  }
  return found;
}

async function listRepositories(client: ECRClient): Promise<readonly EcrRepository[]> {
  const found: EcrRepository[] = [];
  for await (const { repositories = [] } of paginateDescribeRepositories({ client }, {})) {
    for (const { repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters = [] } of repositories) {
      const patterns = imageTagMutabilityExclusionFilters.flatMap(({ filter }) => filter ?? []);
      found.push({ name: repositoryName ?? '', mutability: imageTagMutability ?? '', patterns });
    }
  }
  return found;
}

async function readScanning(client: ECRClient): Promise<RegistryScanning> {
  const { scanningConfiguration } = await client.send(new GetRegistryScanningConfigurationCommand({}));
  const { scanType = 'BASIC', rules = [] } = scanningConfiguration ?? {};
  return {
    type: scanType,
    rules: rules.map(({ scanFrequency = '', repositoryFilters = [] }) => ({
      scanFrequency,
      repositoryFilters: repositoryFilters.map(({ filter = '', filterType = '' }) => ({ filter, filterType })),
    })),
  };
}

async function readPolicies(client: ECRClient, repositories: readonly string[]): Promise<readonly RepositoryPolicy[]> {
  const found: RepositoryPolicy[] = [];
  for (const repository of repositories) {
    const policy = await client.send(new GetRepositoryPolicyCommand({ repositoryName: repository })).then(
      ({ policyText }) => policyText,
      (error: unknown) => {
        if (error instanceof RepositoryPolicyNotFoundException) return undefined;
        throw error;
      },
    );
    found.push({ repository, policy });
  }
  return found;
}

async function listImages(client: ECRClient, repositoryName: string): Promise<readonly TaggedImage[]> {
  const found: TaggedImage[] = [];
  const pages = paginateDescribeImages({ client }, { repositoryName, filter: { tagStatus: 'TAGGED' } });
  for await (const { imageDetails = [] } of pages) {
    // Without a time, the image counts as new.
    for (const { imageTags = [], imagePushedAt } of imageDetails) {
      found.push({ tags: imageTags, pushedAt: imagePushedAt?.getTime() ?? Number.POSITIVE_INFINITY });
    }
  }
  return found;
}

async function findStack(client: CloudFormationClient, name: string): Promise<DeployedStack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (stack === undefined) return undefined;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
    return { status: stack.StackStatus ?? 'UNKNOWN', outputs: Object.fromEntries(outputs) };
  } catch (error) {
    // CloudFormation has no separate error for a missing stack.
    const isMissing =
      error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
    if (isMissing) return undefined;
    throw error;
  }
}

async function listPipelineStacks(client: CloudFormationClient): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
    for (const { StackName, Outputs = [] } of Stacks) {
      const isPipeline = Outputs.some(({ OutputKey }) => OutputKey === 'StateMachineArn');
      if (StackName !== undefined && isPipeline) found.push(StackName);
    }
  }
  return found;
}

/** A secret without a version has no value, and the reply is that it is missing. */
async function readSecret(client: SecretsManagerClient, id: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
