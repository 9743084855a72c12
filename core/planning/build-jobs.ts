/** Turns a plan into the jobs that the state machine passes to build machines, stage by stage. */
import { createHash } from 'node:crypto';
import type { Catalog, Service } from '../catalog/model';
import { type BuildJob, type JobBases, type ModuleJob, machineOf, moduleOutcomeName } from '../contract/job';
import { candidateTag } from '../contract/keys';
import type { Plan, PlannedModule, PlannedService } from '../contract/plan';
import { codeBuildMachine } from '../image/build-images';
import { type BranchRule, branchRule, type Settings } from '../settings/schema';

/** The shortest limit of a build in minutes, because fetching base images can be slow. */
const LEAST_TIMEOUT = 15;

/** CodeBuild's longest limit of a build in minutes (36 h). */
export const MAX_TIMEOUT = 2160;

/** Returns image jobs by stage, most urgent first, then longest first. Has every stage of `stageNames`. */
export function buildJobs(
  plan: Plan,
  catalog: Catalog,
  settings: Settings,
  stageNames: readonly string[],
): Readonly<Record<string, readonly BuildJob[]>> {
  const planned = new Map(plan.services.map((service) => [service.name, service]));
  const inOrder = [...catalog.services].sort(
    (a, b) => a.priority - b.priority || b.minutes - a.minutes || (a.name < b.name ? -1 : 1),
  );
  return Object.fromEntries(
    stageNames.map((stage) => [
      stage,
      inOrder.flatMap((service) => {
        const wanted = planned.get(service.name);
        if (service.stage !== stage || wanted?.action !== 'build') return [];
        return [buildJob(plan, wanted, service, settings)];
      }),
    ]),
  );
}

function buildJob(plan: Plan, service: PlannedService, recipe: Service, settings: Settings): BuildJob {
  const { host, repository } = settings.candidates;
  const tag =
    service.origin.kind === 'candidate' ? service.origin.tag : candidateTag(service.name, service.inputDigest);
  return {
    service: service.name,
    inputDigest: service.inputDigest,
    candidate: `${host}/${repository}:${tag}`,
    bases: JSON.stringify(jobBases(service, scopeOf(plan, settings))),
    machine: codeBuildMachine(machineOf(recipe), settings.buildImages.machines, settings.fleets),
    timeoutMinutes: recipe.timeoutMinutes ?? usualTimeout(recipe, settings),
  };
}

/** Returns the limit of a job in minutes, from its expected minutes. */
function usualTimeout(
  { minutes }: { readonly minutes: number },
  { timeoutFactor }: Pick<Settings, 'timeoutFactor'>,
): number {
  return Math.min(MAX_TIMEOUT, Math.max(LEAST_TIMEOUT, Math.ceil(minutes * timeoutFactor)));
}

function jobBases({ bases = {}, images = {}, reasons }: PlannedService, scope: string): JobBases {
  return { digests: bases, images, noCache: reasons.some(({ kind }) => kind === 'aged'), cacheScope: scope };
}

function scopeOf({ ref }: Plan, settings: Settings): string {
  const rule = branchRule(settings, ref);
  // A run on a branch without a rule is refused before it has a plan.
  if (rule === undefined) throw new Error(`no branch rule matches '${ref}'`);
  return cacheScope(rule);
}

/** Returns module jobs by stage, longest first. Has every stage of `stages`. `locationOf` returns the folder for a build's files. */
export function moduleJobs(
  modules: readonly PlannedModule[],
  stages: readonly string[],
  settings: Pick<Settings, 'timeoutFactor'>,
  locationOf: (module: PlannedModule) => string,
): Readonly<Record<string, readonly ModuleJob[]>> {
  const wanted = modules
    .filter(({ action }) => action === 'publish')
    .sort((a, b) => b.minutes - a.minutes || (a.name < b.name ? -1 : 1));
  const jobOf = (module: PlannedModule): ModuleJob => ({
    service: moduleOutcomeName(module.name),
    module: module.name,
    kind: module.kind ?? 'python',
    contentDigest: module.contentDigest,
    version: module.version,
    packages: locationOf(module),
    timeoutMinutes: usualTimeout(module, settings),
  });
  return Object.fromEntries(
    stages.map((stage) => [stage, wanted.filter((module) => module.stage === stage).map(jobOf)]),
  );
}

/** The cache scope of branches that may release. Every build reads it, and only builds on these branches write it. */
export const RELEASE_SCOPE = 'release';

/**
 * Returns the scope of the build cache that the rule's branches write, as part of a tag. A build that reads a cache can take any content from
 * it. Branches of other rules therefore neither read nor write it: a push to `feature/*` reaches no image of `develop`. A pattern can
 * have any characters, so its hash names it.
 */
export function cacheScope({ allow, branch }: Pick<BranchRule, 'allow' | 'branch'>): string {
  if (allow.includes('release')) return RELEASE_SCOPE;
  return createHash('sha256').update(branch).digest('hex').slice(0, 16);
}
