/** Views runs of the state machine: their status, input, output and events. */
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  paginateGetExecutionHistory,
  type SFNClient,
} from '@aws-sdk/client-sfn';

const VIEWED_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;
export type ViewedStatus = (typeof VIEWED_STATUSES)[number];

/** A run in a list. Times are in milliseconds since 1970. */
export interface ListedRun {
  readonly name: string;
  readonly arn: string;
  readonly status: ViewedStatus;
  readonly startedAt: number;
  readonly stoppedAt?: number;
}

/** A run with its input and output as JSON texts. */
export interface ViewedRun extends ListedRun {
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** A state that was entered or left, with its input or output as JSON text. `id` numbers the run's events from 1. `at` is in ms since 1970. */
export interface RunEvent {
  readonly id: number;
  readonly at: number;
  readonly kind: 'entered' | 'exited';
  readonly state: string;
  /** `Task`, `Map`, `Parallel` and so on. */
  readonly type: string;
  readonly data?: string;
}

export interface RunViewer {
  /** Returns the run, or undefined if there is none of that name. Step Functions forgets runs after 90 days. */
  describe(name: string): Promise<ViewedRun | undefined>;
  /** Returns the last runs, the newest first, at most 1,000. */
  recent(limit: number): Promise<readonly ListedRun[]>;
  /** Returns the runs that go on, at most 1,000. */
  running(): Promise<readonly ListedRun[]>;
  /** Returns the state that the run entered last; undefined before the first one, and if it is among many events. */
  lastState(name: string): Promise<string | undefined>;
  /** Returns the events after the one of that number, in order. */
  eventsAfter(name: string, id: number): Promise<readonly RunEvent[]>;
}

/** Returns a viewer of one state machine's runs. Throws the SDK's errors. */
export function createRunViewer(client: SFNClient, stateMachineArn: string): RunViewer {
  const arnOf = (name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  return {
    describe: async (name) => {
      try {
        const run = await client.send(new DescribeExecutionCommand({ executionArn: arnOf(name) }));
        const { input, output, error, cause } = run;
        return { ...listed(run), ...withoutUndefined({ input, output, error, cause }) };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },
    recent: async (limit) => {
      const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: limit }));
      return executions.map(listed);
    },
    running: async () => {
      const request = { stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 } as const;
      return ((await client.send(new ListExecutionsCommand(request))).executions ?? []).map(listed);
    },
    lastState: async (name) => {
      const request = { executionArn: arnOf(name), reverseOrder: true, maxResults: 20 };
      const { events = [] } = await client.send(new GetExecutionHistoryCommand(request));
      return events.flatMap(({ stateEnteredEventDetails: entered }) => entered?.name ?? [])[0];
    },
    eventsAfter: (name, id) => eventsAfter(client, arnOf(name), id),
  };
}

/** Returns the ARNs of the state machines in the client's region. */
export async function listStateMachines(client: SFNClient): Promise<readonly string[]> {
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({ maxResults: 1000 }));
  return stateMachines.flatMap(({ stateMachineArn }) => (stateMachineArn === undefined ? [] : [stateMachineArn]));
}

/** Reads backwards until a known event, so that a long history is not read again each time. */
async function eventsAfter(client: SFNClient, executionArn: string, id: number): Promise<readonly RunEvent[]> {
  const found: RunEvent[] = [];
  const request = { executionArn, reverseOrder: true, includeExecutionData: true };
  for await (const { events = [] } of paginateGetExecutionHistory({ client, pageSize: 100 }, request)) {
    found.push(...events.filter((event) => (event.id ?? 0) > id).flatMap(runEvent));
    if (events.some((event) => (event.id ?? 0) <= id)) break;
  }
  return found.reverse();
}

function runEvent({ id = 0, type, timestamp, ...event }: HistoryEvent): RunEvent[] {
  const at = timestamp?.getTime() ?? 0;
  const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
  const kind = type?.replace(/State(Entered|Exited)$/, '') ?? '';
  if (entered?.name !== undefined) {
    return [{ id, at, kind: 'entered', state: entered.name, type: kind, ...withoutUndefined({ data: entered.input }) }];
  }
  if (exited?.name === undefined) return [];
  return [{ id, at, kind: 'exited', state: exited.name, type: kind, ...withoutUndefined({ data: exited.output }) }];
}

type ListedByAws = Partial<Pick<ExecutionListItem, 'name' | 'executionArn' | 'status' | 'startDate' | 'stopDate'>>;

function listed({ name = '', executionArn = '', status, startDate, stopDate }: ListedByAws): ListedRun {
  return {
    name,
    arn: executionArn,
    status: VIEWED_STATUSES.find((known) => known === status) ?? 'RUNNING',
    startedAt: startDate?.getTime() ?? 0,
    ...(stopDate === undefined ? {} : { stoppedAt: stopDate.getTime() }),
  };
}

function withoutUndefined<Key extends string>(
  fields: Readonly<Record<Key, string | undefined>>,
): { readonly [K in Key]?: string } {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { readonly [K in Key]?: string };
}
