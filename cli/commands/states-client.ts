/** Reaches the state machine that the operator means: in AWS, or at an endpoint such as that of `pipeline serve`. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { createExecutionStarter } from '../../adapters/aws/executions';
import { createRunViewer, listStateMachines, type RunViewer } from '../../adapters/aws/run-viewer';
import { InvalidInputError } from '../../core/contract/errors';
import type { ExecutionStarter } from '../../core/ports/runs';
import { type Output, printError } from '../output/print';

export interface StatesOptions {
  readonly stateMachine?: string;
  readonly endpointUrl?: string;
}

/** One state machine, reached. */
export interface States {
  readonly starter: ExecutionStarter;
  readonly viewer: RunViewer;
}

/** Anything signs requests to this machine itself, which checks no signature; real credentials stay out of it. */
const LOCAL = { region: 'local-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const ARN = /^arn:aws[\w-]*:states:(?<region>[\w-]+):\d{12}:stateMachine:[^:]+$/;

/** Does the work on the state machine. What AWS refuses is printed, and gives exit code 1. Throws `InvalidInput` for bad options. */
export async function withStates(
  options: StatesOptions,
  stderr: Output,
  work: (states: States) => Promise<number>,
): Promise<number> {
  const { stateMachine, endpointUrl } = options;
  const region = regionOf(stateMachine);
  const local = endpointUrl !== undefined && isLoopback(endpointUrl);
  if (stateMachine === undefined && !local) {
    throw refuse('--state-machine', "is missing; name the stack's state machine, or set PIPELINE_STATE_MACHINE");
  }
  const client = new SFNClient({
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    ...(local ? LOCAL : {}),
    ...(region === undefined ? {} : { region }),
  });
  try {
    const arn = stateMachine ?? (await onlyStateMachine(client));
    return await work({ starter: createExecutionStarter(client, arn), viewer: createRunViewer(client, arn) });
  } catch (error) {
    if (!isOfAws(error)) throw error;
    printError(stderr, error);
    return 1;
  } finally {
    client.destroy();
  }
}

function regionOf(arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  const region = ARN.exec(arn)?.groups?.region;
  if (region === undefined) throw refuse('--state-machine', `is '${arn}'; write the ARN of a state machine`);
  return region;
}

function isLoopback(url: string): boolean {
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

/** Errors of the service, of the credentials and of the network; anything else is a fault of ours. */
function isOfAws(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || 'code' in error || error.name === 'CredentialsProviderError';
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('the state machine cannot be reached', [{ path, message }]);
}
