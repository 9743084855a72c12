/** The plan step: reads commit, catalog, version lock and registry, lets `core/planning` decide, and stores the plan. */
import pLimit from 'p-limit';
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';
import type { BuildJob } from '../../core/contract/job';
import { objectKeys } from '../../core/contract/keys';
import type { Plan, PlanRequest, PlanResult, StoredJobs } from '../../core/contract/plan';
import type { ExecutionInput, PushInput } from '../../core/contract/run-input';
import { toStored } from '../../core/input-digest/explain-inputs';
import { moduleRemarks } from '../../core/modules/plan-modules';
import { buildJobs, moduleJobs } from '../../core/planning/build-jobs';
import { makePlan } from '../../core/planning/build-plan';
import { checkPlanInput, rewrittenWarnings, secretWarnings } from '../../core/planning/check-plan-input';
import type { JobSource } from '../../core/planning/job-source';
import { checkPulledNames } from '../../core/planning/registries/pulled-names';
import { machineJobs } from '../../core/planning/shared-machines';
import type { SourceGit, StatusWriter, TagHost, ValuesGit } from '../../core/ports/git';
import type { ImageRegistry } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { isKnownStarter } from '../../core/report/approval';
import { plannedStatus } from '../../core/report/status';
import { environmentNamed } from '../../core/settings/environment';
import { plannedValues } from '../../core/settings/files/values-repository';
import { goesOn, neededFiles } from '../../core/settings/rollout-rules';
import type { Settings } from '../../core/settings/schema';
import { parseExecutionInput } from '../../core/webhook/execution-input';
import { announce } from '../shared/announce';
import { readIfStored } from '../shared/stored';
import { type ModuleSources, planModules } from './plan-modules';
import { planPromotion } from './plan-promotion';
import { planSource } from './plan-source';
import { planTag } from './plan-tag';
import { planWaivers } from './plan-waivers';
import { hasCatalog, type RunCommit, readCommit, readSource, type Source } from './read-source';
import { scheduleJobs } from './schedule-jobs';
import { checkVersionOrder } from './version-order';

