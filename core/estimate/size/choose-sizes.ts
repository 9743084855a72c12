/** Chooses the machines of a run's images by recorded memory and CPU time: the cheapest that hold them and make the run no longer. Pure. */
import type { Stage } from '../../catalog/model';
import type { RecordedTimes } from '../../contract/estimate';
import { type BuildMachine, COMPUTE_SIZES, type ComputeSize, USUAL_MACHINE } from '../../contract/job';
import type { EstimatedJob } from '../job-range';
import { priceOf } from '../price';
import { byUrgency, simulate } from '../simulate';
import { type BuildNeeds, buildNeeds, LEAST_BUILDS, leastSize, secondsOn } from './build-needs';

/** The run of which the machines are chosen. */
export interface SizedRun {
  readonly jobs: readonly EstimatedJob[];
  readonly stages: readonly Stage[];
  readonly stageConcurrency: number;
  /** Default: one for each job. */
  readonly builders?: number | undefined;
}

/** One build on one machine. */
export interface BuildOn {
  /** As CodeBuild bills them; undefined without a measured build. */
  readonly minutes: number | undefined;
  /** US dollars; undefined if price or minutes are not known. */
  readonly cost: number | undefined;
}

/** Another machine for a service. */
export interface ChosenSize {
  readonly name: string;
  readonly from: BuildMachine;
  readonly to: BuildMachine;
  /** The measured builds behind it. */
  readonly builds: number;
  /** Their most memory, in bytes. */
  readonly memory: number;
  /** The machine that had too little memory. */
  readonly shortage?: BuildMachine;
  readonly before: BuildOn;
  readonly after: BuildOn;
}

/**
 * Returns those of the open services whose machine is another one, by name. A machine with too little memory is replaced whatever it costs. A smaller one has
 * to be cheaper, and the simulated run may not end later. That holds for all of them together.
 */
export function chooseSizes(
  run: SizedRun,
  times: RecordedTimes,
  region: string,
  open: ReadonlySet<string>,
): readonly ChosenSize[] {
  const needs = needsOf(run, times);
  const found = run.jobs
    .filter(({ name }) => open.has(name))
    .flatMap((job) => candidateOf(job, needs.get(job.name), region) ?? []);
  const larger = found.filter(isLarger);
  const smaller = found.filter((each) => !isLarger(each) && saving(each) > 0);
  const inOrder = smaller.toSorted((a, b) => saving(b) - saving(a) || (a.name < b.name ? -1 : 1));
  const most = runMinutes(run, needs, []);
  const kept = fitting(inOrder, [], (chosen) => runMinutes(run, needs, chosen) <= most);
  return [...larger, ...kept].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns true if the chosen machine is the larger one. */
export function isLarger({ from, to }: Pick<ChosenSize, 'from' | 'to'>): boolean {
  return COMPUTE_SIZES.indexOf(to.compute) > COMPUTE_SIZES.indexOf(from.compute);
}

/** What is recorded of each job of a run, by name. */
export type NeedsByJob = ReadonlyMap<string, BuildNeeds | undefined>;

/** Returns the needs of all jobs but those of modules, which have no group and are not measured. */
export function needsOf({ jobs }: Pick<SizedRun, 'jobs'>, times: RecordedTimes): NeedsByJob {
  const images = jobs.filter(({ group }) => group !== undefined);
  return new Map(
    images.map(({ name, machine = USUAL_MACHINE }) => [name, buildNeeds(times, name, machine.architecture)]),
  );
}

/** Returns the least machine of a job, if that is another one. */
function candidateOf(
  { name, machine: from = USUAL_MACHINE }: EstimatedJob,
  needs: BuildNeeds | undefined,
  region: string,
): ChosenSize | undefined {
  if (needs === undefined) return undefined;
  const to = { ...from, compute: leastSize(needs, from.architecture) };
  if (to.compute === from.compute || (!isLarger({ from, to }) && needs.builds.length < LEAST_BUILDS)) return undefined;
  return {
    name,
    from,
    to,
    builds: needs.builds.length,
    memory: needs.memory,
    shortage: needs.shortage,
    before: buildOn(needs, from, region),
    after: buildOn(needs, to, region),
  };
}

function buildOn(needs: BuildNeeds, machine: BuildMachine, region: string): BuildOn {
  const seconds = secondsOn(needs, machine);
  const minutes = seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds / 60));
  const dollars = priceOf(machine, region)?.dollars;
  return { minutes, cost: minutes === undefined || dollars === undefined ? undefined : minutes * dollars };
}

/** US dollars of a build; 0 if a price is not known. */
function saving({ before, after }: ChosenSize): number {
  return before.cost === undefined || after.cost === undefined ? 0 : before.cost - after.cost;
}

/** Returns those of the list that fit beside the chosen ones: all at once, or else those of each half. */
function fitting(
  list: readonly ChosenSize[],
  chosen: readonly ChosenSize[],
  holds: (all: readonly ChosenSize[]) => boolean,
): readonly ChosenSize[] {
  if (list.length === 0) return chosen;
  if (holds([...chosen, ...list])) return [...chosen, ...list];
  if (list.length === 1) return chosen;
  const half = Math.ceil(list.length / 2);
  return fitting(list.slice(half), fitting(list.slice(0, half), chosen, holds), holds);
}

/**
 * Returns the minutes of the run on these machines. Builds without measured ones take the catalog's minutes, in whose order the state
 * machine starts all of them.
 */
export function runMinutes(
  { jobs, builders = jobs.length, ...run }: SizedRun,
  needs: NeedsByJob,
  chosen: readonly Pick<ChosenSize, 'name' | 'to'>[],
): number {
  const machines = new Map(chosen.map(({ name, to }) => [name, to]));
  const timed = [...jobs].sort(byUrgency).map((job, priority) => {
    const { name, machine = USUAL_MACHINE, minutes } = job;
    const known = needs.get(name);
    const seconds = known && secondsOn(known, machines.get(name) ?? machine);
    return { ...job, priority, minutes: seconds === undefined ? minutes : seconds / 60 };
  });
  return simulate({ ...run, jobs: timed, builders }).minutes;
}

/** Returns the services with the sizes that were chosen for them. */
export function withSizes<Sized extends { readonly name: string; readonly compute?: ComputeSize | undefined }>(
  services: readonly Sized[],
  chosen: readonly ChosenSize[],
): readonly Sized[] {
  const sizes = new Map(chosen.map(({ name, to }) => [name, to.compute]));
  return services.map((service) => {
    const compute = sizes.get(service.name);
    return compute === undefined ? service : { ...service, compute };
  });
}
