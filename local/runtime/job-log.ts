/** Logs of jobs on one machine: the end of a file. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { BuildOutcome } from '../../core/contract/job';

/** Bytes of a log that a page shows. */
const SHOWN = 6000;

/** Returns the end of the job's log, cut at a line, or undefined if there is no such file. Never throws. */
export async function readJobLog({ logs }: Pick<BuildOutcome, 'logs'>): Promise<string | undefined> {
  if (logs === undefined || !logs.startsWith('file://')) return undefined;
  try {
    const file = fileURLToPath(logs);
    const start = Math.max(0, (await stat(file)).size - SHOWN);
    const shown = await text(createReadStream(file, { start }));
    return start === 0 ? shown : shown.slice(shown.indexOf('\n') + 1);
  } catch {
    return undefined;
  }
}
