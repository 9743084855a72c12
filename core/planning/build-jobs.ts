/** Turns a plan into the small jobs that the state machine hands to build machines, stage by stage. */

import { createHash } from 'node:crypto';
import type { Catalog, Service } from '../catalog/model';
import {
  type BuildJob,
  codeBuildMachine,
  type JobBases,
  type ModuleJob,
  machineOf,
  moduleOutcomeName,
} from '../contract/job';
import { candidateTag } from '../contract/keys';
import type { Plan, PlannedModule, PlannedService } from '../contract/plan';
import { type BranchRule, branchRule, type Settings } from '../settings/schema';

/** No build machine gets less time than this, in minutes: fetching base images is slow on some days. */
const LEAST_TIMEOUT = 15;

/** CodeBuild's limit for one build, in minutes (36 h). */
const MOST_TIMEOUT = 2160;

/** Jobs per stage name, most urgent first, then longest first. Every stage in `stageNames` is there. */
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
    machine: codeBuildMachine(machineOf(recipe)),
    timeoutMinutes: recipe.timeoutMinutes ?? usualTimeout(recipe, settings),
  };
}

/** The limit of a job in minutes, by what it is expected to take. */
function usualTimeout(
  { minutes }: { readonly minutes: number },
  { timeoutFactor }: Pick<Settings, 'timeoutFactor'>,
): number {
  return Math.min(MOST_TIMEOUT, Math.max(LEAST_TIMEOUT, Math.ceil(minutes * timeoutFactor)));
}

function jobBases({ bases = {}, images = {}, reasons }: PlannedService, scope: string): JobBases {
  return { digests: bases, images, noCache: reasons.some(({ kind }) => kind === 'aged'), cacheScope: scope };
}

function scopeOf({ ref }: Plan, settings: Settings): string {
  const rule = branchRule(settings, ref);
  // A run on a branch without a rule is refused before it has a plan.
  if (rule === undefined) throw new Error(`no branch rule is for '${ref}'`);
  return cacheScope(rule);
}

// Turns planned modules into the small jobs that the state machine hands to build machines, stage by stage.

/** Jobs per stage name, the longest first. Every stage in `stages` is there. `locationOf` is where a build leaves what it made. */
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
    contentDigest: module.contentDigest,
    packages: locationOf(module),
    timeoutMinutes: usualTimeout(module, settings),
  });
  return Object.fromEntries(
    stages.map((stage) => [stage, wanted.filter((module) => module.stage === stage).map(jobOf)]),
  );
}

// Who shares a build cache: what a build leaves in it can end up in the image of any build that reads it.

/** The cache of branches that may release. Every build reads it, and only theirs write it. */
export const RELEASE_SCOPE = 'release';

/**
 * Scope of the cache that builds on the rule's branches write: part of a tag. Branches of another rule neither write nor read it, so
 * that whoever may push a `feature/*` reaches no image of `develop` by it. A pattern is named by its hash, for it may have any characters.
 */
export function cacheScope({ allow, branch }: Pick<BranchRule, 'allow' | 'branch'>): string {
  if (allow.includes('release')) return RELEASE_SCOPE;
  return createHash('sha256').update(branch).digest('hex').slice(0, 16);
}
