/** Runs a state machine definition on this machine, with `aws-local-stepfunctions` as interpreter. */
import '../promise-with-resolvers';
import { StateMachine } from 'aws-local-stepfunctions';
import { logicalIdOf } from './definition';
import { withItemReaders } from './item-readers';

type Json = Readonly<Record<string, unknown>>;

/** The work of a Task state: gets the parameters of the state, and returns the result that AWS would return. */
type TaskHandler = (parameters: Json) => Promise<unknown>;

/** Replacements for AWS: Lambda functions by logical id, CodeBuild, items of Maps, and approvals. */
interface TaskHandlers {
  readonly functions: ReadonlyMap<string, (payload: unknown) => Promise<unknown>>;
  readonly codeBuild: TaskHandler;
  /** Reads the items of a Map from the object of the key. */
  readonly readItems?: (key: string) => Promise<unknown>;
  /** Starts a further run of the state machine. */
  readonly startRun?: StartRun;
  /** Waits for the answer to the task token in this payload. Throws if it is a refusal. */
  readonly answer?: (payload: unknown, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** A run that a run asks for. `wait` is true if it goes on only after the end of that run. */
export interface FurtherRun {
  readonly name: string;
  readonly input: unknown;
  readonly wait: boolean;
}

/** Starts the run, and waits for its end if that is asked for. `taken`: a run of that name has ended, or has another input. */
export type StartRun = (
  run: FurtherRun,
  signal: AbortSignal | undefined,
) => Promise<ExecutionResult | 'started' | 'taken'>;

/** The end of an execution: its output, or its error as `describe-execution` would show it. */
export type ExecutionResult =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED' | 'ABORTED'; readonly error: string; readonly cause: string };

/** An event of the interpreter. `timestamp` is in ms since 1970. */
export interface StateEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly state?: {
    readonly name: string;
    readonly type: string;
    readonly input?: unknown;
    readonly output?: unknown;
  };
  /** The Map that an iteration belongs to. */
  readonly parentState?: { readonly name: string; readonly type: string };
  readonly index?: number;
  readonly Error?: string;
  readonly Cause?: unknown;
}

interface Execution {
  readonly name: string;
  readonly input: unknown;
  readonly definition: Json;
  readonly handlers: TaskHandlers;
  readonly onEvent?: (event: StateEvent) => void;
  readonly signal?: AbortSignal;
  /** Set to continue an execution that did not succeed. */
  readonly redrive?: Redrive;
}

/** Step Functions' limit for the result of a state, in bytes. */
const PAYLOAD_LIMIT = 262_144;

/**
 * Runs one execution to its end. A failed run is a result, never an error. After a stop, steps that have begun are awaited, so that no work
 * of the run goes on after it.
 */
export async function runExecution(execution: Execution): Promise<ExecutionResult> {
  const { input, name, signal } = execution;
  const definition = withItemReaders(redriven(execution.definition, execution.redrive));
  const underWay = new Set<Promise<unknown>>();
  const handlers = { ...execution.handlers, functions: tracked(execution.handlers.functions, underWay) };
  // Compiling the language's schema would cost every run time. Tests validate the definitions that the CDK app makes.
  const machine = new StateMachine(withTimeoutPaths(definition) as never, { validationOptions: { noValidate: true } });
  const running = machine.run(input as never, {
    overrides: { taskResourceLocalHandlers: localHandlers(definition, handlers, signal) },
    context: {
      Execution: {
        Id: `local:${name}`,
        Name: name,
        StartTime: new Date().toISOString(),
        Input: input as never,
        RedriveCount: execution.redrive?.count ?? 0,
      },
      StateMachine: { Id: 'local', Name: 'local' },
      // All tasks share one token, which is used in this process only.
      Task: { Token: `local:${name}` },
    },
    noThrowOnAbort: true,
  });
  const abort = () => running.abort();
  signal?.addEventListener('abort', abort);
  const events = watch(running.eventLogs, execution.onEvent);
  // The promise is awaited below. Until then, an unhandled rejection would end the process.
  events.catch(() => undefined);
  try {
    const output = await running.result;
    await events;
    if (signal?.aborted) return { status: 'ABORTED', error: 'Aborted', cause: 'the run was stopped' };
    return { status: 'SUCCEEDED', output };
  } catch (error) {
    // If the interpreter itself fails, it closes its log of events only when it is told to stop.
    running.abort();
    await events.catch(() => undefined);
    return { status: 'FAILED', ...errorAndCause(error) };
  } finally {
    signal?.removeEventListener('abort', abort);
    await Promise.allSettled(underWay);
  }
}

/** Returns the functions wrapped so that the set contains every call that has not ended. */
function tracked(functions: TaskHandlers['functions'], underWay: Set<Promise<unknown>>): TaskHandlers['functions'] {
  return new Map(
    [...functions].map(([id, work]) => [
      id,
      (payload) => {
        const running = work(payload).finally(() => underWay.delete(running));
        underWay.add(running);
        return running;
      },
    ]),
  );
}

async function watch(events: AsyncIterable<unknown>, onEvent: Execution['onEvent']): Promise<void> {
  for await (const event of events) onEvent?.(event as StateEvent);
}

/** Returns error and cause of the Fail state, which the interpreter puts into the cause of its own error. */
function errorAndCause(error: unknown): { error: string; cause: string } {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (inner instanceof Error) return { error: inner.name, cause: inner.message };
  return { error: 'States.Runtime', cause: String(inner) };
}

function localHandlers(
  definition: Json,
  handlers: TaskHandlers,
  signal: AbortSignal | undefined,
): Record<string, (input: unknown) => Promise<never>> {
  return Object.fromEntries(
    taskStates(definition).map(({ name, resource }) => [
      name,
      async (input) => (await runTask(resource, input as Json, handlers, signal)) as never,
    ]),
  );
}

async function runTask(
  resource: string,
  parameters: Json,
  { functions, codeBuild, answer, readItems, startRun }: TaskHandlers,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  // Items are the only result without a limit in Step Functions.
  if (resource.endsWith(':s3:getObject') && readItems !== undefined) return readItems(String(parameters.Key));
  if (resource.endsWith(':codebuild:startBuild.sync')) return withinLimit(await codeBuild(parameters));
  if (resource.endsWith(':lambda:invoke')) return withinLimit(await invoke(parameters, functions));
  if (resource.endsWith(':lambda:invoke.waitForTaskToken') && answer !== undefined) {
    await invoke(parameters, functions);
    return answer(parameters.Payload, signal);
  }
  const wait = resource.endsWith(':states:startExecution.sync:2');
  if (startRun !== undefined && (wait || resource.endsWith(':states:startExecution'))) {
    return furtherRun({ name: String(parameters.Name), input: parameters.Input, wait }, startRun, signal);
  }
  throw new Error(`the local runtime cannot run ${resource}`);
}

/** Starts a run, and fails as Step Functions would if the name is taken, or if the run was waited for and did not succeed. */
async function furtherRun(run: FurtherRun, startRun: StartRun, signal: AbortSignal | undefined): Promise<object> {
  const result = await startRun(run, signal);
  if (result === 'taken') throw named('StepFunctions.ExecutionAlreadyExistsException', `the name ${run.name} is taken`);
  if (result !== 'started' && result.status !== 'SUCCEEDED') throw named('States.TaskFailed', JSON.stringify(result));
  return { ExecutionArn: `local:${run.name}` };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

async function invoke(parameters: Json, functions: TaskHandlers['functions']): Promise<unknown> {
  const id = logicalIdOf(String(parameters.FunctionName)) ?? '';
  const work = functions.get(id);
  if (work === undefined) throw new Error(`the local runtime has no step for function ${id}`);
  try {
    // The payload of a Lambda function is JSON.
    return { StatusCode: 200, Payload: await work(JSON.parse(JSON.stringify(parameters.Payload))) };
  } catch (error) {
    throw asLambdaError(error);
  }
}

/** Returns the error as Lambda reports it: under its own name, with JSON as the cause. */
function asLambdaError(error: unknown): Error {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return named(name, JSON.stringify({ errorType: name, errorMessage: message, trace: [] }));
}

function withinLimit(result: unknown): unknown {
  const bytes = Buffer.byteLength(JSON.stringify(result ?? null));
  if (bytes <= PAYLOAD_LIMIT) return result;
  throw named('States.DataLimitExceeded', `a task returned ${bytes} bytes; Step Functions allows ${PAYLOAD_LIMIT}`);
}

/** Returns all Task states, those in Maps and Parallels included. State names are unique in the whole definition. */
export function taskStates(value: unknown): { readonly name: string; readonly resource: string }[] {
  if (Array.isArray(value)) return value.flatMap(taskStates);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const state = inner as { Type?: unknown; Resource?: unknown } | null;
    const isTask = typeof state === 'object' && state?.Type === 'Task' && typeof state.Resource === 'string';
    return isTask ? [{ name, resource: String(state.Resource) }] : taskStates(inner);
  });
}

