/** The plan step: reads commit, catalog, version lock and registry, lets `core/plan` decide, stores the plan. */
import pLimit from 'p-limit';
import type { Catalog } from '../../core/catalog/catalog';
import type { Plan, PlanRequest, PlanResult, Reason } from '../../core/contract';
import { explainDifference, type StoredInputs, toStored } from '../../core/inputs/explain-inputs';
import type { ServiceInputs } from '../../core/inputs/inputs';
import { contentTag, objectKeys } from '../../core/keys';
import { buildJobs } from '../../core/plan/build-jobs';
import { buildPlan, concernedServices, forcedVersion } from '../../core/plan/build-plan';
import { candidateTagFor } from '../../core/plan/candidate';
import { checkPlanInput } from '../../core/plan/check-plan-input';
import type { Availability } from '../../core/plan/decide-service';
import type { GitHost, ImageRegistry, ObjectStore } from '../../core/ports';
import type { Settings } from '../../core/settings';
import { parseExecutionInput } from '../../core/trigger/execution-input';
import type { VersionLock } from '../../core/version/version-lock';
import { planRecorded } from './plan-recorded';
import { readSource, type Source } from './read-source';

/** What the plan step works with. `stages` are the stage names of the deployed state machine. */
export interface PlanDependencies {
  readonly settings: Settings;
  readonly stages: readonly string[];
  readonly git: GitHost;
  readonly registry: ImageRegistry;
  readonly store: ObjectStore;
}

/** Registry look-ups at a time; one service needs at most three. */
const LOOKUPS_AT_ONCE = 16;

/**
 * Plans a run. Throws `InvalidInput` or `InvalidCatalog` with all problems before anything is written. A dry run stores its plan and
 * report only.
 */
export async function planStep(request: PlanRequest, dependencies: PlanDependencies): Promise<PlanResult> {
  const { settings, stages, git, store } = dependencies;
  const input = parseExecutionInput(request.input);
  if (input.action === 'promote' || input.action === 'rollback') {
    const plan = await planRecorded(request.run, input, dependencies);
    await store.put(objectKeys.plan(plan.run), JSON.stringify(plan));
    return planResult(plan, !plan.dryRun && plan.services.length > 0, {}, dependencies);
  }
  const source = await readSource(input, settings, git);
  checkPlanInput({ input, source, stages });

  const strategy = (input.action === 'release' ? input.strategy : undefined) ?? settings.strategy;
  const [available, differences] = await Promise.all([
    lookUp(source, input, strategy, dependencies),
    explain(source, store),
  ]);
  const plan = buildPlan({ run: request.run, strategy, available, differences, ...source });
  await store.put(objectKeys.plan(plan.run), JSON.stringify(plan));
  const proceed = !plan.dryRun && plan.totals.build + plan.totals.retag > 0;
  if (proceed) await storeForJobs(plan, source.inputs, dependencies);
  const jobs = proceed ? buildJobs(plan, source.catalog, settings, stages) : {};
  return planResult(plan, proceed, jobs, dependencies);
}

function planResult(
  plan: Plan,
  proceed: boolean,
  jobs: PlanResult['stages'],
  { stages, store }: PlanDependencies,
): PlanResult {
  const { run, action, ref, commit, dryRun, totals } = plan;
  return {
    run,
    action,
    ref,
    commit,
    dryRun,
    proceed,
    totals,
    source: store.url(objectKeys.source(commit)),
    stages: Object.fromEntries(stages.map((name) => [name, jobs[name] ?? []])),
  };
}

/** The source archive, once per commit, and the input lists that explain a later difference. */
async function storeForJobs(
  plan: Plan,
  inputs: ReadonlyMap<string, ServiceInputs>,
  { git, store }: PlanDependencies,
): Promise<void> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
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
  if (plan.totals.build > 0 && !(await store.exists(key))) await store.put(key, await git.archive(plan.commit));
}

/** Asks the registry about every service whose image the plan may need; an unchanged one on a push needs no question. */
async function lookUp(
  source: Source,
  input: Source['input'],
  strategy: Plan['strategy'],
  { settings, registry }: PlanDependencies,
): Promise<ReadonlyMap<string, Availability>> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const { host, namespace } = settings.releases;
  const has = async (name: { host: string; repository: string }, reference: string) =>
    (await limit(() => registry.head(name, reference))) !== undefined;

  const entries = concernedServices(source.catalog, input).map(async (service): Promise<[string, Availability]> => {
    const inputDigest = source.inputs.get(service.name)?.inputDigest ?? '';
    const locked = source.lock.get(service.name);
    const unchanged = locked?.inputDigest === inputDigest;
    if (unchanged && input.action === 'push')
      return [service.name, { locked: true, released: false, candidate: false }];
    const release = { host, repository: `${namespace}/${service.image}` };
    const forcedFor = forcedVersion(service, input, strategy);
    const [lockedThere, released, candidate] = await Promise.all([
      locked === undefined ? false : has(release, locked.digest),
      has(release, contentTag(inputDigest)),
      has(settings.candidates, candidateTagFor(service.name, inputDigest, forcedFor)),
    ]);
    return [service.name, { locked: lockedThere, released, candidate }];
  });
  return new Map(await Promise.all(entries));
}

/** For every service that differs from its record: which files or parts of the recipe, if the recorded list is stored. */
async function explain(
  { catalog, inputs, lock }: { catalog: Catalog; inputs: ReadonlyMap<string, ServiceInputs>; lock: VersionLock },
  store: ObjectStore,
): Promise<ReadonlyMap<string, readonly Reason[]>> {
  const entries = catalog.services.map(async ({ name }): Promise<[string, readonly Reason[]] | undefined> => {
    const locked = lock.get(name);
    const now = inputs.get(name);
    if (locked === undefined || now === undefined || locked.inputDigest === now.inputDigest) return undefined;
    const stored = await store.get(objectKeys.inputs(name, locked.inputDigest));
    if (stored === undefined) return undefined;
    const before: StoredInputs = JSON.parse(stored.toString('utf8'));
    return [name, explainDifference(before, now)];
  });
  const found = await Promise.all(entries);
  return new Map(found.filter((entry) => entry !== undefined));
}
