/** Makes the plan of a run out of what the plan step has read. One pure function, the same for Lambda and command line. */

import type { Catalog, Service } from '../catalog/model';
import type { ImageOrigin, VersionRule } from '../contract/image';
import { machineOf, USUAL_MACHINE } from '../contract/job';
import type { Plan, PlannedService, Reason, ServiceAction, Totals } from '../contract/plan';
import type { SourceInput, Strategy } from '../contract/run-input';
import type { ServiceInputs } from '../input-digest/inputs';
import type { BranchRule, Environment } from '../settings/schema';
import { buildFactsOf, type LockEntry, type VersionLock } from '../version/version-lock';
import type { BaseVerdict } from './base-images';
import { type Availability, decideService, type ReleaseIntent, type ServiceFacts } from './decide-service';
import { nextInLine, pushLine, versionUnderDevelopment } from './version-rule';

/** Everything a plan depends on. */
export interface PlanFacts {
  readonly run: string;
  readonly input: SourceInput;
  readonly branch: string;
  readonly rule: BranchRule;
  readonly environment: Environment;
  readonly commit: string;
  readonly strategy: Strategy;
  readonly catalog: Catalog;
  readonly lock: VersionLock;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly available: ReadonlyMap<string, Availability>;
  readonly differences: ReadonlyMap<string, readonly Reason[]>;
  readonly verdicts: ReadonlyMap<string, BaseVerdict>;
}

const NOTHING_AVAILABLE: Availability = { locked: false, released: false, candidate: false };

/** The plan: every service of the catalog, in the catalog's order; on a `build` only the services that were named. */
export function buildPlan(facts: PlanFacts): Plan {
  const { input, catalog } = facts;
  const services = concernedServices(catalog, input).map((service) => planService(facts, service));
  return {
    schema: 1,
    run: facts.run,
    action: input.action,
    ref: facts.branch,
    environment: facts.environment.name,
    commit: facts.commit,
    strategy: facts.strategy,
    ...(input.action === 'release' ? { platformVersion: input.version } : {}),
    dryRun: input.dryRun === true,
    services,
    totals: countActions(services),
  };
}

/** The services a run is about: the named ones on a `build`, else all. */
export function concernedServices(catalog: Catalog, input: SourceInput): readonly Service[] {
  if (input.action !== 'build') return catalog.services;
  const named = new Set(input.services);
  return catalog.services.filter((service) => named.has(service.name));
}

/** Counts services by action. */
export function countActions(services: readonly { readonly action: ServiceAction }[]): Totals {
  const count = (action: ServiceAction) => services.filter((service) => service.action === action).length;
  return { build: count('build'), retag: count('retag'), keep: count('keep') };
}

/** The version that a rebuild of this service is forced for, or undefined if none is. */
export function forcedVersion(service: Service, input: SourceInput, strategy: Strategy): string | undefined {
  if (input.action !== 'release' || strategy !== 'conservative' || service.retagOnly) return undefined;
  return input.version;
}

function planService(facts: PlanFacts, service: Service): PlannedService {
  const { input } = facts;
  const inputs = inputsOf(facts, service);
  const locked = facts.lock.get(service.name);
  const bases = facts.verdicts.get(service.name) ?? { bases: {}, contentKey: inputs.inputDigest, reasons: [] };
  const serviceFacts: ServiceFacts = {
    name: service.name,
    path: service.path,
    retagOnly: service.retagOnly,
    inputDigest: inputs.inputDigest,
    locked,
    available: facts.available.get(service.name) ?? NOTHING_AVAILABLE,
    bases,
    differences: facts.differences.get(service.name),
    doubts: inputs.doubts,
  };
  const decision = decideService(serviceFacts, wishFor(facts, service));
  return {
    name: service.name,
    image: service.image,
    stage: service.stage,
    ...decision,
    inputDigest: inputs.inputDigest,
    ...(bases.contentKey === inputs.inputDigest ? {} : { contentKey: bases.contentKey }),
    ...(locked !== undefined && isOf(locked, decision.origin) ? buildFactsOf(locked) : {}),
    version: decision.action === 'keep' ? { kind: 'none' } : versionFor(facts, service, locked),
    minutes: service.minutes,
    ...(isUsual(service) ? {} : { machine: machineOf(service) }),
    values: service.values,
    followsPlatform: input.action === 'release' && service.versioning === 'platform',
  };
}

function isUsual(service: Service): boolean {
  const { compute, architecture } = machineOf(service);
  return compute === USUAL_MACHINE.compute && architecture === USUAL_MACHINE.architecture;
}

function isOf({ digest }: LockEntry, origin: ImageOrigin): boolean {
  return origin.kind === 'released' && origin.reference === digest;
}

function wishFor(facts: PlanFacts, service: Service): ReleaseIntent {
  const { input, strategy } = facts;
  const forcedFor = forcedVersion(service, input, strategy);
  return {
    strategy: input.action === 'release' ? strategy : 'smart',
    always: input.action === 'build' || (input.action === 'release' && service.versioning === 'platform'),
    asked: input.action === 'build',
    ...(forcedFor === undefined ? {} : { forcedFor }),
  };
}

function versionFor(facts: PlanFacts, service: Service, locked: LockEntry | undefined): VersionRule {
  const { input, catalog, rule, branch } = facts;
  if (input.action === 'build') return { kind: 'exact', version: input.version };
  const underDevelopment = versionUnderDevelopment(service, catalog.platformVersion, locked);
  if (input.action === 'release') {
    return { kind: 'exact', version: service.versioning === 'platform' ? input.version : underDevelopment };
  }
  return nextInLine(pushLine(rule.version ?? '{version}', underDevelopment, branch), locked);
}

function inputsOf(facts: PlanFacts, service: Service): ServiceInputs {
  const inputs = facts.inputs.get(service.name);
  if (inputs === undefined) throw new Error(`the inputs of service ${service.name} were not computed`);
  return inputs;
}
