/** A step as a Lambda function: its own role, its own log group, one bundled file, and no right that is not listed here. */
import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type CfnFunction,
  Code,
  type IDestination,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { proxyVariables } from '../../core/settings/network/network-schema';
import { LAMBDA_ENV, type LambdaEnvName } from '../../lambdas/shared/environment';
import type { Platform } from '../builders/build-project';
import { logicalId } from '../naming';
import { readingSecrets } from '../storage/secrets';
import { type Bundle, bundledFolder } from './bundle';

/** The properties that all functions share. */
export interface FunctionPlatform extends Platform {
  /** Keeps events that a function could not process. */
  readonly deadLetters: IQueue;
  /** The ARN of a CodeCommit repository, which functions use by their roles. Undefined for any other git host. */
  readonly repository?: string | undefined;
  /** The values repository; undefined if the monorepo has the values files. */
  readonly values?: ValuesAccess | undefined;
  /** Keys of what functions read and write. Default: keys of AWS, which need no right. */
  readonly keys?: readonly IKey[];
}

/** How functions reach the values repository: by secrets with logins, or by their roles at CodeCommit. */
export interface ValuesAccess {
  readonly repository: string | undefined;
  readonly secret: string | undefined;
  /** The secret of those that do not commit; the same without a login of their own. */
  readonly readerSecret: string | undefined;
}

/** The properties of one function. */
export interface NodeLambdaProps {
  /** One sentence, shown in the console. */
  readonly description: string;
  /** Environment variables, made by `lambdaEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  /** MiB. From 1,769 MiB on, a function has a whole CPU. */
  readonly memory: number;
  /** Reserved concurrent executions, which are also the limit. Default: whatever the account has left. */
  readonly concurrency?: number | undefined;
  /** True if events call the function and its answer is ignored. An event that fails three times goes to the dead letters. */
  readonly asynchronous?: boolean;
  /** What the function does with a CodeCommit repository. */
  readonly repositoryUse?: RepositoryUse;
  /** What the function does with a values repository. */
  readonly valuesUse?: ValuesUse;
  /** All rights besides writing its own log and its traces. */
  readonly rights: readonly PolicyStatement[];
}

/** Makes the function of a step: for the id `FailFast` from `lambdas/fail-fast/handler.ts`, with the logical id `FailFastFunction`. */
export function nodeLambda(
  scope: Construct,
  id: string,
  { logRetention, network, proxy, authorities, deadLetters, repository, values, keys = [] }: FunctionPlatform,
  props: NodeLambdaProps,
): LambdaFunction {
  const code = bundledFolder(lambdaBundle(stepOf(id)));
  const logGroup = new LogGroup(scope, `${id}Log`, { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
  // Not the managed policy AWSLambdaBasicExecutionRole, which may write to every log group of the account.
  const role = new Role(scope, `${id}Role`, { assumedBy: lambdaOfThisAccount() });
  logGroup.grantWrite(role);
  for (const statement of props.rights) role.addToPolicy(statement);
  if (repository !== undefined && props.repositoryUse !== undefined) {
    role.addToPolicy(usingRepository(repository, props.repositoryUse));
  }
  const valuesSecret = secretFor(values, props.valuesUse);
  if (valuesSecret !== undefined) role.addToPolicy(readingSecrets(valuesSecret));
  if (values?.repository !== undefined && props.valuesUse !== undefined) {
    role.addToPolicy(usingRepository(values.repository, props.valuesUse));
  }
  if (network !== undefined) role.addToPolicy(joiningNetworks());
  for (const key of keys) key.grantEncryptDecrypt(role);

  const lambda = new LambdaFunction(scope, id, {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'handler.handler',
    code: Code.fromAsset(code.path, code),
    environment: {
      ...props.environment,
      ...proxyVariables(proxy),
      ...authorities?.functionVariables,
      ...(valuesSecret === undefined ? {} : { [LAMBDA_ENV.valuesGitSecret]: valuesSecret }),
    },
    ...(authorities === undefined ? {} : { layers: [authorities.layer] }),
    timeout: props.timeout,
    memorySize: props.memory,
    tracing: Tracing.ACTIVE,
    reservedConcurrentExecutions: props.concurrency,
    ...(props.asynchronous === true ? { onFailure: lettersTo(deadLetters) } : {}),
    role,
    logGroup,
  });
  const resource = lambda.node.defaultChild as CfnFunction;
  resource.overrideLogicalId(logicalId(scope, `${id}Function`));
  if (network !== undefined) {
    // CDK's own way needs a lookup of the VPC, or made-up availability zones.
    resource.vpcConfig = { subnetIds: [...network.subnetIds], securityGroupIds: [...network.securityGroupIds] };
  }
  return lambda;
}

function secretFor(values: ValuesAccess | undefined, use: ValuesUse | undefined): string | undefined {
  if (use === undefined) return undefined;
  return use === 'read' ? values?.readerSecret : values?.secret;
}

/** A destination with the one right that it needs; CDK's own adds two that only readers of a queue use. */
function lettersTo({ queueArn }: IQueue): IDestination {
  return {
    bind: (_scope, lambda) => {
      lambda.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn] }));
      return { destination: queueArn };
    },
  };
}

