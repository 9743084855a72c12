/** The stack that `--stack` names. Its outputs replace ARNs and bucket names that a person would have to copy. */
import type { AwsAccount } from '../adapters/aws/account';
import { InvalidInputError } from '../core/contract/errors';
import { isOutsideError } from './outside-error';

/** The options of commands that find a deployment by its stack. */
export interface StackOptions {
  readonly stack?: string;
  /** Default: `AWS_REGION`, otherwise the region of the AWS profile. */
  readonly region?: string;
}

/** Returns outputs of the stack in the chosen region. Throws `InvalidInput` as `requireOutputs` does, and errors of AWS. */
export async function readDeployedStack<Name extends string>(
  name: string,
  { region }: Pick<StackOptions, 'region'>,
  wanted: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  // Commands that only print their help load no client.
  const { createAwsAccount } = await import('../adapters/aws/account');
  return requireOutputs(createAwsAccount(region), name, wanted);
}

/** Returns outputs of the stack. Throws `InvalidInput` if the stack or one of the outputs is missing. */
export async function requireOutputs<Name extends string>(
  account: AwsAccount,
  name: string,
  wanted: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const stack = await account.stack(name);
  if (stack === undefined) throw refuse(name, `there is no such stack in this region; ${await advice(account)}`);
  const missing = wanted.filter((output) => stack.outputs[output] === undefined);
  if (missing.length > 0) {
    const outputs = `${missing.length === 1 ? 'output' : 'outputs'} ${missing.join(' and ')}`;
    throw refuse(name, `has no ${outputs} (it is ${stack.status}); deploy it with npx cdk deploy, or name another one`);
  }
  return Object.fromEntries(wanted.map((output) => [output, stack.outputs[output] ?? ''])) as Record<Name, string>;
}

/** Names the pipelines of the region. A person who may not list stacks gets the general advice. */
async function advice(account: AwsAccount): Promise<string> {
  const others = await account.pipelineStacks().catch((error: unknown) => {
    if (isOutsideError(error)) return [];
    throw error;
  });
  if (others.length > 0) return `its pipelines are ${others.join(', ')}; choose one with --stack, or another --region`;
  return 'deploy it with npx cdk deploy, or choose another --stack or --region';
}

function refuse(name: string, message: string): InvalidInputError {
  return new InvalidInputError('the stack cannot be used', [{ path: name.slice(0, 128), message }]);
}
