/** The state machine that `start` and `status` use: in AWS, or at an endpoint such as that of `pipeline serve`. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionStarter } from '../adapters/aws/executions';
import { createRunViewer, listStateMachines, type RunViewer } from '../adapters/aws/run-viewer';
import { InvalidInputError } from '../core/contract/errors';
import type { ExecutionStarter } from '../core/ports/runs';
import { readDeployedStack, type StackOptions } from './deployed-stack';
import { isUnreached } from './outside-error';

export interface StatesOptions extends StackOptions {
  /** Unused with a stack, whose output names it. */
  readonly stateMachine?: string;
  readonly endpointUrl?: string;
}

/** One state machine. */
export interface States {
  readonly starter: ExecutionStarter;
  readonly viewer: RunViewer;
  /** True if a server on this machine has it. */
  readonly isLocal: boolean;
  readonly region: string | undefined;
}

/** The server on this machine checks no signature, so that real credentials are not used for it. */
const LOCAL = { region: 'local-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const ARN = /^arn:aws[\w-]*:states:(?<region>[\w-]+):\d{12}:stateMachine:[^:]+$/;

/** Does the work on the state machine. Throws `InvalidInput` for bad options and if nothing answers at the endpoint. */
export async function withStates(options: StatesOptions, work: (states: States) => Promise<void>): Promise<void> {
  const { endpointUrl } = options;
  const stateMachine = await stateMachineOf(options);
  const region = regionOf(stateMachine);
  const local = endpointUrl !== undefined && isLoopback(endpointUrl);
  if (stateMachine === undefined && !local) {
    throw refuse(
      '--state-machine',
      'is missing; name the stack with --stack, or set PIPELINE_STATE_MACHINE; a served pipeline needs --endpoint-url',
    );
  }
  const client = new SFNClient({
    endpoint: endpointUrl,
    ...(local ? LOCAL : {}),
    ...(region === undefined ? {} : { region }),
  });
  try {
    const arn = stateMachine ?? (await onlyStateMachine(client));
    await work({
      starter: createExecutionStarter(client, arn),
      viewer: createRunViewer(client, arn),
      isLocal: local,
      region: region ?? options.region,
    });
  } catch (error) {
    if (endpointUrl === undefined || !isUnreached(error)) throw error;
    const cure = local ? 'start it with npx pipeline serve, or name' : 'name';
    throw refuse('--endpoint-url', `nothing answers at ${endpointUrl}; ${cure} another endpoint`);
  } finally {
    client.destroy();
  }
}

async function stateMachineOf(options: StatesOptions): Promise<string | undefined> {
  if (options.stack === undefined) return options.stateMachine;
  return (await readDeployedStack(options.stack, options, ['StateMachineArn'])).StateMachineArn;
}

function regionOf(arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  const region = ARN.exec(arn)?.groups?.region;
  if (region === undefined) throw refuse('--state-machine', `is '${arn}'; write the ARN of a state machine`);
  return region;
}

/** Returns true for an address on this machine. Throws `InvalidInput` if it is no URL. */
export function isLoopback(url: string): boolean {
  try {
    return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
  } catch {
    throw refuse('--endpoint-url', `is '${url}'; write a URL such as http://127.0.0.1:8083`);
  }
}

async function onlyStateMachine(client: SFNClient): Promise<string> {
  const [only, ...more] = await listStateMachines(client);
  if (only !== undefined && more.length === 0) return only;
  throw refuse('--state-machine', `is missing, and the endpoint has ${only === undefined ? 'none' : more.length + 1}`);
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('the state machine cannot be reached', [{ path, message }]);
}
