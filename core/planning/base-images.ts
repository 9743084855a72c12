/**
 * What base images mean for a plan: under which key an image is found, and whether one whose inputs are unchanged is built anew. An
 * image of ours that another one is built from hands its own base images on.
 */

import type { BasePolicy, Service } from '../catalog/model';
import type { BaseDigests, ImageOrigin } from '../contract/image';
import type { Plan, PlannedService, Reason } from '../contract/plan';
import { isPinned } from '../dockerfile/stages';
import { dayOf } from '../image/build-label';
import { isDigest } from '../image/reference';
import type { ServiceInputs } from '../input-digest/inputs';
import type { LockEntry, VersionLock } from '../version/version-lock';
import { contentKeyOf } from './candidate';

/** What registries say of base images, by their name in a Dockerfile: the digest, or for people why it is not known. */
export interface BaseLookup {
  readonly digests: ReadonlyMap<string, string>;
  readonly problems: ReadonlyMap<string, string>;
}

/** Everything that the verdicts depend on. */
export interface BaseFacts {
  /** The services that the run is about. */
  readonly services: readonly Service[];
  /** Services that are built whatever they are made of. */
  readonly forced: ReadonlySet<string>;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly lock: VersionLock;
  readonly lookup: BaseLookup;
  /** In ms since 1970. */
  readonly now: number;
}

/** What its base images mean for one service. */
export interface BaseVerdict {
  /** What it would be built from today, as far as that is known. */
  readonly bases: BaseDigests;
  /** The input digest, under `follow` with the base images' digests. */
  readonly contentKey: string;
  /** Why the image is built anew although its inputs are unchanged; mostly none. */
  readonly reasons: readonly Reason[];
  /** Tells that build from the one that it replaces, where the key does not. */
  readonly salt?: string;
  /** The first day on which the image was too old: what was built for that reason is no older. */
  readonly dueSince?: string;
}

type WhyAnew = Pick<BaseVerdict, 'reasons' | 'salt' | 'dueSince'>;

const DAY = 24 * 60 * 60 * 1000;

/** A verdict for each service of the run. Images of ours that are built from each other do not go round in circles. */
export function judgeBases(facts: BaseFacts): ReadonlyMap<string, BaseVerdict> {
  const services = new Map(facts.services.map((service) => [service.name, service]));
  const verdicts = new Map<string, BaseVerdict>();
  const judge = (service: Service): BaseVerdict => {
    const known = verdicts.get(service.name);
    if (known !== undefined) return known;
    const below = imagesBelow(service.name, facts.inputs).map((name) => {
      const image = services.get(name);
      return { name, locked: facts.lock.get(name), verdict: image === undefined ? undefined : judge(image) };
    });
    const verdict = judgeService(service, below, facts);
    verdicts.set(service.name, verdict);
    return verdict;
  };
  for (const service of facts.services) judge(service);
  return verdicts;
}

/** External base images whose digest decides over these services or the images of ours below them. What is pinned cannot move. */
export function basesToLookUp(
  services: readonly string[],
  inputs: ReadonlyMap<string, ServiceInputs>,
): ReadonlySet<string> {
  const all = new Set(services);
  for (const name of all) for (const image of imagesBelow(name, inputs)) all.add(image);
  return new Set([...all].flatMap((name) => movingBases(inputs.get(name))));
}

/** The external base images of a service that may move, as its Dockerfile names them. */
function movingBases(inputs: ServiceInputs | undefined): readonly string[] {
  return inputs?.bases.filter((name) => !isPinned(name)) ?? [];
}

/** An image of ours that another one is built from. The verdict is undefined if the run is not about it. */
interface ImageBelow {
  readonly name: string;
  readonly locked: LockEntry | undefined;
  readonly verdict: BaseVerdict | undefined;
}

function judgeService(service: Service, below: readonly ImageBelow[], facts: BaseFacts): BaseVerdict {
  const inputs = facts.inputs.get(service.name);
  const inputDigest = inputs?.inputDigest ?? '';
  const bases = sorted([
    ...below.flatMap((image) => Object.entries(handedOn(image, facts) ?? {})),
    ...movingBases(inputs).flatMap((name): [string, string][] => {
      const digest = facts.lookup.digests.get(name);
      return digest === undefined ? [] : [[name, digest]];
    }),
  ]);
  const policy = service.bases ?? 'recorded';
  const locked = facts.lock.get(service.name);
  const contentKey = policy === 'follow' ? contentKeyOf(inputDigest, bases) : inputDigest;
  if (locked?.inputDigest !== inputDigest) return { bases, contentKey, reasons: [] };
  return { bases, contentKey, ...whyAnew(policy, locked, bases, below, facts.now) };
}

function whyAnew(
  policy: BasePolicy,
  locked: LockEntry,
  bases: BaseDigests,
  below: readonly ImageBelow[],
  now: number,
): WhyAnew {
  if (policy === 'recorded') return { reasons: [] };
  if (policy !== 'follow') return whyAged(locked, policy.maxAgeDays, now);
  const renewed = below.filter(({ verdict }) => verdict?.salt !== undefined);
  const reasons = [...movedReasons(locked, bases), ...renewed.map(({ name }) => renewedReason(name))];
  if (renewed.length === 0) return { reasons };
  return { reasons, salt: renewed.map(({ name, verdict }) => `${name}\0${verdict?.salt ?? ''}`).join('\0') };
}

