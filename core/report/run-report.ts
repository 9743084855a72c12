/** The report of a run: the one place that turns a run's end into numbers and words. Summary, status, comment, notice and terminal print it. */
import * as z from 'zod';
import {
  BUILD_STATUSES,
  type BuildOutcome,
  type BuildStatus,
  MODULE_MACHINE,
  moduleOutcomeName,
  type NestedOutcomes,
} from '../contract/job';
import type { Plan, PlannedModule, PlannedService, ReasonKind, Totals } from '../contract/plan';
import { type CommitResult, type GivenApproval, type MadeTag, type Pull, SUPERSEDED_BY } from '../contract/release';
import {
  type ModuleCounts,
  type ReportedService,
  type RunCounts,
  type RunReport,
  type RunWork,
  SERVICE_ENDS,
  type ServiceEnd,
} from '../contract/report';
import type { Rollout } from '../contract/rollout';
import { ACTIONS, type Action, LONGEST_ACTOR, type PushInput } from '../contract/run-input';
import { buildCost, planMinutes } from '../estimate/price';
import { reportedPackages } from '../modules/reported-packages';
import { ruledVersion } from '../planning/version-order';
import { present } from '../text/present';
import { readApproval } from './approval';
import { failedOutcomes, messageInCause, testEnd } from './outcome';

/** Everything that is known of a run when it ends. */
export interface EndedRun {
  readonly run: string;
  readonly redrives?: number | undefined;
  /** ISO 8601. */
  readonly startedAt?: string;
  /** Since the run's start. */
  readonly seconds: number;
  readonly state: RunState;
  readonly plan: Plan | undefined;
  /** The outcomes of all jobs that ended. */
  readonly outcomes: readonly BuildOutcome[];
  /** True if all versions were given: there is a release record. */
  readonly isReleased: boolean;
  /** Services whose images got their version before the release broke off. */
  readonly tagged?: readonly string[];
  /** The versions that the release gave, by service. */
  readonly versions?: ReadonlyMap<string, string>;
  /** The approval in the release record. */
  readonly approval?: GivenApproval | undefined;
  readonly rollout?: Rollout | undefined;
  /** The tag of the release, and the pull request of the commit. */
  readonly tag?: MadeTag | undefined;
  readonly pull?: Pull | undefined;
  readonly runsTests?: boolean;
  /** The AWS region whose prices the cost uses. */
  readonly region: string;
}

/** Makes the report. A run with an error failed; a dry run without one is `PLANNED`. */
export function runReport(ended: EndedRun): RunReport {
  const { run, redrives = 0, startedAt, seconds, state, plan, outcomes, tagged = [], region } = ended;
  const { error, moved, input, approval = ended.approval } = state;
  const startedBy = plan?.startedBy ?? input?.startedBy;
  const version = plan?.platformVersion ?? plan?.rollbackTo ?? givenVersion(plan);
  const source = plan?.commit ?? input?.commit;
  const services = plan?.services.map((service) => reportedService(service, ended));
  const counts = countEnds(services ?? []);
  const modules = plan?.modules && countModules(plan.modules, outcomes);
  const status = error !== undefined ? 'FAILED' : plan?.dryRun === true ? 'PLANNED' : 'SUCCEEDED';
  const notKept = outcomes.filter(({ kept }) => kept === false).map(({ service }) => service);
  return {
    schema: 1,
    run,
    ...(redrives === 0 ? {} : { redrives }),
    status,
    ...((plan?.dryRun ?? input?.dryRun) === true ? { dryRun: true } : {}),
    action: plan?.action ?? input?.action ?? 'unknown',
    ...present({ ref: plan?.ref, environment: plan?.environment, source, version, startedBy, approval }),
    ...present({ tag: ended.tag, note: plan?.note, warnings: plan?.warnings }),
    totals: plan?.totals ?? NOTHING_PLANNED,
    counts,
    result: resultText({ plan, status, counts, modules, tagged: tagged.length, moved }),
    ...present({ services }),
    work: runWork(outcomes, plan, counts, region),
    failed: failedOutcomes(outcomes),
    ...(modules === undefined ? {} : { modules, packages: reportedPackages(plan?.modules ?? [], outcomes) }),
    superseded: moved?.superseded ?? [],
    ...(moved?.supersededBy ? { supersededBy: moved.supersededBy } : {}),
    ...(tagged.length === 0 ? {} : { tagged }),
    ...(notKept.length === 0 ? {} : { notKept }),
    commit: moved?.commit ?? null,
    ...present({ pull: ended.pull, rollout: ended.rollout, startedAt }),
    seconds,
    ...(error === undefined ? {} : { error: { name: error.Error, message: messageInCause(error.Cause) } }),
  };
}

