/** Plans a run from source: asks registries and stored input lists, and lets `core/planning` decide. */
import pLimit from 'p-limit';
import { withTimeout } from '../../adapters/clock';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import type { RegistryPatience } from '../../adapters/registry/oci-registry';
import type { Service } from '../../core/catalog/model';
import { messageOf } from '../../core/contract/errors';
import type { BuiltCandidate } from '../../core/contract/job';
import { contentTag, objectKeys } from '../../core/contract/keys';
import type { Plan, Reason } from '../../core/contract/plan';
import type { Strategy } from '../../core/contract/run-input';
import { parseReference } from '../../core/image/reference';
import { asRecordedBy, explainDifference, type StoredInputs } from '../../core/input-digest/explain-inputs';
import {
  type BaseLookup,
  type BaseVerdict,
  basesToLookUp,
  judgeBases,
  pinBases,
} from '../../core/planning/base-images';
import { buildPlan, concernedServices, forcedVersion } from '../../core/planning/build-plan';
import { candidateTagFor, forcedRebuild, isExpiring } from '../../core/planning/candidate';
import type { Availability } from '../../core/planning/decide-service';
import { formerContentKey } from '../../core/planning/former-records';
import type { ImageRegistry } from '../../core/ports/registry';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { repositoryIn } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { readIfStored } from '../shared/stored';
import type { Source } from './read-source';

interface SourceDependencies {
  readonly settings: Settings;
  readonly registry: ImageRegistry;
  readonly baseRegistry: Pick<ImageRegistry, 'head'>;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Returns the plan of the run. Writes nothing. Base images are looked up twice: those of following services before the
 * decision that they affect, and those of the services to build after it, to pin their builds.
 */
export async function planSource(run: string, source: Source, dependencies: SourceDependencies): Promise<Plan> {
  const { settings, baseRegistry, store, clock } = dependencies;
  const { input, catalog, inputs, lock, environment } = source;
  const strategy = (input.action === 'release' ? input.strategy : undefined) ?? settings.strategy;
  const services = concernedServices(catalog, input);
  const following = services.filter(({ bases }) => bases === 'follow').map(({ name }) => name);
  const forced = services.filter((service) => forcedVersion(service, input, strategy) !== undefined);
  const facts = { services, forced: new Set(forced.map(({ name }) => name)), inputs, lock, now: clock.now() };
  const lookUp = createBaseLookup(baseRegistry);

  const verdicts = judgeBases({ ...facts, lookup: await lookUp(basesToLookUp(following, inputs)) });
  const [available, differences] = await Promise.all([
    findAvailable(source, strategy, verdicts, dependencies),
    explain(source, store),
  ]);
  const target = { ...source, run, strategy, environment: environment.name };
  const plan = buildPlan({ ...target, available, differences, verdicts });

  const built = plan.services.filter(({ action }) => action === 'build').map(({ name }) => name);
  const lookup = await lookUp(basesToLookUp([...following, ...built], inputs));
  return pinBases(plan, { services, inputs, lock, lookup, verdicts: judgeBases({ ...facts, lookup }) });
}

/** Returns, for every service that differs from its record, the changed files and recipe, if the recorded list is stored. */
async function explain(
  { catalog, inputs, lock }: Pick<Source, 'catalog' | 'inputs' | 'lock'>,
  store: ObjectStore,
): Promise<ReadonlyMap<string, readonly Reason[]>> {
  const entries = catalog.services.map(async ({ name }): Promise<[string, readonly Reason[]] | undefined> => {
    const locked = lock.get(name);
    const now = inputs.get(name);
    if (locked === undefined || now === undefined || locked.inputDigest === now.inputDigest) return undefined;
    const before = await readIfStored<StoredInputs>(store, objectKeys.inputs(name, locked.inputDigest));
    return before && [name, explainDifference(before, asRecordedBy(before, now))];
  });
  const found = await Promise.all(entries);
  return new Map(found.filter((entry) => entry !== undefined));
}

/** Requests at a time, for images of services and for base images. One service needs at most three. */
const LOOKUPS_AT_ONCE = 16;

/** Asks the registry about the image of every service, unless a push keeps it. */
async function findAvailable(
  source: Source,
  strategy: Strategy,
  verdicts: ReadonlyMap<string, BaseVerdict>,
  dependencies: SourceDependencies,
): Promise<ReadonlyMap<string, Availability>> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const registry: Pick<ImageRegistry, 'head'> = {
    head: (name, reference) => limit(() => dependencies.registry.head(name, reference)),
  };
  const services = concernedServices(source.catalog, source.input);
  const entries = services.map(async (service): Promise<[string, Availability]> => {
    const verdict = verdicts.get(service.name);
    return [service.name, await availabilityOf(service, source, strategy, verdict, { ...dependencies, registry })];
  });
  return new Map(await Promise.all(entries));
}