function movedReasons(locked: LockEntry, bases: BaseDigests): readonly Reason[] {
  const before = new Map(Object.entries(locked.bases ?? {}));
  return Object.entries(bases)
    .filter(([name, digest]) => before.get(name) !== digest)
    .map(([name, digest]) => {
      const earlier = before.get(name);
      const text =
        earlier === undefined
          ? `base image ${name} is ${short(digest)}; what the image was built from is not recorded`
          : `base image ${name} moved from ${short(earlier)} to ${short(digest)}`;
      return { kind: 'base-moved', text };
    });
}

function renewedReason(name: string): Reason {
  return { kind: 'base-moved', text: `the image of ${name}, which it is built from, is built anew` };
}

function whyAged({ digest, built }: LockEntry, maxAgeDays: number, now: number): WhyAnew {
  const wish = `the catalog wants it rebuilt at ${maxAgeDays} days`;
  const salt = `aged\0${digest}\0${built ?? ''}`;
  if (built === undefined)
    return { reasons: [{ kind: 'aged', text: `when it was built is not recorded; ${wish}` }], salt };
  const day = Date.parse(built);
  const age = Math.floor((now - day) / DAY);
  if (age < maxAgeDays) return { reasons: [] };
  const text = `built on ${built}, ${age} days ago; ${wish}`;
  return { reasons: [{ kind: 'aged', text }], salt, dueSince: dayOf(day + maxAgeDays * DAY) };
}

/** The base images that an image of ours has after the run. */
function handedOn({ name, locked, verdict }: ImageBelow, { inputs, forced }: BaseFacts): BaseDigests | undefined {
  if (verdict === undefined) return locked?.bases;
  const isUnchanged = locked !== undefined && locked.inputDigest === inputs.get(name)?.inputDigest;
  return isUnchanged && verdict.reasons.length === 0 && !forced.has(name) ? locked.bases : verdict.bases;
}

function imagesBelow(service: string, inputs: ReadonlyMap<string, ServiceInputs>): readonly string[] {
  return inputs.get(service)?.images ?? [];
}

/** Each name once; a later entry wins. */
function sorted(entries: readonly (readonly [string, string])[]): BaseDigests {
  return Object.fromEntries([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function short(digest: string): string {
  return digest.slice(0, 19);
}

// Tells the builds of a plan from which base images, by digest, and people what could not be looked up.

export interface PinFacts {
  readonly services: readonly Service[];
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly lock: VersionLock;
  readonly lookup: BaseLookup;
  readonly verdicts: ReadonlyMap<string, BaseVerdict>;
}

/** The plan with base images. A service that takes its image from the version lock keeps what is recorded there. */
export function pinBases(plan: Plan, facts: PinFacts): Plan {
  const policies = new Map(facts.services.map(({ name, bases }) => [name, bases ?? 'recorded']));
  const planned = new Map(plan.services.map((service) => [service.name, service]));
  const services = plan.services.map((service): PlannedService => {
    const { name, origin, action } = service;
    const follows = policies.get(name) === 'follow';
    const reasons = follows || action === 'build' ? [...service.reasons, ...doubts(name, facts)] : service.reasons;
    const images = action === 'build' ? imageOrigins(name, planned, facts) : {};
    const isRecorded = origin.kind === 'released' && isDigest(origin.reference);
    const { bases = {}, dueSince } = facts.verdicts.get(name) ?? {};
    const isKnown = action === 'build' || (follows && !isRecorded);
    return {
      ...service,
      reasons,
      ...(isKnown && Object.keys(bases).length > 0 ? { bases } : {}),
      ...(dueSince === undefined || isRecorded ? {} : { built: dueSince }),
      ...(Object.keys(images).length > 0 ? { images } : {}),
    };
  });
  return { ...plan, services };
}

function doubts(service: string, { inputs, lookup }: PinFacts): readonly Reason[] {
  return movingBases(inputs.get(service)).flatMap((name): readonly Reason[] => {
    const problem = lookup.problems.get(name);
    if (problem === undefined) return [];
    return [{ kind: 'doubt', text: `the digest of base image ${name} is not known: ${problem}` }];
  });
}

/** Where the plan has the images of ours that a build starts from. One that is released stale is not what the input digest says. */
function imageOrigins(
  service: string,
  plan: ReadonlyMap<string, PlannedService>,
  { inputs, lock }: PinFacts,
): Readonly<Record<string, ImageOrigin>> {
  const entries = (inputs.get(service)?.images ?? []).flatMap((image): [string, ImageOrigin][] => {
    const planned = plan.get(image);
    if (planned !== undefined) return planned.made === undefined ? [[image, planned.origin]] : [];
    const locked = lock.get(image);
    if (locked === undefined || locked.inputDigest !== inputs.get(image)?.inputDigest) return [];
    return [[image, { kind: 'released', reference: locked.digest }]];
  });
  return Object.fromEntries(entries);
}
