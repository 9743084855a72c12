/** What a service's recorded builds needed of a machine, and how long they would have taken on another one. */
import type { RecordedJob, RecordedTimes } from '../../contract/estimate';
import { type BuildMachine, COMPUTE_SIZES, type ComputeSize } from '../../contract/job';
import { MACHINE_PARTS } from '../packing/machine-times';
import { median } from '../quantiles';
import { machineSize, recordedMachine } from './machine-sizes';

/** The fewest measured builds that choose a smaller machine. Builds that took nearly all from the cache must not be the only ones. */
export const LEAST_BUILDS = 5;

/** The newest builds that count, because Dockerfiles change. */
const COUNTED = 10;

/** The engine, CodeBuild's agent and the kernel need memory, too. In bytes. */
const RESERVED = 0.5 * 2 ** 30;

/** Memory is looked at once a second, and the next build may need more than those before. */
const MARGIN = 1.2;

/** A build on the machine that it was measured on. Times are seconds. */
interface MeasuredBuild {
  readonly machine: BuildMachine;
  readonly memory: number;
  readonly cpu: number;
  /** The part in which the machine is busy with the image. */
  readonly build: number;
  /** What comes before, as CodeBuild bills it: without the queue. */
  readonly before: number;
}

export interface BuildNeeds {
  /** The newest ones. */
  readonly builds: readonly MeasuredBuild[];
  /** The most memory of these builds, in bytes. */
  readonly memory: number;
  /** The machine that had too little memory, if no `COUNTED` builds were measured since. */
  readonly shortage?: BuildMachine;
}

/** Returns the needs of a service on machines of one CPU; undefined if nothing about them is recorded. */
export function buildNeeds(
  { jobs, shortages = [] }: Pick<RecordedTimes, 'jobs' | 'shortages'>,
  name: string,
  architecture: BuildMachine['architecture'],
): BuildNeeds | undefined {
  const measured = jobs
    .filter((job) => job.name === name)
    .toSorted((a, b) => b.endedAt - a.endedAt)
    .flatMap((job) => ({ endedAt: job.endedAt, build: measuredBuild(job) }))
    .filter(({ build }) => build?.machine.architecture === architecture)
    .slice(0, COUNTED);
  const builds = measured.flatMap(({ build }) => build ?? []);
  const shortage = shortages.find((each) => each.name === name);
  const small = recordedMachine(shortage?.machine ?? '');
  const oldest = measured.length < COUNTED ? Number.NEGATIVE_INFINITY : (measured.at(-1)?.endedAt ?? 0);
  const counts = small?.architecture === architecture && shortage !== undefined && shortage.at > oldest;
  if (builds.length === 0 && !counts) return undefined;
  return {
    builds,
    memory: Math.max(0, ...builds.map(({ memory }) => memory)),
    shortage: counts ? small : undefined,
  };
}

function measuredBuild({ machine: name, usage, parts }: RecordedJob): MeasuredBuild | undefined {
  const machine = recordedMachine(name);
  if (machine === undefined || usage === undefined) return undefined;
  const { cacheImport = 0, build = 0, push = 0 } = parts;
  const before = MACHINE_PARTS.slice(1).reduce((sum, part) => sum + (parts[part] ?? 0), 0);
  return { machine, ...usage, build: cacheImport + build + push, before };
}

/** Returns the smallest machine that has the memory with a margin, and more than one that had too little. The largest one may be too small. */
export function leastSize({ memory, shortage }: BuildNeeds, architecture: BuildMachine['architecture']): ComputeSize {
  const above = shortage === undefined ? -1 : COMPUTE_SIZES.indexOf(shortage.compute);
  const holds = (compute: ComputeSize, at: number) =>
    at > above && machineSize({ compute, architecture }).memory >= memory * MARGIN + RESERVED;
  return COMPUTE_SIZES.find(holds) ?? '2xlarge';
}

/**
 * Returns the seconds of a build on a machine, as CodeBuild bills them: the median of what each recorded one would have taken there. It is not
 * known how many CPUs it used at each moment. If it used all of them or none, fewer CPUs slow it most, and more make it fastest: so a smaller
 * machine never takes longer than this, and a larger one never less. Undefined without a measured build.
 */
export function secondsOn({ builds }: Pick<BuildNeeds, 'builds'>, machine: BuildMachine): number | undefined {
  const { cpus } = machineSize(machine);
  const seconds = builds.map(({ machine: own, build, cpu, before }) => {
    const had = machineSize(own).cpus;
    const used = Math.min(cpu, build * had);
    return before + build - used / had + used / cpus;
  });
  return median(seconds);
}
