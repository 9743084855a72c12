/** Executions on disk: a folder each, with its record and its history, so that both can be asked for after a restart. */
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../adapters/disk/atomic-file';
import type { ExecutionRecord } from './execution-record';
import type { HistoryEntry } from './history-event';

export interface ExecutionStore {
  /** All that were ever saved here. */
  load(): Promise<readonly ExecutionRecord[]>;
  /** Records of one execution are saved in the order of the calls. */
  save(record: ExecutionRecord): Promise<void>;
  /** Adds an event to the history, in the order of the calls. */
  append(name: string, entry: HistoryEntry): void;
  /** The events so far, the first one first. Throws if one could not be written. */
  history(name: string): Promise<readonly HistoryEntry[]>;
}

/** Executions below the folder. */
export function openExecutionStore(directory: string): ExecutionStore {
  /** What is being written, by execution. */
  const writing = new Map<string, Promise<void>>();
  const folderOf = (name: string) => join(directory, name);

  function afterWhatIsWritten(name: string, work: () => Promise<void>): Promise<void> {
    const done = (writing.get(name) ?? Promise.resolve()).then(work);
    writing.set(name, done);
    // Whoever waits for it is told; until then a failure must not end the process.
    done.catch(() => undefined);
    return done;
  }

  return {
    load: async () => {
      const names = await foldersIn(directory);
      const records = await Promise.all(names.map((name) => readRecord(join(folderOf(name), RECORD))));
      return records.filter((record) => record !== undefined);
    },
    save: (record) =>
      afterWhatIsWritten(record.name, () =>
        writeFileAtomically(join(folderOf(record.name), RECORD), `${JSON.stringify(record, null, 2)}\n`),
      ),
    append: (name, entry) => {
      void afterWhatIsWritten(name, async () => {
        await mkdir(folderOf(name), { recursive: true });
        // The line feed goes first: after a line that was cut off by a kill, the next one begins anew.
        await appendFile(join(folderOf(name), HISTORY), `\n${JSON.stringify(entry)}`);
      });
    },
    history: async (name) => {
      await writing.get(name);
      return readHistory(join(folderOf(name), HISTORY));
    },
  };
}

const RECORD = 'execution.json';
const HISTORY = 'history.jsonl';

async function foldersIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined for a folder whose record was never written: its execution was never said to have started. */
async function readRecord(file: string): Promise<ExecutionRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ExecutionRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Without lines that were being written when the process was killed. */
async function readHistory(file: string): Promise<readonly HistoryEntry[]> {
  return (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as HistoryEntry];
    } catch {
      return [];
    }
  });
}
