/** Tells the builds of a plan from which base images, by digest, and people what could not be looked up. */
import type { Service } from '../catalog/catalog';
import type { ImageOrigin, Plan, PlannedService, Reason } from '../contract';
import { isDigest } from '../image/grammar';
import type { ServiceInputs } from '../inputs/inputs';
import type { VersionLock } from '../version/version-lock';
import { type BaseLookup, type BaseVerdict, movingBases } from './base-images';

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
