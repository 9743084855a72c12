/** Seeded schedules: eight runs and some people commit to one values branch at once. The same seed gives the same schedule. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseRecord } from '../../../core/contract/release';
import type { GitHost } from '../../../core/ports/git';
import { parseVersionLock } from '../../../core/version/version-lock';
import { type Upset, upset } from './branch-upsets';
import {
  BranchGoneError,
  FILES,
  FIRST_VERSION,
  pushOf,
  type RaceWorld,
  releasedService,
  releaseOf,
  SERVICES,
} from './race-world';

const RUNS = 8;
const FOREIGN_COMMITS = 5;
/** The time within which everything starts, and the longest build, in ms. */
const SPAN = 150;
const LONGEST_BUILD = 300;
/** The longest network delay of a call in one direction, in ms. */
const LATENCY = 15;
/** The pushes before the branch is upset: by then some runs have committed, and most have not. */
const PUSHES_BEFORE_UPSET = 3;

export type Random = () => number;

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c: small, and good enough to mix schedules. */
export function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One attempt of a run to commit on top of `parent`. */
export interface Try {
  readonly parent: string;
  readonly isMoved: boolean;
}

/** Plays the schedule of a seed to its end. `upset` happens at one of the first pushes. */
export async function playSchedule(world: RaceWorld, seed: number, upsetKind?: Upset): Promise<readonly Try[]> {
  const random = mulberry32(seed);
  const tries: Try[] = [];
  const slowHost = withLatency(world.host, random, tries);
  if (upsetKind !== undefined) world.beforePush(1 + (seed % PUSHES_BEFORE_UPSET), () => upset(world, upsetKind));
  // In every other schedule an earlier start means a longer build, so that the older run commits last.
  const isReversed = seed % 2 === 1;
  // All random numbers are drawn before anything starts, so that they do not depend on timing.
  const runs = Array.from({ length: RUNS }, (_, index) => ({
    index,
    start: random() * SPAN,
    build: isReversed ? LONGEST_BUILD * (1 - index / RUNS) * random() : LONGEST_BUILD * random(),
    kind: random(),
    names: someOf(SERVICES, random),
  }));
  const others = Array.from({ length: FOREIGN_COMMITS }, (_, index) => ({
    index,
    start: random() * (SPAN + LONGEST_BUILD),
    kind: random(),
    name: pick(SERVICES, random),
  }));
  await Promise.all([
    ...runs.map(async ({ index, start, build, kind, names }) => {
      await sleep(isReversed ? (start * index) / RUNS : start);
      const record = await unlessGone(planRun(world, index, kind, names));
      await sleep(build);
      if (record !== undefined) await world.play(record, slowHost);
    }),
    ...others.map(async ({ index, start, kind, name }) => {
      await sleep(start);
      await unlessGone(meddle(world, index, kind, name));
    }),
  ]);
  return tries;
}

/** Ignores that the branch was deleted. */
function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof BranchGoneError) return undefined;
    throw error;
  });
}

/** The release record of a developer's push, or of a run that a person starts at the current head. */
async function planRun(
  world: RaceWorld,
  index: number,
  kind: number,
  names: readonly string[],
): Promise<ReleaseRecord> {
  const run = `run-${index}`;
  const { sources } = world;
  const valuesCommit = sources === undefined ? undefined : await headOf(world);
  const head = async () => sources?.repository.git('rev-parse', 'main') ?? headOf(world);
  const planned = async (): Promise<ReleaseRecord> => {
    if (kind < 0.1) return rollback(world, run, await head());
    if (kind < 0.2) return promotion(world, run, { commit: await head(), valuesCommit }, names);
    if (kind < 0.3) return releaseOf(run, await head(), `v1.${index + 1}.0`);
    const files = Object.fromEntries(names.map((name) => [`${name}/main.py`, `${index}`]));
    const title = `change ${names.join()}`;
    const commit = sources?.commit(title, files) ?? (await world.commitForeign(title, async () => files));
    const push = pushOf(run, commit, `v1.1.0-dev-${index + 2}`, names);
    return kind < 0.4 ? { ...push, action: 'build' } : push;
  };
  return { ...(await planned()), ...(valuesCommit === undefined ? {} : { valuesCommit }) };
}

/** A rollback to the first release of the world. */
function rollback({ runs }: RaceWorld, run: string, commit: string): ReleaseRecord {
  const services = runs[0]?.record.services ?? [];
  return { ...releaseOf(run, commit, FIRST_VERSION), action: 'rollback', rollbackTo: FIRST_VERSION, services };
}

async function promotion(
  world: RaceWorld,
  run: string,
  { commit, valuesCommit = commit }: { readonly commit: string; readonly valuesCommit: string | undefined },
  names: readonly string[],
) {
  const text = (await world.foreign.readFiles(valuesCommit, [FILES.lock])).get(FILES.lock) ?? '';
  const lock = parseVersionLock(text, FILES.lock);
  const services = names.flatMap((name) => {
    const entry = lock.get(name);
    if (entry === undefined) return [];
    const { digest, inputDigest, source } = entry;
    const version = `${entry.version}-p${run.slice(4)}`;
    return [{ ...releasedService(name, version, source), digest, inputDigest }];
  });
  return { ...pushOf(run, commit, '', []), action: 'promote' as const, services };
}

async function meddle(world: RaceWorld, index: number, kind: number, name: string): Promise<void> {
  const [path] = Object.entries(world.values).find(([, names]) => names.includes(name)) ?? [];
  if (kind < 0.3 || path === undefined) {
    await world.commitForeign('readme', async () => ({ 'README.md': `${index}` }));
    return;
  }
  const edit = (text: string) =>
    kind < 0.7
      ? text.replace(/replicas: \d+/, `replicas: ${index + 2}`)
      : text.replace(new RegExp(`^(${name}: .*tag: )\\S+`, 'm'), `$1${FIRST_VERSION}`);
  await world.commitForeign(kind < 0.7 ? 'replicas' : `pin ${name} by hand`, async (head) => {
    const text = (await world.foreign.readFiles(head, [path])).get(path) ?? '';
    return { [path]: edit(text), 'README.md': `${index}` };
  });
}

async function headOf({ foreign }: RaceWorld): Promise<string> {
  const head = await foreign.head('main');
  if (head === undefined) throw new BranchGoneError('there is nothing to plan at');
  return head;
}

/** Delays each call of a host, on its way there and on its way back. */
export function delayed<Host extends object>(host: Host, random: Random): Host {
  const slow = Object.entries(host).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      await sleep(random() * LATENCY);
      const answer = await (call as (...given: unknown[]) => Promise<unknown>)(...args);
      await sleep(random() * LATENCY);
      return answer;
    },
  ]);
  return Object.fromEntries(slow) as Host;
}

/** Delays each call of a host, and records its attempts to commit. */
function withLatency(host: GitHost, random: Random, tries: Try[]): GitHost {
  const slowed = delayed(host, random);
  return {
    ...slowed,
    commit: async (proposal) => {
      const attempt = await slowed.commit(proposal);
      tries.push({ parent: proposal.parent, isMoved: attempt.kind === 'moved' });
      return attempt;
    },
  };
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

/** At least one, in their order. */
function someOf(items: readonly string[], random: Random): readonly string[] {
  const chosen = items.filter(() => random() < 0.35);
  return chosen.length > 0 ? chosen : [pick(items, random)];
}
