/**
 * Base images in a plan. They decide the key of an image, rebuilds with unchanged inputs, and the digests that a build uses. If an image of the catalog is built from another one, it inherits that one's base images.
 */
import type { BasePolicy, Service } from '../catalog/model';
import type { BaseDigests, ImageOrigin } from '../contract/image';
import type { Plan, PlannedService, Reason } from '../contract/plan';
import { isPinned } from '../dockerfile/evaluate/stages';
import { dayOf } from '../image/build-label';
import { isDigest } from '../image/reference';
import type { ServiceInputs } from '../input-digest/inputs';
import type { LockEntry, VersionLock } from '../version/version-lock';
import { contentKeyOf } from './candidate';

/** The answers of registries about base images, by their name in a Dockerfile. */
export interface BaseLookup {
  readonly digests: ReadonlyMap<string, string>;
  /** The reasons for unknown digests, for people. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Everything that the verdicts depend on. */
export interface BaseFacts {
  /** The services of the run. */
  readonly services: readonly Service[];
  /** Services whose rebuild is forced. */
  readonly forced: ReadonlySet<string>;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly lock: VersionLock;
  readonly lookup: BaseLookup;
  /** In ms since 1970. */
  readonly now: number;
}

/** The meaning of its base images for one service. */
export interface BaseVerdict {
  /** The base images of a build today, as far as their digests are known. */
  readonly bases: BaseDigests;
  /** The input digest; under `follow` also the digests of the base images. */
  readonly contentKey: string;
  /** The reasons to rebuild an image with unchanged inputs. Empty if it is not rebuilt. */
  readonly reasons: readonly Reason[];
  /** Tells the rebuild from the image that it replaces, if both have the same content key. */
  readonly rebuild?: string;
  /** The first day on which the image was too old. A rebuild for its age is no older than that. */
  readonly dueSince?: string;
}

type Rebuild = Pick<BaseVerdict, 'reasons' | 'rebuild' | 'dueSince'>;

const DAY = 24 * 60 * 60 * 1000;

/** Returns a verdict for each service of the run. The images of the catalog must not be built from each other in a circle. */
export function judgeBases(facts: BaseFacts): ReadonlyMap<string, BaseVerdict> {
  const services = new Map(facts.services.map((service) => [service.name, service]));
  const verdicts = new Map<string, BaseVerdict>();
  const judge = (service: Service): BaseVerdict => {
    const known = verdicts.get(service.name);
    if (known !== undefined) return known;
    const parents = parentsOf(service.name, facts.inputs).map((name): Parent => {
      const parent = services.get(name);
      return { name, locked: facts.lock.get(name), verdict: parent === undefined ? undefined : judge(parent) };
    });
    const verdict = judgeService(service, parents, facts);
    verdicts.set(service.name, verdict);
    return verdict;
  };
  for (const service of facts.services) judge(service);
  return verdicts;
}

/** Returns the external base images that these services, or the images that they are built from, depend on. Pinned ones cannot move. */
export function basesToLookUp(
  services: readonly string[],
  inputs: ReadonlyMap<string, ServiceInputs>,
): ReadonlySet<string> {
  const all = new Set(services);
  for (const name of all) for (const parent of parentsOf(name, inputs)) all.add(parent); // grows while it is walked
  return new Set([...all].flatMap((name) => movingBases(inputs.get(name))));
}

/** Returns the external base images of a service that are not pinned, as its Dockerfile names them. */
function movingBases(inputs: ServiceInputs | undefined): readonly string[] {
  return inputs?.bases.filter((name) => !isPinned(name)) ?? [];
}

/** An image of the catalog that another one is built from. The verdict is undefined if the run is not about it. */
interface Parent {
  readonly name: string;
  readonly locked: LockEntry | undefined;
  readonly verdict: BaseVerdict | undefined;
}

function parentsOf(service: string, inputs: ReadonlyMap<string, ServiceInputs>): readonly string[] {
  return inputs.get(service)?.images ?? [];
}

function judgeService(service: Service, parents: readonly Parent[], facts: BaseFacts): BaseVerdict {
  const inputs = facts.inputs.get(service.name);
  const inputDigest = inputs?.inputDigest ?? '';
  const own = movingBases(inputs).flatMap((name): [string, string][] => {
    const digest = facts.lookup.digests.get(name);
    return digest === undefined ? [] : [[name, digest]];
  });
  const bases = sorted([...parents.flatMap((parent) => Object.entries(basesAfterRun(parent, facts))), ...own]);
  const policy = service.bases ?? 'recorded';
  const contentKey = policy === 'follow' ? contentKeyOf(inputDigest, bases) : inputDigest;
  const locked = facts.lock.get(service.name);
  if (locked?.inputDigest !== inputDigest) return { bases, contentKey, reasons: [] };
  return { bases, contentKey, ...rebuildBy(policy, locked, bases, parents, facts.now) };
}

/** Returns the base images that a parent has after the run: recorded ones if its image stays, looked-up ones if it is built. */
function basesAfterRun({ name, locked, verdict }: Parent, { inputs, forced }: BaseFacts): BaseDigests {
  if (verdict === undefined) return locked?.bases ?? {};
  const isUnchanged = locked !== undefined && locked.inputDigest === inputs.get(name)?.inputDigest;
  const stays = isUnchanged && verdict.reasons.length === 0 && !forced.has(name);
  return stays ? (locked.bases ?? {}) : verdict.bases;
}

/** Returns whether the policy asks for a rebuild of an image with unchanged inputs. */
function rebuildBy(
  policy: BasePolicy,
  locked: LockEntry,
  bases: BaseDigests,
  parents: readonly Parent[],
  now: number,
): Rebuild {
  if (policy === 'recorded') return { reasons: [] };
  if (policy !== 'follow') return rebuildByAge(locked, policy.maxAgeDays, now);
  const rebuilt = parents.flatMap(({ name, verdict }) =>
    verdict?.rebuild === undefined ? [] : [{ name, rebuild: verdict.rebuild }],
  );
  const reasons = [
    ...movedReasons(locked, bases),
    ...rebuilt.map(({ name }): Reason => ({ kind: 'base-moved', text: `its base, the image of ${name}, is rebuilt` })),
  ];
  if (rebuilt.length === 0) return { reasons };
  return { reasons, rebuild: rebuilt.map(({ name, rebuild }) => `${name}\0${rebuild}`).join('\0') };
}

function rebuildByAge({ digest, built }: LockEntry, maxAgeDays: number, now: number): Rebuild {
  const policy = `the catalog asks for a rebuild after ${maxAgeDays} days`;
  const rebuild = `aged\0${digest}\0${built ?? ''}`;
  const because = (text: string): readonly Reason[] => [{ kind: 'aged', text: `${text}; ${policy}` }];
  if (built === undefined) return { reasons: because('the day of its build is not recorded'), rebuild };
  const day = Date.parse(built);
  const age = Math.floor((now - day) / DAY);
  if (age < maxAgeDays) return { reasons: [] };
  return { reasons: because(`built on ${built}, ${age} days ago`), rebuild, dueSince: dayOf(day + maxAgeDays * DAY) };
}

function movedReasons(locked: LockEntry, bases: BaseDigests): readonly Reason[] {
  const recorded = new Map(Object.entries(locked.bases ?? {}));
  return Object.entries(bases)
    .filter(([name, digest]) => recorded.get(name) !== digest)
    .map(([name, digest]) => {
      const earlier = recorded.get(name);
      const text =
        earlier === undefined
          ? `base image ${name} is ${short(digest)}; the digest at the image's build is not recorded`
          : `base image ${name} moved from ${short(earlier)} to ${short(digest)}`;
      return { kind: 'base-moved', text };
    });
}

/** Returns each name once; a later entry overrides an earlier one. */
function sorted(entries: readonly (readonly [string, string])[]): BaseDigests {
  return Object.fromEntries([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function short(digest: string): string {
  return digest.slice(0, 19);
}

// ------------------------------------------------------------------------------------------- base images of the builds

/** The facts that `pinBases` needs besides the plan. */
export interface PinFacts extends Pick<BaseFacts, 'services' | 'inputs' | 'lock' | 'lookup'> {
  readonly verdicts: ReadonlyMap<string, BaseVerdict>;
}

/** Adds base images to the plan. A service whose image comes from the version lock keeps the recorded ones. */
export function pinBases(plan: Plan, facts: PinFacts): Plan {
  const following = new Set(facts.services.filter(({ bases }) => bases === 'follow').map(({ name }) => name));
  const planned = new Map(plan.services.map((service) => [service.name, service]));
  return { ...plan, services: plan.services.map((each) => pinService(each, following.has(each.name), planned, facts)) };
}

function pinService(
  service: PlannedService,
  follows: boolean,
  planned: ReadonlyMap<string, PlannedService>,
  facts: PinFacts,
): PlannedService {
  const { name, origin, action } = service;
  const isBuilt = action === 'build';
  const isRecorded = origin.kind === 'released' && isDigest(origin.reference);
  const { bases = {}, dueSince } = facts.verdicts.get(name) ?? {};
  const images = isBuilt ? parentOrigins(name, planned, facts) : {};
  return {
    ...service,
    reasons: follows || isBuilt ? [...service.reasons, ...doubts(name, facts)] : service.reasons,
    ...((isBuilt || (follows && !isRecorded)) && Object.keys(bases).length > 0 ? { bases } : {}),
    ...(dueSince === undefined || isRecorded ? {} : { built: dueSince }),
    ...(Object.keys(images).length > 0 ? { images } : {}),
  };
}

function doubts(service: string, { inputs, lookup }: PinFacts): readonly Reason[] {
  return movingBases(inputs.get(service)).flatMap((name): readonly Reason[] => {
    const problem = lookup.problems.get(name);
    if (problem === undefined) return [];
    return [{ kind: 'doubt', text: `the digest of base image ${name} is not known: ${problem}` }];
  });
}

/** Returns the origins of the images that a build starts from. One that is released stale has other inputs than the commit, so it is left out. */
function parentOrigins(
  service: string,
  planned: ReadonlyMap<string, PlannedService>,
  { inputs, lock }: PinFacts,
): Readonly<Record<string, ImageOrigin>> {
  const entries = parentsOf(service, inputs).flatMap((name): [string, ImageOrigin][] => {
    const parent = planned.get(name);
    if (parent !== undefined) return parent.made === undefined ? [[name, parent.origin]] : [];
    const locked = lock.get(name);
    if (locked === undefined || locked.inputDigest !== inputs.get(name)?.inputDigest) return [];
    return [[name, { kind: 'released', reference: locked.digest }]];
  });
  return Object.fromEntries(entries);
}