async function availabilityOf(
  service: Service,
  { input, inputs, lock, environment }: Source,
  strategy: Strategy,
  verdict: BaseVerdict | undefined,
  dependencies: Omit<SourceDependencies, 'registry'> & { readonly registry: Pick<ImageRegistry, 'head'> },
): Promise<Availability> {
  const { settings, registry } = dependencies;
  const now = inputs.get(service.name) ?? { inputDigest: '' };
  const { inputDigest } = now;
  const { contentKey = inputDigest, bases = {}, reasons = [], rebuild } = verdict ?? {};
  const locked = lock.get(service.name);
  const isKept = input.action === 'push' && locked?.inputDigest === inputDigest && reasons.length === 0;
  if (isKept) return {};
  const release = repositoryIn(settings.releases, service.image);
  const forcedFor = forcedVersion(service, input, strategy);
  const ask = async (key: string): Promise<Availability> => {
    const tag = candidateTagFor(service.name, key, forcedFor === undefined ? rebuild : forcedRebuild(forcedFor));
    const [isReleased, isBuilt] = await Promise.all([
      rebuild === undefined && isThere(registry.head(release, contentTag(key))),
      isThere(registry.head(settings.candidates, tag)),
    ]);
    return {
      ...(rebuild === undefined ? { released: isReleased } : {}),
      candidate: isBuilt,
      ...(isBuilt ? { isExpiring: await willExpire(tag, environment.approval?.hours ?? 0, dependencies) } : {}),
    };
  };
  const [isLocked, found] = await Promise.all([
    locked !== undefined && isThere(registry.head(release, locked.digest)),
    ask(contentKey),
  ]);
  const here = { locked: isLocked, ...found };
  const isUnchanged = isLocked && locked?.inputDigest === inputDigest && reasons.length === 0;
  if (found.released || found.candidate || (isUnchanged && forcedFor === undefined)) return here;
  const formerKey = formerContentKey(now, { contentKey, bases });
  const former = formerKey === undefined ? {} : await ask(formerKey);
  return former.released || former.candidate ? { ...here, ...former, ...(formerKey && { formerKey }) } : here;
}

async function isThere(digest: Promise<string | undefined>): Promise<boolean> {
  return (await digest) !== undefined;
}

/** Returns true if ECR may delete the candidate before the run releases it. Other registries keep candidates. */
async function willExpire(
  tag: string,
  approvalHours: number,
  { settings, store, clock }: Pick<SourceDependencies, 'settings' | 'store' | 'clock'>,
): Promise<boolean> {
  if (ecrRegion(settings.candidates.host) === undefined) return false;
  const built = await readIfStored<BuiltCandidate>(store, objectKeys.candidate(tag));
  return isExpiring(built?.builtAt, clock.now(), approvalHours);
}

/** The limit for all base images together, in ms: a registry that does not answer must not hold up the plan. */
const LONGEST_WAIT = 15_000;
const LONGEST_PROBLEM = 200;

/** For a separate registry client: faults of foreign registries must not use up the plan's own retries. */
export const BASE_LOOKUP_PATIENCE: RegistryPatience = {
  timeout: 5_000,
  retry: { tries: 3, firstWait: 300, longestWait: 2_000 },
};

type Found = { readonly digest: string } | { readonly problem: string };

/**
 * Returns a lookup of base images by their names in Dockerfiles (`python:3.12`). Each is asked for once, by HEAD, which no
 * registry counts as a pull. An unknown digest is no error: the plan has the reason.
 */
export function createBaseLookup(
  registry: Pick<ImageRegistry, 'head'>,
  longestWait: number = LONGEST_WAIT,
): (names: ReadonlySet<string>) => Promise<BaseLookup> {
  const limit = pLimit(LOOKUPS_AT_ONCE);
  const known = new Map<string, Promise<Found>>();
  const late: Found = { problem: `its registry did not answer within ${longestWait / 1000} s` };
  const find = (name: string): Promise<Found> => {
    const asked = () =>
      withTimeout(
        limit(() => ask(name, registry)),
        longestWait,
        late,
      );
    const found = known.get(name) ?? asked();
    known.set(name, found);
    return found;
  };
  return async (names) => {
    const found = await Promise.all([...names].map(async (name) => ({ name, ...(await find(name)) })));
    return {
      digests: new Map(found.flatMap((each) => ('digest' in each ? [[each.name, each.digest]] : []))),
      problems: new Map(found.flatMap((each) => ('problem' in each ? [[each.name, each.problem]] : []))),
    };
  };
}

async function ask(name: string, registry: Pick<ImageRegistry, 'head'>): Promise<Found> {
  if (name.includes('$')) return { problem: 'only the build knows which image it is' };
  try {
    const { host, repository, tag = 'latest', digest } = parseReference(name);
    const found = await registry.head({ host, repository }, digest ?? tag);
    return found === undefined ? { problem: `${host} has no such image` } : { digest: found };
  } catch (error) {
    return { problem: messageOf(error).replace(/\s+/g, ' ').slice(0, LONGEST_PROBLEM) };
  }
}
