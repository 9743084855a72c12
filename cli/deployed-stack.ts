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

/**
 * Returns outputs of a pipeline: `STACK`, or `STACK/ID` for one of several in a stack, whose outputs begin with its id. Throws `InvalidInput`
 * if the stack or one of the outputs is missing, or if the stack has several pipelines and none is named.
 */
export async function requireOutputs<Name extends string>(
  account: AwsAccount,
  name: string,
  wanted: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  const [stackName = '', id] = name.split('/', 2);
  const stack = await account.stack(stackName);
  if (stack === undefined) throw refuse(name, `there is no such stack in this region; ${await advice(account)}`);
  const prefix = id ?? onlyPrefix(name, stack.outputs, wanted[0] ?? '');
  const missing = wanted.filter((output) => stack.outputs[`${prefix}${output}`] === undefined);
  if (missing.length > 0) {
    const outputs = `${missing.length === 1 ? 'output' : 'outputs'} ${missing.map((each) => prefix + each).join(' and ')}`;
    throw refuse(name, `has no ${outputs} (it is ${stack.status}); deploy it with npx cdk deploy, or name another one`);
  }
  const entries = wanted.map((output) => [output, stack.outputs[`${prefix}${output}`] ?? '']);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Returns the id of the stack's only pipeline. It is empty for a stack that is one pipeline. */
function onlyPrefix(name: string, outputs: Readonly<Record<string, string>>, output: string): string {
  const found = Object.keys(outputs)
    .filter((each) => each.endsWith(output))
    .map((each) => each.slice(0, -output.length));
  if (found.includes('')) return '';
  if (found.length < 2) return found[0] ?? '';
  const ids = found.map((id) => `${name}/${id}`).sort();
  throw refuse(name, `has several pipelines; choose one: ${ids.map((each) => `--stack ${each}`).join(', ')}`);
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
