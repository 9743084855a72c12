/** Measures memory and CPU of BuildKit's container, which includes everything that it runs, by the statistics of Docker's engine. */
import { rename, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { parseJson } from '../../../core/text/json';

/** The engine's socket unless `DOCKER_HOST` names another one. */
const USUAL_SOCKET = '/var/run/docker.sock';

const count = z.number().nonnegative();

/**
 * One of the statistics that the engine sends each second. The kernel's older control groups write `total_active_file` for a container with all
 * of its groups: https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Container/operation/ContainerStats
 */
const Sample = z.object({
  memory_stats: z.object({ usage: count, stats: z.record(z.string(), z.number()) }),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: count }) }),
});

/** What a container used from its start to one moment. */
export interface Usage {
  /** The most bytes of all samples. */
  readonly memory: number;
  /** Seconds of all CPUs. */
  readonly cpu: number;
}

const NOTHING: Usage = { memory: 0, cpu: 0 };

/**
 * Returns the usage after one more sample, a line of JSON. Caches of files do not count: the kernel fills all free memory with them, and drops
 * them when a build needs it. A line without numbers, such as that of a container that has ended, changes nothing.
 */
export function addSample(usage: Usage, line: string): Usage {
  const sample = Sample.safeParse(parseJson(line)).data;
  if (sample === undefined) return usage;
  const { usage: all, stats } = sample.memory_stats;
  const caches = ['active_file', 'inactive_file', 'slab_reclaimable'];
  const cached = caches.reduce((sum, name) => sum + (stats[`total_${name}`] ?? stats[name] ?? 0), 0);
  return {
    memory: Math.max(usage.memory, all - cached),
    cpu: Math.max(usage.cpu, sample.cpu_stats.cpu_usage.total_usage / 1e9),
  };
}

/** Returns the usage as the buildspec exports it: `memory=314572800 cpu=41.3`, or an empty text if nothing was measured. */
export function usageText({ memory, cpu }: Usage): string {
  return memory === 0 ? '' : `memory=${Math.round(memory)} cpu=${cpu.toFixed(1)}`;
}

/** Writes a container's usage to the file after each sample, until it ends. No engine, no file. Rejects if the connection breaks. */
export async function measureUsage(
  container: string,
  file: string,
  { DOCKER_HOST }: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const socketPath = DOCKER_HOST === undefined ? USUAL_SOCKET : /^unix:\/\/(.+)$/.exec(DOCKER_HOST)?.[1];
  if (socketPath === undefined) return;
  const path = `/containers/${encodeURIComponent(container)}/stats?stream=true`;
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path }, resolve).once('error', reject);
  });
  let usage = NOTHING;
  for await (const line of createInterface({ input: reply })) {
    usage = addSample(usage, line);
    // The file is read at any time.
    await writeFile(`${file}.new`, usageText(usage));
    await rename(`${file}.new`, file);
  }
}
