/** The board of a deployed stack, read with the caller's own AWS credentials. Nothing is deployed for it. */
import { RedriveExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { createRunViewer, type ListedRun, type RunViewer } from '../../adapters/aws/run-viewer';
import type { ExecutionFacts, RunRecords } from '../../core/board/run-header';
import { RECORD_NAMES, type RecordName, readRunRecords } from '../../core/board/stored-records';
import { messageOf } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { ObjectStore } from '../../core/ports/store';
import { commitLink, executionLink, objectLink } from '../../core/report/run-text';
import type { Settings } from '../../core/settings/schema';
import type { ActOnRun } from '../../local/board/open-home';
import type { BoardSource, StoredRuns } from '../../local/board/source';
import { readDeployedStack } from '../deployed-stack';
import { readSettingsFile } from '../doctor/deployment-files';
import { storeOfBucket } from '../run-store';

/** The stack, and a clone of its monorepo. */
export interface StackSourceOptions {
  readonly stack: string;
  readonly region: string | undefined;
  readonly repository: string | undefined;
  readonly settings: string | undefined;
}

/** Opens the stack. Throws `InvalidInput` if it cannot be used, and errors of AWS. */
export async function openStackSource(options: StackSourceOptions): Promise<BoardSource> {
  const { stack, region, repository } = options;
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
    problems,
    // Logs of CodeBuild are in CloudWatch. The page links to them.
    readLog: async () => undefined,
    linksOf: (records) => linksOf(records, settings, store),
    act: actByApi({ region: ownRegion }),
  };
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
  const links = {
    execution: arn === undefined ? undefined : executionLink(arn),
    records: arn === undefined ? undefined : objectLink(arn, store.location(objectKeys.summary(run))),
    source: commitLink(settings?.git, report?.source ?? plan?.commit ?? ''),
    commit: commitLink(settings?.git, report?.commit ?? ''),
  };
  return Object.fromEntries(Object.entries(links).filter(([, link]) => link !== undefined));
}

/** Returns what stops and redrives an execution over the API of Step Functions, in AWS or at an endpoint of this machine. */
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

/** The most runs that Step Functions lists at once. It forgets them after 90 days. */
const MOST_RUNS = 1000;

/** Between two lists, in ms: all callers of an account share the requests that Step Functions allows. */
const LIST_EVERY = 2000;

function openStackRuns(viewer: RunViewer, store: ObjectStore): StoredRuns {
  let listed: ReadonlyMap<string, ListedRun> = new Map();
  let at = Number.NEGATIVE_INFINITY;

  async function list(): Promise<void> {
    if (performance.now() - at < LIST_EVERY) return;
    at = performance.now();
    listed = new Map((await viewer.recent(MOST_RUNS)).map((run) => [run.name, run]));
  }

  async function read(run: string, names: readonly RecordName[]): Promise<RunRecords> {
    const texts = await Promise.all(
      names.map(async (name) => [name, await textOf(store, objectKeys[name](run))] as const),
    );
    const known = listed.get(run);
    const found = Object.fromEntries(texts.filter(([, text]) => text !== undefined));
    return { ...readRunRecords(run, found), ...(known === undefined ? {} : { execution: factsOf(known) }) };
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
      return read(run, isOpen ? ['plan', 'approval'] : ['report']);
    },
    readAll: async (run) => {
      await list();
      const described = await viewer.describe(run);
      if (described === undefined) return undefined;
      const records = await read(run, STORED_IN_AWS);
      const { input, error, cause } = described;
      const texts = Object.entries({ input, error, cause }).filter(([, text]) => text !== undefined);
      return { ...records, execution: { ...factsOf(described), ...Object.fromEntries(texts) } };
    },
  };
}

/** Times and answers are in the history of the execution. */
const STORED_IN_AWS = RECORD_NAMES.filter((name) => name !== 'timeline' && name !== 'answer');

function factsOf({ status, startedAt, stoppedAt, arn }: ListedRun): ExecutionFacts {
  const known = status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
  return { status: known, startedAt, arn, ...(stoppedAt === undefined ? {} : { stoppedAt }) };
}

async function textOf(store: ObjectStore, key: string): Promise<string | undefined> {
  return (await store.get(key))?.toString('utf8');
}
