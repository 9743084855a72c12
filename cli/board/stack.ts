/** The data source of the board for a deployed stack. It uses the caller's AWS credentials and needs no resources of its own. */
import { RedriveExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { readBuildLog } from '../../adapters/aws/build-log';
import { createRunViewer, type ListedRun, type RunEvent, type RunViewer } from '../../adapters/aws/run-viewer';
import type { ExecutionFacts, RunRecords } from '../../core/board/run-header';
import { RECORD_NAMES, type RecordName, readRunRecords } from '../../core/board/stored-records';
import { recordTimeline, type TimelineRecorder, withStoredJobs } from '../../core/board/timeline';
import { messageOf } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { executionLink, objectLink } from '../../core/report/run-text';
import { commitPages } from '../../core/settings/git-pages';
import type { Settings } from '../../core/settings/schema';
import { parseJson } from '../../core/text/json';
import { present } from '../../core/text/present';
import type { ActOnRun } from '../../local/board/open-home';
import type { BoardSource, StoredRuns } from '../../local/board/source';
import { readDeployedStack } from '../deployed-stack';
import { readSettingsFile } from '../doctor/deployment-files';
import { storeOfBucket } from '../run-store';

export interface StackSourceOptions extends Pick<BoardSource, 'repository' | 'valuesRepository'> {
  readonly stack: string;
  readonly region: string | undefined;
  /** The file. */
  readonly settings: string | undefined;
}

/** Opens the stack. Throws `InvalidInput` if the stack or its outputs are missing, and errors of AWS. */
export async function openStackSource(options: StackSourceOptions): Promise<BoardSource> {
  const { stack, region, repository, valuesRepository } = options;
  const where = region === undefined ? {} : { region };
  const outputs = await readDeployedStack(stack, where, ['StateMachineArn', 'StoreBucketName']);
  const arn = outputs.StateMachineArn;
  const ownRegion = arn.split(':')[3] ?? '';
  const client = new SFNClient({ region: ownRegion });
  const store = await storeOfBucket(outputs.StoreBucketName, ownRegion);
  const problems: string[] = [];
  const settings = await readSettings(options, problems);
  return {
    title: `stack ${stack} in ${ownRegion}`,
    place: { kind: 'stack', stack, ...where },
    runs: openStackRuns(createRunViewer(client, arn), store),
    settings,
    repository,
    valuesRepository,
    problems,
    readLog: async ({ logs }) => (logs === undefined ? undefined : readBuildLog(await logsClient(ownRegion), logs)),
    linksOf: (records) => linksOf(records, settings, store),
    act: actByApi({ region: ownRegion }),
  };
}

/** Loads the SDK's client only when a log is read. */
async function logsClient(region: string) {
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
  return new CloudWatchLogsClient({ region });
}

async function readSettings({ settings }: StackSourceOptions, problems: string[]): Promise<Settings | undefined> {
  try {
    return await readSettingsFile(settings === undefined ? {} : { settings });
  } catch (error) {
    problems.push(`The settings cannot be read (--settings FILE): ${messageOf(error)}`);
    return undefined;
  }
}

function linksOf({ run, report, plan, execution }: RunRecords, settings: Settings | undefined, store: ObjectStore) {
  const arn = execution?.arn;
  const pages = commitPages(settings, { source: report?.source ?? plan?.commit, commit: report?.commit });
  return present({
    execution: arn === undefined ? undefined : executionLink(arn),
    records: arn === undefined ? undefined : objectLink(arn, store.location(objectKeys.summary(run))),
    source: pages.sourcePage,
    commit: pages.commitPage,
  });
}

/** Returns a function that stops or redrives an execution over the API of Step Functions, in AWS or at an endpoint on this machine. */
export function actByApi(at: { readonly region: string } | { readonly endpoint: string }): ActOnRun {
  const local = { region: 'local-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  return async (action, executionArn) => {
    const client = new SFNClient('endpoint' in at ? { ...local, endpoint: at.endpoint } : at);
    try {
      if (action === 'stop') await client.send(new StopExecutionCommand({ executionArn }));
      else await client.send(new RedriveExecutionCommand({ executionArn }));
    } finally {
      client.destroy();
    }
  };
}

/** The most runs that the board lists. Step Functions keeps them for 90 days. */
const MAX_RUNS = 1000;

/** The time between two lists, in ms. All callers in an account share one rate limit of Step Functions. */
const LIST_EVERY = 2000;

function openStackRuns(viewer: RunViewer, store: ObjectStore): StoredRuns {
  const readTimeline = timelineReader(viewer);
  let listed: ReadonlyMap<string, ListedRun> = new Map();
  let at = Number.NEGATIVE_INFINITY;

  async function list(): Promise<void> {
    if (performance.now() - at < LIST_EVERY) return;
    at = performance.now();
    listed = new Map((await viewer.recent(MAX_RUNS)).map((run) => [run.name, run]));
  }

  async function read(run: string, names: readonly RecordName[]): Promise<RunRecords> {
    const found: Partial<Record<RecordName, string>> = {};
    const problems: string[] = [];
    await Promise.all(
      names.map(async (name) => {
        try {
          const text = await store.get(objectKeys[name](run));
          if (text !== undefined) found[name] = text.toString('utf8');
        } catch (error) {
          // A caller who may only read is refused approval.json, because its task token approves the run.
          problems.push(`The record ${objectKeys[name](run)} cannot be read: ${messageOf(error)}`);
        }
      }),
    );
    const known = listed.get(run);
    const records = readRunRecords(run, found);
    const execution = known && factsOf(known);
    return { ...records, problems: [...records.problems, ...problems], ...present({ execution }) };
  }

  return {
    names: async () => {
      await list();
      return [...listed.keys()];
    },
    stamp: async (run) => {
      const { status, startedAt, stoppedAt } = listed.get(run) ?? {};
      return { token: `${status} ${stoppedAt}`, at: stoppedAt ?? startedAt ?? 0 };
    },
    readHeader: async (run) => {
      const isOpen = listed.get(run)?.status === 'RUNNING';
      return read(run, isOpen ? ['plan', 'proposal', 'approval'] : ['report']);
    },
    readAll: async (run) => {
      await list();
      const described = await viewer.describe(run);
      if (described === undefined) return undefined;
      const [records, timeline] = await Promise.all([read(run, STORED_IN_AWS), readTimeline(run, described.startedAt)]);
      const { input, error, cause } = described;
      const shown = withStoredJobs(timeline, records.timeline);
      return { ...records, timeline: shown, execution: { ...factsOf(described), ...present({ input, error, cause }) } };
    },
  };
}

/** Answers are not stored in AWS; they are in the history of the execution. */
const STORED_IN_AWS = RECORD_NAMES.filter((name) => name !== 'answer');

/** Histories that are cached. The page of a running run polls, and then only the new events are read. */
const KEPT_HISTORIES = 20;

/**
 * Returns a function that reads the timeline of a run from the history of its execution. The jobs of a Distributed Map have histories of their
 * own, which are not read: at its end, a run stores the times of its jobs.
 */
function timelineReader({ eventsAfter }: RunViewer) {
  const kept = new Map<string, { readonly recorder: TimelineRecorder; last: number }>();
  return async (run: string, startedAt: number) => {
    const known = kept.get(run) ?? { recorder: recordTimeline(run, startedAt), last: 0 };
    const events = await eventsAfter(run, known.last);
    // Two pages may read the same events at the same time.
    for (const event of events.filter(({ id }) => id > known.last)) addEvent(known.recorder, event);
    known.last = Math.max(known.last, ...events.map(({ id }) => id));
    kept.delete(run);
    kept.set(run, known);
    for (const oldest of [...kept.keys()].slice(0, -KEPT_HISTORIES)) kept.delete(oldest);
    return known.recorder.timeline();
  };
}

function addEvent(recorder: TimelineRecorder, { kind, state, at, data }: RunEvent): void {
  // Step Functions truncates long data, which is then no JSON.
  const parsed = data === undefined ? undefined : parseJson(data);
  recorder.add({ kind: kind === 'entered' ? 'entered' : 'left', state, isTop: true, at, data: parsed });
}

function factsOf({ status, startedAt, stoppedAt, arn }: ListedRun): ExecutionFacts {
  const known = status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
  return { status: known, startedAt, arn, ...present({ stoppedAt }) };
}