const NOTHING_PLANNED: Totals = { build: 0, retag: 0, keep: 0 };

function reportedService(service: PlannedService, ended: EndedRun): ReportedService {
  const { name, stage, action, previousVersion } = service;
  const version = ended.plan?.dryRun === true ? ruledVersion(service.version) : ended.versions?.get(name);
  return {
    name,
    stage,
    action,
    end: serviceEnd(name, action, ended),
    ...present({ previousVersion, version }),
    ...(service.isTested === true ? { tests: testEnd(name, ended.outcomes, ended.runsTests) } : {}),
  };
}

function serviceEnd(name: string, action: PlannedService['action'], ended: EndedRun): ServiceEnd {
  const { plan, outcomes, isReleased, tagged = [], state } = ended;
  if (action === 'keep') return 'kept';
  if (action === 'build') return jobEnd(outcomes.find(({ service }) => service === name)?.status);
  // A rollback writes no tag: its images are restored by the commit.
  const isRestored = state.moved !== undefined && !state.moved.superseded.includes(name);
  const isTagged = isReleased || tagged.includes(name);
  return (plan?.action === 'rollback' ? isRestored : isTagged) ? 'retagged' : 'notDone';
}

/** Returns what a job's status means for its image or module. A job without an outcome was not done. */
function jobEnd(status: BuildStatus | undefined): 'built' | 'failed' | 'notDone' {
  if (status === undefined || status === 'STOPPED') return 'notDone';
  return status === 'SUCCEEDED' ? 'built' : 'failed';
}

function countEnds(services: readonly ReportedService[]): RunCounts {
  const counts = SERVICE_ENDS.map((end) => [end, services.filter((service) => service.end === end).length]);
  return Object.fromEntries(counts) as RunCounts;
}

function countModules(modules: readonly PlannedModule[], outcomes: readonly BuildOutcome[]): ModuleCounts {
  const ends = modules.map(({ name, action }) =>
    action === 'keep' ? 'kept' : jobEnd(outcomes.find(({ service }) => service === moduleOutcomeName(name))?.status),
  );
  const count = (end: (typeof ends)[number]) => ends.filter((each) => each === end).length;
  return { published: count('built'), kept: count('kept'), failed: count('failed'), notDone: count('notDone') };
}

interface Result extends Pick<RunReport, 'status' | 'counts'>, Pick<RunState, 'moved'> {
  readonly plan: Plan | undefined;
  readonly modules: ModuleCounts | undefined;
  /** The number of images that got their version before the release broke off. */
  readonly tagged: number;
}

/** Returns the words for what happened, the same in every medium. */
function resultText({ plan, status, counts, modules, tagged, moved }: Result): string {
  if (plan === undefined) return 'nothing was planned, built or tagged';
  if (plan.note !== undefined && status !== 'FAILED') return plan.note;
  if (status === 'PLANNED') return plannedText(plan);
  const { built, retagged, kept, failed, notDone } = counts;
  const retags = plan.action === 'rollback' ? 'restored' : 'retagged';
  const due = plan.totals.build + plan.totals.retag;
  return [
    ...(tagged === 0 ? [] : [`gave ${tagged} of ${due} images their version and committed nothing`]),
    ...(moved?.supersededBy ? [supersededText(moved, due)] : []),
    `built ${built}, ${retags} ${retagged}, kept ${kept}, failed ${failed}, not done ${notDone}`,
    ...(modules === undefined
      ? []
      : [
          `modules: published ${modules.published}, kept ${modules.kept}, failed ${modules.failed}, not done ${modules.notDone}`,
        ]),
  ].join('; ');
}

