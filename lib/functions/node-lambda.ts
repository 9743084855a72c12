/** A step of the flow as a Lambda function: own role, own log group, one bundled file, and no right that is not named here. */
import { join } from 'node:path';
import { AssetHashType, Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { LAMBDA_ENV, type LambdaEnvName } from '../../lambdas/shared/environment';
import { type Bundle, bundledFolder, PROJECT_FOLDER } from './bundle';

/** What differs from function to function. */
export interface NodeLambdaProps {
  /** What the function is for, one sentence. */
  readonly description: string;
  /** Environment variables, made by `lambdaEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  /** MiB. A function has one whole CPU from 1,769 MiB on. */
  readonly memory: number;
  /** Concurrent executions kept for the function, and its limit; default: what the account has left. */
  readonly concurrency?: number | undefined;
  /** All rights besides writing its own log and its traces. */
  readonly rights: readonly PolicyStatement[];
}

/** Makes the function of a step: for the id `FailFast` from `lambdas/fail-fast/handler.ts`, with the logical id `FailFastFunction`. */
export function nodeLambda(scope: Construct, id: string, props: NodeLambdaProps): LambdaFunction {
  const step = stepOf(id);
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  // An own role, because the managed policy AWSLambdaBasicExecutionRole may write to every log group of the account.
  const role = new Role(scope, `${id}Role`, { assumedBy: lambdaOfThisAccount() });
  logGroup.grantWrite(role);
  for (const statement of props.rights) role.addToPolicy(statement);

  const lambda = new LambdaFunction(scope, id, {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'handler.handler',
    code: Code.fromAsset(join(PROJECT_FOLDER, 'lambdas', step), {
      assetHashType: AssetHashType.OUTPUT,
      bundling: bundledFolder(lambdaBundle(step)),
    }),
    environment: { ...props.environment },
    timeout: props.timeout,
    memorySize: props.memory,
    tracing: Tracing.ACTIVE,
    reservedConcurrentExecutions: props.concurrency,
    role,
    logGroup,
  });
  (lambda.node.defaultChild as CfnFunction).overrideLogicalId(`${id}Function`);
  return lambda;
}

/** Returns the step's folder below `lambdas` by the id of its function: `fail-fast` for `FailFast`. */
export function stepOf(id: string): string {
  return id.replace(/\B[A-Z]/g, '-$&').toLowerCase();
}

/** The one file of a function. Lambda's Node runtime brings the SDK's clients along; what is built upon them is not sure to be there. */
export function lambdaBundle(step: string): Bundle {
  return { entry: `lambdas/${step}/handler.ts`, file: 'handler.js', target: 'node24', external: ['@aws-sdk/client-*'] };
}

/** Lambda, on behalf of this account alone. It tells no function's ARN while a function is being made, so that there is no such condition. */
function lambdaOfThisAccount(): ServicePrincipal {
  const conditions = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };
  return new ServicePrincipal('lambda.amazonaws.com', { conditions });
}

/** Environment variables by their names in `LAMBDA_ENV`; the compiler asks for every name that the step reads. */
export function lambdaEnvironment<Name extends LambdaEnvName>(
  _names: readonly Name[],
  values: Readonly<Record<Name, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries<string>(values).map(([name, value]) => [LAMBDA_ENV[name as Name], value]));
}