/** Returns the step's folder below `lambdas` by the id of its function: `fail-fast` for `FailFast`. */
export function stepOf(id: string): string {
  return id.replace(/\B[A-Z]/g, '-$&').toLowerCase();
}

/** Returns what to bundle for a step. Lambda's Node runtime contains the SDK's clients, but not surely what builds upon them. */
export function lambdaBundle(step: string): Bundle {
  return { entry: `lambdas/${step}/handler.ts`, file: 'handler.js', target: 'node24', external: ['@aws-sdk/client-*'] };
}

/** Lambda on behalf of this account. There is no condition on the function, whose ARN is unknown while it is made. */
function lambdaOfThisAccount(): ServicePrincipal {
  const conditions = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };
  return new ServicePrincipal('lambda.amazonaws.com', { conditions });
}

/** Lambda checks these rights for all resources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
function joiningNetworks(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}

/** Returns the environment variables of these names in `LAMBDA_ENV`. The compiler reports one without a value. */
export function lambdaEnvironment<Name extends LambdaEnvName>(
  names: readonly Name[],
  values: Readonly<Record<Name, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [LAMBDA_ENV[name], values[name]]));
}

/** What a function does with the repository. */
type RepositoryUse = 'read' | 'commit' | 'propose' | 'comment';

/** What a function does with a values repository. */
type ValuesUse = Exclude<RepositoryUse, 'comment'>;

/** Returns the rights on the repository: to read it, to commit as well, to commit by pull requests, or to comment as well. */
function usingRepository(repository: string, use: RepositoryUse): PolicyStatement {
  const actions = {
    read: ['codecommit:GitPull'],
    commit: ['codecommit:GitPull', 'codecommit:GitPush'],
    propose: [
      'codecommit:CreatePullRequest',
      'codecommit:EvaluatePullRequestApprovalRules',
      'codecommit:GetPullRequest',
      'codecommit:GitPull',
      'codecommit:GitPush',
      'codecommit:ListPullRequests',
      'codecommit:MergePullRequestBySquash',
      'codecommit:MergePullRequestByThreeWay',
      'codecommit:PostCommentForPullRequest',
      'codecommit:UpdatePullRequestStatus',
    ],
    comment: [
      'codecommit:GetCommentsForPullRequest',
      'codecommit:GetPullRequest',
      'codecommit:GitPull',
      'codecommit:PostCommentForPullRequest',
      'codecommit:UpdateComment',
    ],
  } as const;
  return new PolicyStatement({ actions: [...actions[use]], resources: [repository] });
}
