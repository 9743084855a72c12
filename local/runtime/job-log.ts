/** Logs of jobs on one machine: the end of a file. */
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BuildOutcome } from '../../core/contract/job';

/** Bytes of a log that a page shows. */
const SHOWN = 6000;

/** Returns the end of the job's log, cut at a line, or undefined if there is no such file. Never throws. */
export async function readJobLog({ logs }: Pick<BuildOutcome, 'logs'>): Promise<string | undefined> {
  if (logs === undefined || !logs.startsWith('file://')) return undefined;
  try {
    const file = await open(fileURLToPath(logs));
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - SHOWN);
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(Math.min(size, SHOWN)),
        0,
        Math.min(size, SHOWN),
        start,
      );
      const text = buffer.subarray(0, bytesRead).toString('utf8');
      return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
