/** The headers of all runs in memory. Each run is read once; then only open and recent ones are watched. */
import { setImmediate } from 'node:timers/promises';
import { type RunHeader, runHeader, timeInName } from '../../core/board/run-header';
import { messageOf } from '../../core/contract/errors';
import type { StoredRuns } from './source';

/** Closed runs that are watched: the newest ones may be redriven. */
const WATCHED = 30;

/** Between two looks, in ms. */
const LOOK_EVERY = 250;

/** Runs that are read at a time, before other work has its turn. */
const AT_ONCE = 8;

interface Entry {
  readonly header: RunHeader;
  readonly token: string;
}

/** The runs, the newest first. */
export interface RunIndex {
  /** Looks for changes, at most every 250 ms. Returns once open and new runs are known, or after the first look of many. */
  refresh(): Promise<void>;
  list(): readonly RunHeader[];
  /** Grows with every change. */
  version(): number;
  /** The number of runs that are not read yet. */
  unread(): number;
  /** The reason if the runs cannot be listed. */
  problem(): string | undefined;
}

/** Makes an index. Nothing is read before the first `refresh`. */
export function createRunIndex(runs: StoredRuns, now: () => number): RunIndex {
  const entries = new Map<string, Entry>();
  const texts = new Map<string, string>();
  const queue: string[] = [];
  const queued = new Set<string>();
  let sorted: readonly RunHeader[] | undefined;
  let version = 0;
  let looked = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let filling: Promise<void> | undefined;
  let problem: string | undefined;

  /** Returns the one copy of a text, because thousands of runs name the same services. */
  const kept = (text: string) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };

  async function read(run: string): Promise<void> {
    const { token, at } = await runs.stamp(run);
    if (entries.get(run)?.token === token && !isOpen(run)) return;
    const header = runHeader(await runs.readHeader(run), now(), at);
    const before = entries.get(run)?.header;
    const small = { ...header, services: header.services.map(kept), builds: header.builds.map(kept) };
    entries.set(run, { header: small, token });
    if (
      before === undefined ||
      JSON.stringify({ ...before, seconds: 0 }) !== JSON.stringify({ ...small, seconds: 0 })
    ) {
      version += 1;
    }
    sorted = undefined;
  }

  function isOpen(run: string): boolean {
    const state = entries.get(run)?.header.state;
    return state === 'running' || state === 'waiting';
  }

  async function look(): Promise<void> {
    looked = performance.now();
    const names = await runs.names();
    problem = undefined;
    const fresh = names.filter((name) => !entries.has(name) && !queued.has(name));
    if (fresh.length > 0) {
      queue.push(...fresh.toSorted((a, b) => (timeInName(a) ?? 0) - (timeInName(b) ?? 0)));
      for (const name of fresh) queued.add(name);
    }
    const watched = list().filter(({ run }, index) => index < WATCHED || isOpen(run));
    for (const { run } of watched) {
      const { token } = await runs.stamp(run);
      if (isOpen(run) || token !== entries.get(run)?.token) await read(run);
    }
    if (fresh.length > 0 && fresh.length <= WATCHED) await fill();
    else if (queue.length > 0) void fill();
  }

  /** Reads the queue from its end, where the newest are. */
  function fill(): Promise<void> {
    filling ??= (async () => {
      while (queue.length > 0) {
        const some = queue.splice(-AT_ONCE);
        await Promise.all(some.map((run) => read(run).catch(() => undefined)));
        for (const run of some) queued.delete(run);
        await setImmediate();
      }
    })().finally(() => {
      filling = undefined;
    });
    return filling;
  }

  function list(): readonly RunHeader[] {
    sorted ??= [...entries.values()]
      .map(({ header }) => header)
      .sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0) || (a.run < b.run ? 1 : -1));
    return sorted;
  }

  return {
    refresh: async () => {
      if (performance.now() - looked < LOOK_EVERY && looking === undefined) return;
      looking ??= look()
        .catch((error: unknown) => {
          problem = messageOf(error);
        })
        .finally(() => {
          looking = undefined;
        });
      await looking;
    },
    list,
    version: () => version,
    unread: () => queue.length,
    problem: () => problem,
  };
}