/**
 * Returns the definition with every `TimeoutSecondsPath` replaced by the path of the same value in the task's parameters. Step Functions
 * reads the path in the state's input, the interpreter in the parameters. Throws if the parameters do not have the value.
 */
function withTimeoutPaths(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimeoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTimeoutPaths(each)]));
  const { TimeoutSecondsPath: wanted, Parameters } = inner;
  if (typeof wanted !== 'string') return inner;
  const there = placeOf(wanted, Parameters as Json | undefined);
  if (there === undefined) throw new Error(`a task waits for ${wanted}, which its parameters do not have`);
  return { ...inner, TimeoutSecondsPath: `$.${there}` };
}

/** Returns the dotted path of the parameter that takes its value from the path. */
function placeOf(path: string, parameters: Json | undefined): string | undefined {
  for (const [key, value] of Object.entries(parameters ?? {})) {
    if (key.endsWith('.$') && value === path) return key.slice(0, -'.$'.length);
    const below = typeof value === 'object' && value !== null ? placeOf(path, value as Json) : undefined;
    if (below !== undefined) return `${key}.${below}`;
  }
  return undefined;
}

/** A state of an earlier attempt, with its input at that time. `count` is the number of redrives, this one included. */
interface Redrive {
  readonly state: string;
  readonly input: unknown;
  readonly count: number;
}

/**
 * Returns the definition with that state as its start, as Step Functions redrives an execution. An added Pass state sets its input, because
 * the execution's input stays the same. Throws if the definition has no such state outside of Map and Parallel.
 */
function redriven(definition: Json, redrive: Redrive | undefined): Json {
  if (redrive === undefined) return definition;
  const states = definition.States as Json;
  if (!(redrive.state in states)) throw new Error(`the state machine has no state '${redrive.state}' to continue from`);
  const begin = { Type: 'Pass', Result: redrive.input, Next: redrive.state };
  return { ...definition, StartAt: BEGIN, States: { ...states, [BEGIN]: begin } };
}

const BEGIN = 'Continue';
