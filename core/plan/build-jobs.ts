/** Turns a plan into the small jobs that the state machine hands to build machines, stage by stage. */
import type { JobBases } from '../build-facts';
import { codeBuildMachine, machineOf } from '../build-machine';
import type { Catalog, Service } from '../catalog/catalog';
import type { BuildJob, Plan, PlannedService } from '../contract';
import { candidateTag } from '../keys';
import { branchRule, type Settings } from '../settings';
import { cacheScope } from './cache-scope';

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
export function usualTimeout(
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