/** Returns why services that have their version were not committed. */
function supersededText({ superseded, supersededBy }: NonNullable<RunState['moved']>, due: number): string {
  if (supersededBy === 'rewind') return "committed nothing, as the branch no longer contains the run's commit";
  return `left ${superseded.length} of ${due} services to a later release or rollback`;
}

function plannedText({ totals: { build, retag, keep }, action, modules = [] }: Plan): string {
  const verb = action === 'rollback' ? 'restore' : 'retag';
  const publish = modules.filter((module) => module.action === 'publish').length;
  const images = `to build ${build}, to ${verb} ${retag}, to keep ${keep}`;
  return `${images}${publish === 0 ? '' : `, to publish ${publish}`}; nothing was written`;
}

/** Returns the version that a `build` or `promote` was asked to give. */
function givenVersion(plan: Plan | undefined): string | undefined {
  if (plan?.action !== 'build' && plan?.action !== 'promote') return undefined;
  const rule = plan.services.find((service) => service.version.kind === 'exact')?.version;
  return rule?.kind === 'exact' ? rule.version : undefined;
}

/** Reasons of images whose content is new to their service, and which existed all the same. */
const CACHE_HITS: readonly ReasonKind[] = ['candidate-exists', 'released-before'];

/** Sums up minutes and cost of all jobs that were run, whatever their end, by the catalog and the region's prices. */
function runWork(
  outcomes: readonly BuildOutcome[],
  plan: Plan | undefined,
  { built }: RunCounts,
  region: string,
): RunWork {
  const names = new Set(outcomes.map(({ service }) => service));
  const services = plan?.services ?? [];
  const jobs = [
    ...(plan === undefined ? [] : planMinutes(plan, names)),
    ...(plan?.modules ?? [])
      .filter(({ name }) => names.has(moduleOutcomeName(name)))
      .map(({ minutes }) => ({ minutes, machine: MODULE_MACHINE })),
  ];
  return {
    built,
    cacheHits: services.filter(
      ({ action, reasons }) => action !== 'build' && reasons.some(({ kind }) => CACHE_HITS.includes(kind)),
    ).length,
    minutes: jobs.reduce((sum, { minutes }) => sum + minutes, 0),
    cost: buildCost(jobs, region).cost,
  };
}

const Outcome = z.object({
  service: z.string(),
  status: z.enum(BUILD_STATUSES),
  logs: z.string().optional(),
  cause: z.string().optional(),
  version: z.string().optional(),
  kept: z.boolean().optional(),
});

const Nested: z.ZodType<NestedOutcomes> = z.union([Outcome, z.array(z.lazy(() => Nested))]);

const Commit = z.string().regex(/^[0-9a-f]{40}$/);

/** The part of the state machine's data that a report uses. On a failure any part can be missing. */
const RunState = z.object({
  input: z
    .object({
      action: z.enum(ACTIONS).optional().catch(undefined),
      commit: Commit.optional().catch(undefined),
      dryRun: z.boolean().optional().catch(undefined),
      startedBy: z.string().max(LONGEST_ACTOR).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  builds: Nested.optional().catch(undefined),
  approval: z.unknown().transform(readApproval).optional(),
  moved: z
    .object({
      commit: z.string().nullable(),
      superseded: z.array(z.string()),
      supersededBy: z.enum(SUPERSEDED_BY).nullish().catch(undefined),
      // While a pull request waits for its merge, nothing is committed.
      next: z.literal('done').optional(),
    })
    .optional()
    .catch(undefined),
  error: z
    .object({ Error: z.string(), Cause: z.string().default('') })
    .optional()
    .catch(undefined),
});

export interface RunState {
  /** The run's input, unchecked. Absent once the plan's result is the state. */
  readonly input?: Partial<Pick<PushInput, 'commit' | 'dryRun' | 'startedBy'>> & { readonly action?: Action };
  readonly approval?: GivenApproval;
  readonly builds?: NestedOutcomes;
  readonly moved?: Pick<CommitResult, 'commit' | 'superseded'> & Partial<Pick<CommitResult, 'supersededBy'>>;
  readonly error?: { readonly Error: string; readonly Cause: string };
}

/** Reads the state machine's data, whatever is in it when the run ends. */
export function readRunState(state: unknown): RunState {
  const parsed = RunState.safeParse(state);
  return (parsed.success ? parsed.data : {}) as RunState;
}
