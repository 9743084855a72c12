/** How long a machine takes before its first build, and with several images. */
import type { JobPart, SecondsRange } from '../../contract/estimate';

/** The parts that depend on the machine and the account, not on the service. */
export const MACHINE_PARTS = ['queue', 'provisioning', 'source', 'login'] as const satisfies readonly JobPart[];

/**
 * Queue, provisioning and source are the replies that AWS itself shows: `batch-get-builds` and `stop-build` of the AWS CLI's examples, and
 * "Sandbox" in CodeBuild's user guide. Provisioning takes 3, 4, 14, 33 and 34 s in them, the source 0, 1, 2, 15 and 15 s, and the queue of
 * an account with free machines up to 1 s. An account that has run out of machines queues for much longer, which only records can tell.
 * None shows a login; it is one call each to ECR, the source's digest and the base images, taken as 2 to 20 s.
 */
export const DEFAULT_MACHINE_SECONDS: Readonly<Record<(typeof MACHINE_PARTS)[number], SecondsRange>> = {
  queue: { low: 0.3, likely: 0.6, high: 1.3 },
  provisioning: { low: 3, likely: 14, high: 34 },
  source: { low: 0.7, likely: 2, high: 15 },
  login: { low: 2, likely: 6, high: 20 },
};

/** Seconds. A catalog cannot say less than a minute, of which the machine's parts are a third. */
const LEAST_BUILD = 40;

/** Seconds of a machine that CodeBuild bills before the build begins. They come once, however many images a machine builds. */
const MACHINE_SECONDS = MACHINE_PARTS.slice(1).reduce((sum, part) => sum + DEFAULT_MACHINE_SECONDS[part].likely, 0);

/** Returns the seconds of a build itself, from the catalog's minutes. They are what CodeBuild bills: all but the queue. */
export function ownSeconds(minutes: number): number {
  return Math.max(LEAST_BUILD, minutes * 60 - MACHINE_SECONDS);
}

/** Builds at a time on a machine with several images. */
export const BUILDS_AT_ONCE = 2;

/**
 * Builds of two images at a time take this share of the time that they take one after the other: 0.25 to 0.33 of ten machines' seconds in
 * `npm run bench:builds`, on two cores that had other work (docs/figures.md). A medium machine of CodeBuild has four.
 */
export const SHARE_AT_ONCE = 0.76;

export interface MachineTimes {
  /** Minutes from the start of the machine to the end of its last build. */
  readonly minutes: number;
  /** The same if builds side by side are as slow as one after the other, which they never exceed. */
  readonly mostMinutes: number;
}

/** Returns the times of a machine whose images take these minutes on machines of their own. The minutes of one are its own. */
export function machineTimes(minutes: readonly number[]): MachineTimes {
  const [only = 0, ...others] = minutes;
  if (others.length === 0) return { minutes: only, mostMinutes: only };
  const own = minutes.map(ownSeconds);
  const inAll = own.reduce((sum, seconds) => sum + seconds, 0);
  return {
    minutes: (MACHINE_SECONDS + sideBySide(own)) / 60,
    mostMinutes: (MACHINE_SECONDS + inAll) / 60,
  };
}

/** Returns the jobs of each machine: of those that share one by their names, then of each other job alone. */
export function onMachines<Job extends { readonly name: string }>(
  jobs: readonly Job[],
  machines: readonly (readonly string[])[],
): readonly (readonly Job[])[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const shared = machines.map((names) => names.flatMap((name) => byName.get(name) ?? []));
  const together = new Set(shared.flat());
  const alone = jobs.filter((job) => !together.has(job)).map((job) => [job]);
  return [...shared.filter(({ length }) => length > 0), ...alone];
}

/** Returns the time of builds on one machine, from their times alone. */
export function sideBySide(own: readonly number[]): number {
  return Math.max(...own, SHARE_AT_ONCE * own.reduce((sum, each) => sum + each, 0));
}
