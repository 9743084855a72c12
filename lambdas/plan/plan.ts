/** The plan step: reads commit, catalog, version lock and registry, lets `core/plan` decide, stores the plan. */
import pLimit from 'p-limit';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlannedModule, PlannedService, PlanRequest, PlanResult } from '../../core/contract/plan';
import type { PushInput } from '../../core/contract/run-input';
import { toStored } from '../../core/input-digest/explain-inputs';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { versionSuffix } from '../../core/modules/package';
import { concernedModules, planModule } from '../../core/modules/plan-modules';
import { buildJobs, moduleJobs } from '../../core/planning/build-jobs';
import { checkPlanInput } from '../../core/planning/check-plan-input';
import type { JobSource } from '../../core/planning/job-source';
import type { GitHost } from '../../core/ports/git';
import type { PackageIndex } from '../../core/ports/packages';
import type { ImageRegistry } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { environmentNamed } from '../../core/settings/environment';
import type { Settings } from '../../core/settings/schema';
import { parseExecutionInput } from '../../core/webhook/execution-input';
import { decide } from './decide';
import { distributeJobs } from './hand-out-jobs';
import { planPromotion } from './plan-recorded';
import { emptyPlan, NoCatalogError, readSource, type Source } from './read-source';

/** What the plan step works with. `stages` are the stage names of the deployed state machine. */
export interface PlanDependencies {
  readonly settings: Settings;
  readonly stages: readonly string[];
  /** The package index, and the stages of the deployed state machine that publish modules; undefined if none does. */
  readonly publishing?: { readonly packages: PackageIndex; readonly stages: readonly string[] };
  /** Where the deployed state machine takes its jobs from. */
  readonly jobs: JobSource;
  readonly git: GitHost;
  readonly registry: ImageRegistry;
  /** For base images on any host; see `BASE_LOOKUP_PATIENCE`. */
  readonly baseRegistry: Pick<ImageRegistry, 'head'>;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Objects written at a time. */
const WRITES_AT_ONCE = 16;

/**
 * Plans a run. Throws `InvalidInput` or `InvalidCatalog` with all problems before anything is written. A dry run stores its plan, under
 * `keyOf(run)`, and report only.
 */
export async function planStep(
  request: PlanRequest,
  dependencies: PlanDependencies,
  keyOf: (run: string) => string = objectKeys.plan,
): Promise<PlanResult> {
  const { settings, stages, publishing, git, store } = dependencies;
  const input = parseExecutionInput(request.input);
  if (input.action === 'promote' || input.action === 'rollback') {
    const plan = await planPromotion(request.run, input, dependencies);
    await store.put(keyOf(plan.run), JSON.stringify(plan));
    const result = planResult(plan, !plan.dryRun && plan.services.length > 0, {}, dependencies);
    return distributeJobs(result, dependencies.jobs, store);
  }
  const earlier = (request.redrives ?? 0) > 0 ? await store.get(keyOf(request.run)) : undefined;
  const source = await readSource(
    input,
    settings,
    git,
    earlier && (JSON.parse(earlier.toString('utf8')) as Plan).commit,
  ).catch((error: unknown) => {
    if (input.action === 'push' && error instanceof NoCatalogError) return error;
    throw error;
  });
  if (source instanceof NoCatalogError) {
    const plan = emptyPlan(request.run, input as PushInput, source.commit, settings);
    await store.put(keyOf(plan.run), JSON.stringify(plan));
    return distributeJobs(planResult(plan, false, {}, dependencies), dependencies.jobs, store);
  }
  checkPlanInput({ input, source, stages, publishing: publishing?.stages ?? [] });

  const modules = publishing && (await planModules(source, publishing.packages));
  const plan: Plan = { ...(await decide(request.run, source, dependencies)), ...(modules && { modules }) };
  await store.put(keyOf(plan.run), JSON.stringify(plan));
  const isPublishing = modules?.some(({ action }) => action === 'publish') ?? false;
  const proceed = !plan.dryRun && (plan.totals.build + plan.totals.retag > 0 || isPublishing);
  if (proceed) await storeForJobs(plan, source.inputs, dependencies);
  const jobs = proceed ? buildJobs(plan, source.catalog, settings, stages) : {};
  return distributeJobs(planResult(plan, proceed, jobs, dependencies), dependencies.jobs, store);
}

function planResult(
  plan: Plan,
  proceed: boolean,
  jobs: PlanResult['stages'],
  { settings, stages, publishing, store }: PlanDependencies,
): PlanResult {
  const { approval } = environmentNamed(settings, plan.environment);
  const { run, action, ref, commit, dryRun, totals } = plan;
  return {
    run,
    action,
    ref,
    commit,
    dryRun,
    proceed,
    totals,
    // Where only modules are published, no environment is written to.
    approvalSeconds: plan.services.every(isKept) ? 0 : Math.ceil((approval?.hours ?? 0) * 3600),
    source: store.location(objectKeys.sources(commit)),
    stages: Object.fromEntries(stages.map((name) => [name, jobs[name] ?? []])),
    modules: moduleJobs(proceed ? (plan.modules ?? []) : [], publishing?.stages ?? [], settings, ({ name }) =>
      store.location(objectKeys.packages(run, name)),
    ),
  };
}

function isKept({ action }: PlannedService): boolean {
  return action === 'keep';
}

/** The source archive, once per commit, and the input lists that explain a later difference. */
async function storeForJobs(
  plan: Plan,
  inputs: ReadonlyMap<string, ServiceInputs>,
  { git, store }: PlanDependencies,
): Promise<void> {
  const limit = pLimit(WRITES_AT_ONCE);
  const changed = plan.services.filter((service) => service.action !== 'keep');
  await Promise.all(
    changed.map((service) =>
      limit(async () => {
        const found = inputs.get(service.name);
        const key = objectKeys.inputs(service.name, service.inputDigest);
        if (found !== undefined && !(await store.exists(key))) await store.put(key, JSON.stringify(toStored(found)));
      }),
    ),
  );
  const key = objectKeys.source(plan.commit);
  const isNeeded = plan.totals.build > 0 || plan.modules?.some(({ action }) => action === 'publish');
  if (isNeeded && !(await store.exists(key))) await store.put(key, await git.archive(plan.commit));
}

// Asks the package index about the modules that a run is about.

/** Modules asked about at a time. */
const QUESTIONS_AT_ONCE = 8;

/** The modules as they are planned, in the catalog's order. Throws `PackageIndexError`: without an answer nothing is known to be there. */
async function planModules(source: Source, packages: PackageIndex): Promise<readonly PlannedModule[]> {
  const limit = pLimit(QUESTIONS_AT_ONCE);
  const contents = concernedModules(source.input, source);
  return Promise.all(
    contents.map((content) =>
      limit(async () => {
        const suffix = versionSuffix(content.contentDigest);
        return planModule(content, await packages.find(content.module.publish.package, suffix));
      }),
    ),
  );
}
