/** Makes the report of a run out of the state machine's state data, whatever is in it by the time the run ends. */
import * as z from 'zod';
import {
  BUILD_STATUSES,
  isModuleOutcome,
  MODULE_MACHINE,
  moduleOutcomeName,
  type NestedOutcomes,
} from '../contract/job';
import type { Plan, PlannedModule, ReasonKind } from '../contract/plan';
import type { ReportedPackage, RunReport, RunWork } from '../contract/report';
import { ACTIONS } from '../contract/run-input';
import { buildCost, machineMinutes } from '../estimate/price';
import { failedOutcomes, flattenOutcomes, messageInCause } from './outcome';

const Outcome = z.object({
  service: z.string(),
  status: z.enum(BUILD_STATUSES),
  logs: z.string().optional(),
  cause: z.string().optional(),
  version: z.string().optional(),
});

const Nested: z.ZodType<NestedOutcomes> = z.union([Outcome, z.array(z.lazy(() => Nested))]);

/** The state as far as the report needs it. On a failure any part may be missing, and `commit` may be a person's input. */
const RunState = z.object({
  input: z
    .object({ action: z.enum(ACTIONS) })
    .optional()
    .catch(undefined),
  builds: Nested.optional().catch(undefined),
  moved: z
    .object({ commit: z.string().nullable(), superseded: z.array(z.string()) })
    .optional()
    .catch(undefined),
  error: z
    .object({ Error: z.string(), Cause: z.string().default('') })
    .optional()
    .catch(undefined),
});

/** What a report is made of. `seconds` is the time from the run's start; `plan` is the stored plan, if the run got that far. */
export interface RunFacts {
  readonly run: string;
  readonly redrives?: number | undefined;
  readonly seconds: number;
  readonly state: unknown;
  readonly plan: Plan | undefined;
  /** The AWS region whose prices the cost takes. */
  readonly region: string;
}

/** The report. A run with an error failed; one that wrote nothing because it was a dry run is `PLANNED`. */
export function runReport({ run, redrives = 0, seconds, state, plan, region }: RunFacts): RunReport {
  const parsed = RunState.safeParse(state);
  const known = parsed.success ? parsed.data : {};
  const { error, moved } = known;
  const version = plan?.platformVersion ?? plan?.rollbackTo ?? givenVersion(plan);
  return {
    schema: 1,
    run,
    ...(redrives === 0 ? {} : { redrives }),
    status: error !== undefined ? 'FAILED' : plan?.dryRun === true ? 'PLANNED' : 'SUCCEEDED',
    action: plan?.action ?? known.input?.action ?? 'unknown',
    ...(plan === undefined ? {} : { ref: plan.ref, environment: plan.environment, source: plan.commit }),
    ...(version === undefined ? {} : { version }),
    ...(plan?.note === undefined ? {} : { note: plan.note }),
    totals: plan?.totals ?? { build: 0, retag: 0, keep: 0 },
    work: runWork(known.builds ?? [], plan, region),
    failed: failedOutcomes(known.builds ?? []),
    ...(plan?.modules === undefined ? {} : { packages: reportedPackages(plan.modules, known.builds ?? []) }),
    superseded: moved?.superseded ?? [],
    commit: moved?.commit ?? null,
    seconds,
    ...(error === undefined ? {} : { error: { name: error.Error, message: messageInCause(error.Cause) } }),
  };
}

/** What the index had, and what the run published. */
function reportedPackages(modules: readonly PlannedModule[], builds: NestedOutcomes): readonly ReportedPackage[] {
  const published = new Map(flattenOutcomes(builds).map(({ service, version }) => [service, version]));
  return modules.flatMap(({ name, package: distribution, version: known }) => {
    const version = known ?? published.get(moduleOutcomeName(name));
    return version === undefined ? [] : [{ module: name, package: distribution, version, isNew: known === undefined }];
  });
}

/** The one version that a `build` or a `promote` was asked to give. */
function givenVersion(plan: Plan | undefined): string | undefined {
  if (plan?.action !== 'build' && plan?.action !== 'promote') return undefined;
  const rule = plan.services.find((service) => service.version.kind === 'exact')?.version;
  return rule?.kind === 'exact' ? rule.version : undefined;
}

// What the jobs of a run were: how many images they built, and at what cost.

/** The content is new to this service, and yet there was an image of it. */
const FOUND: readonly ReasonKind[] = ['candidate-exists', 'released-before'];

/** Minutes and cost of all jobs that there were, by the catalog and the region's prices, whatever became of them. */
function runWork(builds: NestedOutcomes, plan: Plan | undefined, region: string): RunWork {
  const outcomes = flattenOutcomes(builds);
  const names = new Set(outcomes.map(({ service }) => service));
  const services = plan?.services ?? [];
  const jobs = [
    ...services.filter(({ name }) => names.has(name)).map(machineMinutes),
    ...(plan?.modules ?? [])
      .filter(({ name }) => names.has(moduleOutcomeName(name)))
      .map(({ minutes }) => ({ minutes, machine: MODULE_MACHINE })),
  ];
  return {
    built: outcomes.filter(({ service, status }) => status === 'SUCCEEDED' && !isModuleOutcome(service)).length,
    cacheHits: services.filter(({ action, reasons }) => action !== 'build' && reasons.some(isFound)).length,
    minutes: jobs.reduce((sum, { minutes }) => sum + minutes, 0),
    cost: buildCost(jobs, region).cost,
  };
}

function isFound({ kind }: { readonly kind: ReasonKind }): boolean {
  return FOUND.includes(kind);
}
