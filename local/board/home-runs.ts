/** The runs of a home, from its files. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionFacts, RunRecords } from '../../core/board/run-header';
import { RECORD_NAMES, type RecordName, readRunRecords } from '../../core/board/stored-records';
import { objectKeys } from '../../core/contract/keys';
import { parseJson } from '../../core/text/json';
import { homePaths } from '../runtime/home';
import { executionArn } from '../serve/execution-store';
import type { StoredRuns } from './source';

/** Names of runs, which are folder names here. */
const RUN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;

/** A record that is larger was not written by the pipeline; in bytes. */
const LARGEST_RECORD = 64 * 1024 * 1024;

/** Opens the runs of a home. Folders that are missing are empty. */
export function openHomeRuns(home: string): StoredRuns {
  const paths = homePaths(home);
  const folders = [join(paths.objects, 'runs'), paths.executions];
  const fileOf = (run: string, name: RecordName) => join(paths.objects, objectKeys[name](run));
  const executionFile = (run: string) => join(paths.executions, run, 'execution.json');
  const listings = new Map<string, { readonly changed: number; readonly names: readonly string[] }>();

  async function namesIn(folder: string): Promise<readonly string[]> {
    const changed = await changedAt(folder);
    const known = listings.get(folder);
    if (known?.changed === changed) return known.names;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isDirectory() && RUN_NAME.test(entry.name)).map(({ name }) => name);
    listings.set(folder, { changed, names });
    return names;
  }

  async function readSome(run: string, names: readonly RecordName[]): Promise<RunRecords | undefined> {
    const [execution, ...texts] = await Promise.all([
      readText(executionFile(run)),
      ...names.map((name) => readText(fileOf(run, name))),
    ]);
    const stored = Object.fromEntries(
      names.flatMap((name, at) => (texts[at] === undefined ? [] : [[name, texts[at]]])),
    );
    if (execution === undefined && Object.keys(stored).length === 0) return undefined;
    const facts = execution === undefined ? undefined : executionFacts(run, execution);
    return { ...readRunRecords(run, stored), ...(facts === undefined ? {} : { execution: facts }) };
  }

  return {
    names: async () => [...new Set((await Promise.all(folders.map(namesIn))).flat())],
    stamp: async (run) => {
      const files = [executionFile(run), ...RECORD_NAMES.map((name) => fileOf(run, name))];
      const times = await Promise.all(files.map(changedAt));
      return { token: times.join(' '), at: Math.max(...times) };
    },
    readHeader: async (run) => {
      const ended = await readSome(run, ['report']);
      if (ended?.report !== undefined) return ended;
      return (await readSome(run, RECORD_NAMES)) ?? { run, problems: [] };
    },
    readAll: async (run) => (RUN_NAME.test(run) ? readSome(run, RECORD_NAMES) : undefined),
  };
}

/** Returns 0 for a file that does not exist. */
async function changedAt(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Returns undefined for a file that does not exist, and an empty text for one that cannot be read. */
async function readText(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    return size > LARGEST_RECORD ? '' : await readFile(file, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
}

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

function executionFacts(run: string, text: string): ExecutionFacts | undefined {
  const { status, startedAt, stoppedAt, input, error, cause } = Object(parseJson(text)) as Record<string, unknown>;
  const known = STATUSES.find((each) => each === status);
  if (known === undefined) return undefined;
  const texts = Object.entries({ input, error, cause }).filter(([, value]) => typeof value === 'string');
  const times = Object.entries({ startedAt, stoppedAt }).filter(([, value]) => typeof value === 'number');
  return { status: known, arn: executionArn(run), ...Object.fromEntries([...texts, ...times]) };
}