/** The dependencies of the plan step. `stages` are the stage names of the deployed state machine. */
export interface PlanDependencies {
  readonly settings: Settings;
  readonly stages: readonly string[];
  /** The package index, the claims of versions, and the deployed stages that publish modules. Undefined if none does. */
  readonly publishing?: ModuleSources & { readonly stages: readonly string[] };
  /** The source of jobs of the deployed state machine. */
  readonly jobs: JobSource;
  readonly git: SourceGit;
  readonly valuesGit: ValuesGit;
  readonly tags: Pick<TagHost, 'commits'>;
  readonly registry: ImageRegistry;
  /** For base images on any host, with `BASE_LOOKUP_PATIENCE`. */
  readonly baseRegistry: Pick<ImageRegistry, 'head'>;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Plans a run and writes the commit status. A status that cannot be written is logged, and the run goes on. */
export async function announcedPlanStep(
  request: PlanRequest,
  dependencies: PlanDependencies & { readonly statuses: StatusWriter },
): Promise<PlanResult> {
  const result = await planStep(request, dependencies);
  await announce(dependencies.statuses, plannedStatus(result, request.execution));
  return result;
}

/**
 * Plans a run. Throws `InvalidInput` or `InvalidCatalog` with all problems before anything is written. A dry run stores only its plan,
 * under `keyOf(run)`.
 */
export async function planStep(
  request: PlanRequest,
  dependencies: PlanDependencies,
  keyOf: (run: string) => string = objectKeys.plan,
): Promise<PlanResult> {
  const { store, jobs } = dependencies;
  const { plan: decided, source: read } = await planRun(request, dependencies, keyOf);
  const tagged = await planWaivers(await planTag(decided, dependencies), dependencies);
  const { plan, source } = await scheduleJobs(tagged, read, dependencies);
  refuseUnknownStarter(plan, dependencies.settings);
  await refuseMissingFiles(plan, dependencies);
  await store.put(keyOf(plan.run), JSON.stringify(plan));
  const proceed = !plan.dryRun && (plan.totals.build + plan.totals.retag > 0 || publishes(plan));
  if (proceed && source !== undefined) await storeForJobs(plan, source, dependencies);
  const result = planResult(plan, source, proceed, dependencies);
  await storeLists(result, store);
  return distributeJobs(result, jobs, store);
}

/** Throws `InvalidInput` if the run will wait for a person who did not start it, and the starter is not known. */
function refuseUnknownStarter(plan: Plan, settings: Settings): void {
  const { approval, name } = environmentNamed(settings, plan.environment);
  const waits = !plan.dryRun && plan.services.some(({ action }) => action !== 'keep');
  if (approval?.notByStarter !== true || !waits || isKnownStarter(plan.startedBy)) return;
  const known =
    plan.startedBy === undefined ? 'is missing' : `is ${plan.startedBy}, the name of a push, which no approval has`;
  const message = `${known}, and environment ${name} forbids that the starter approves; start the run with npx pipeline start, which records who calls`;
  throw new InvalidInputError('the run was refused', [{ path: 'startedBy', message }]);
}

/** Throws `InvalidInput` for scripts and charts that follow the commit and are not at it: better now than after an hour of builds. */
async function refuseMissingFiles(plan: Plan, { settings, valuesGit }: PlanDependencies): Promise<void> {
  const environment = environmentNamed(settings, plan.environment);
  const files = neededFiles(environment);
  const writes = plan.services.some(({ action }) => action !== 'keep');
  if (files.length === 0 || !writes || !goesOn(settings, environment, plan.ref)) return;
  const paths = files.map(({ path }) => path);
  const commit = plannedValues(plan);
  const found = await valuesGit.readFiles(commit, paths);
  const where = plan.valuesCommit === undefined ? plan.ref : 'the values repository';
  const problems = files
    .filter(({ path }) => !found.has(path))
    .map(({ path, setting }) => ({
      path: setting,
      message: `${path} is not at commit ${commit.slice(0, 8)} of ${where}; commit it, or correct the setting`,
    }));
  if (problems.length > 0) throw new InvalidInputError('the run cannot be deployed and verified', problems);
}

/** A plan, and the source from which its images are built. Undefined if it builds none. */
interface PlannedRun {
  readonly plan: Plan;
  readonly source?: Source;
}

/** Plans by kind of run: from the records in git, from the source at a commit, or nothing to do. */
async function planRun(
  { run, redrives = 0, input: unchecked }: PlanRequest,
  dependencies: PlanDependencies,
  keyOf: (run: string) => string,
): Promise<PlannedRun> {
  const { settings, store } = dependencies;
  const input: ExecutionInput = parseExecutionInput(unchecked);
  if (input.action === 'promote' || input.action === 'rollback') {
    return { plan: await planPromotion(run, input, dependencies) };
  }
  // A redriven run is bound to the commits of its first plan.
  const planned = redrives === 0 ? undefined : await readIfStored<Plan>(store, keyOf(run));
  const commit = await readCommit(input, settings, dependencies, planned);
  if (input.action === 'push' && !hasCatalog(commit, settings)) {
    return { plan: planWithoutCatalog(run, input, commit, settings) };
  }
  return planFromSource(run, await readSource(commit, settings, dependencies), dependencies);
}

/** Plans the push of a commit that the pipeline was not set up for, such as one on a branch older than the catalog. */
function planWithoutCatalog(run: string, input: PushInput, commit: RunCommit, settings: Settings): Plan {
  const target = { ...commit, run, input, environment: commit.environment.name, strategy: settings.strategy };
  return makePlan(target, [], `this commit has no catalog ${settings.catalogFile}: nothing to do`);
}

async function planFromSource(run: string, source: Source, dependencies: PlanDependencies): Promise<PlannedRun> {
  const { stages, publishing, settings } = dependencies;
  const secrets = Object.keys(settings.buildSecrets ?? {});
  checkPlanInput({ input: source.input, source, stages, publishing: publishing?.stages ?? [], secrets });
  const modules = publishing && (await planModules(source, { ...dependencies, ...publishing, run }));
  const planned = await planSource(run, source, dependencies);
  const ordered = await checkVersionOrder(planned, { ...source, ...dependencies });
  const plan = checkPulledNames(ordered, { ...source, ...dependencies });
  const warnings = [
    ...(plan.warnings ?? []),
    ...secretWarnings(plan.services, source.catalog, source.inputs),
    ...rewrittenWarnings(source.rewritten),
    ...moduleRemarks(modules ?? []),
  ];
  return { plan: { ...plan, ...(modules && { modules }), ...(warnings.length > 0 && { warnings }) }, source };
}

function publishes({ modules = [] }: Plan): boolean {
  return modules.some(({ action }) => action === 'publish');
}

function planResult(
  plan: Plan,
  source: Source | undefined,
  proceed: boolean,
  { settings, stages, publishing, store }: PlanDependencies,
): PlanResult {
  const { approval } = environmentNamed(settings, plan.environment);
  const { run, action, ref, commit, dryRun, totals, services, modules = [], platformVersion, startedBy } = plan;
  const jobs = proceed && source !== undefined ? buildJobs(plan, source.catalog, settings, stages) : {};
  // A run that only publishes modules writes to no environment.
  const writesValues = services.some((service) => service.action !== 'keep');
  return {
    run,
    action,
    ref,
    commit,
    dryRun,
    proceed,
    totals,
    environment: plan.environment,
    ...(platformVersion === undefined ? {} : { platformVersion }),
    ...(startedBy === undefined ? {} : { startedBy }),
    approvalSeconds: writesValues ? Math.ceil((approval?.hours ?? 0) * 3600) : 0,
    source: store.location(objectKeys.sources(commit)),
    stages: stageJobs(Object.fromEntries(stages.map((name) => [name, jobs[name] ?? []])), plan, settings, store),
    modules: moduleJobs(proceed ? modules : [], publishing?.stages ?? [], settings, ({ name }) =>
      store.location(objectKeys.packages(run, name)),
    ),
  };
}

/** Returns the jobs as the deployed state machine takes them: images, or machines if the settings let images share them. */
function stageJobs(
  images: Readonly<Record<string, readonly BuildJob[]>>,
  { run, machines = [] }: Plan,
  { builders }: Settings,
  store: ObjectStore,
): PlanResult['stages'] {
  if (builders === undefined) return images;
  return machineJobs(images, machines, (service) => store.location(objectKeys.machine(run, service)));
}

/** Objects written at a time. */
const WRITES_AT_ONCE = 16;

/** Stores the source archive, once per commit, and the input lists that explain a later difference. */
async function storeForJobs(plan: Plan, { inputs }: Source, { git, store }: PlanDependencies): Promise<void> {
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
  const isNeeded = plan.totals.build > 0 || publishes(plan);
  if (isNeeded && !(await store.exists(key))) await store.put(key, await git.archive(plan.commit));
}

/** Stores the images of each shared machine, which its build reads. */
async function storeLists({ run, stages }: PlanResult, store: ObjectStore): Promise<void> {
  for (const job of Object.values(stages).flat()) {
    if (!('images' in job) || !job.together) continue;
    await store.put(objectKeys.machine(run, job.service), JSON.stringify(job.images));
  }
}

/** Bytes that a state of Step Functions may pass on. */
const PAYLOAD_LIMIT = 262_144;
/** The most that a job's outcome adds: a name of 80 characters, a status, and that it was not started. */
const OUTCOME_BYTES = 200;

/**
 * Returns the result for the state machine. Throws `InvalidSettings` if the jobs do not fit into it. No state could catch the error that
 * Step Functions itself would raise later.
 */
export async function distributeJobs(result: PlanResult, source: JobSource, store: ObjectStore): Promise<PlanResult> {
  if (source === 'state') return withinLimit(result);
  const { run, stages, modules } = result;
  return {
    ...result,
    stages: emptied(stages),
    modules: emptied(modules),
    stored: await storeJobs(stages, (stage) => objectKeys.jobs(run, stage), store),
    storedModules: await storeJobs(modules, (stage) => objectKeys.moduleJobs(run, stage), store),
  };
}

function emptied(stages: Readonly<Record<string, unknown>>): Readonly<Record<string, readonly never[]>> {
  return Object.fromEntries(Object.keys(stages).map((stage) => [stage, []]));
}

async function storeJobs(
  stages: Readonly<Record<string, readonly unknown[]>>,
  keyOf: (stage: string) => string,
  store: ObjectStore,
): Promise<StoredJobs> {
  const entries = Object.entries(stages);
  for (const [stage, jobs] of entries) if (jobs.length > 0) await store.put(keyOf(stage), JSON.stringify(jobs));
  return Object.fromEntries(entries.map(([stage, jobs]) => [stage, { count: jobs.length, key: keyOf(stage) }]));
}

function withinLimit(result: PlanResult): PlanResult {
  const { totals, modules } = result;
  const outcomes = OUTCOME_BYTES * (totals.build + Object.values(modules).flat().length);
  const bytes = Buffer.byteLength(JSON.stringify(result)) + outcomes;
  if (bytes <= PAYLOAD_LIMIT) return result;
  const message = `the ${totals.build} jobs of this run have ${bytes} bytes with their outcomes, but the state machine's data may have ${PAYLOAD_LIMIT}; set maxConcurrency to more than 40 and deploy again, so that the jobs are read from the object store`;
  throw new PipelineError(ERROR_NAMES.invalidSettings, message);
}
