/**
 * The plans of all runs. A run from source builds, retags or keeps every service. A promotion or a rollback only retags images that were
 * released before.
 */
import type { Catalog, Service } from '../catalog/model';
import type { ImageOrigin, VersionRule } from '../contract/image';
import { machineOf, USUAL_MACHINE } from '../contract/job';
import type { Plan, PlannedService, Reason, ServiceAction, Totals, UndoneRun } from '../contract/plan';
import type { ExecutionInput, RecordedInput, SourceInput, Strategy } from '../contract/run-input';
import type { ServiceInputs } from '../input-digest/inputs';
import type { BranchRule } from '../settings/schema';
import { buildFactsOf, type LockEntry, type VersionLock } from '../version/version-lock';
import type { BaseVerdict } from './base-images';
import { type Availability, decideService, type ReleaseIntent } from './decide-service';
import { nextInLine, pushLine, versionUnderDevelopment } from './version-rule';

/** The subject of every kind of plan: the run, and the branch whose values file it updates. */
export interface PlanTarget<Input extends ExecutionInput = ExecutionInput> {
  readonly run: string;
  readonly input: Input;
  readonly branch: string;
  /** The name of the environment. */
  readonly environment: string;
  readonly commit: string;
  /** As in the plan. */
  readonly valuesCommit?: string | undefined;
  readonly strategy: Strategy;
}

/** Everything that a plan from source depends on. */
export interface SourceFacts extends PlanTarget<SourceInput> {
  readonly rule: BranchRule;
  readonly catalog: Catalog;
  readonly lock: VersionLock;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly available: ReadonlyMap<string, Availability>;
  readonly differences: ReadonlyMap<string, readonly Reason[]>;
  readonly verdicts: ReadonlyMap<string, BaseVerdict>;
}

/** Returns the plan of a run from source, in the catalog's order: every service, or on a `build` only the named ones. */
export function buildPlan(facts: SourceFacts): Plan {
  const services = concernedServices(facts.catalog, facts.input).map((service) => planService(facts, service));
  return makePlan(facts, services);
}

/** Returns a plan of any kind. `note` says why there is nothing to do. */
export function makePlan(
  { run, input, branch, environment, commit, valuesCommit, strategy }: PlanTarget,
  services: readonly PlannedService[],
  note?: string,
): Plan {
  return {
    schema: 1,
    run,
    action: input.action,
    ref: branch,
    environment,
    commit,
    valuesCommit,
    strategy,
    platformVersion: platformVersionOf(input),
    rollbackTo: input.action === 'rollback' ? input.version : undefined,
    startedBy: input.startedBy,
    dryRun: input.dryRun === true,
    note,
    services,
    totals: countActions(services),
  };
}

/** Returns the version of the platform as a whole, or undefined if the run gives versions to single services. */
function platformVersionOf(input: ExecutionInput): string | undefined {
  if (input.action === 'push' || input.action === 'build') return undefined;
  return input.action === 'release' || input.services === undefined ? input.version : undefined;
}

/** Returns the services that a run is about: the named ones on a `build`, all others otherwise. */
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

/** Returns the version for which the strategy forces a rebuild of the service, or undefined. */
export function forcedVersion(service: Service, input: SourceInput, strategy: Strategy): string | undefined {
  if (input.action !== 'release' || strategy !== 'conservative' || service.retagOnly) return undefined;
  return input.version;
}

function planService(facts: SourceFacts, service: Service): PlannedService {
  const { input, verdicts, lock, available, differences } = facts;
  const inputs = facts.inputs.get(service.name);
  if (inputs === undefined) throw new Error(`the inputs of service ${service.name} were not computed`);
  const { inputDigest, doubts } = inputs;
  const locked = lock.get(service.name);
  const bases = verdicts.get(service.name) ?? { bases: {}, contentKey: inputDigest, reasons: [] };
  const decision = decideService(
    {
      name: service.name,
      path: service.path,
      inputDigest,
      locked,
      available: available.get(service.name) ?? {},
      bases,
      differences: differences.get(service.name),
      doubts,
    },
    intentFor(facts, service),
  );
  return {
    name: service.name,
    image: service.image,
    stage: service.stage,
    ...decision,
    inputDigest,
    ...(bases.contentKey === inputDigest ? {} : { contentKey: bases.contentKey }),
    ...(locked !== undefined && isImageOf(locked, decision.origin) ? buildFactsOf(locked) : {}),
    version: decision.action === 'keep' ? { kind: 'none' } : versionFor(facts, service, locked),
    previousVersion: locked?.version,
    ...(decision.action === 'build' && service.test !== undefined ? { isTested: true } : {}),
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

function isImageOf({ digest }: LockEntry, origin: ImageOrigin): boolean {
  return origin.kind === 'released' && origin.reference === digest;
}

function intentFor({ input, strategy }: SourceFacts, service: Service): ReleaseIntent {
  return {
    strategy: input.action === 'release' ? strategy : 'smart',
    always: input.action === 'build' || (input.action === 'release' && service.versioning === 'platform'),
    asked: input.action === 'build',
    forcedFor: forcedVersion(service, input, strategy),
  };
}

function versionFor(facts: SourceFacts, service: Service, locked: LockEntry | undefined): VersionRule {
  const { input, catalog, rule, branch } = facts;
  if (input.action === 'build') return { kind: 'exact', version: input.version };
  if (input.action === 'release') return { kind: 'exact', version: releasedVersion(service, input.version, facts) };
  const underDevelopment = versionUnderDevelopment(service, catalog.platformVersion, locked);
  return nextInLine(pushLine(rule.version ?? '{version}', underDevelopment, branch), locked);
}

/** Returns the version that a release of the platform gives a service: the platform's, or the next one of its own. */
export function releasedVersion(
  service: Service,
  platformVersion: string,
  { catalog, lock }: Pick<SourceFacts, 'catalog' | 'lock'>,
): string {
  if (service.versioning === 'platform') return platformVersion;
  return versionUnderDevelopment(service, catalog.platformVersion, lock.get(service.name));
}

/** A service with the record of the image that it gets. */
export interface RecordedService {
  readonly service: Service;
  readonly record: LockEntry;
}

/** What a plan says of the run whose images it takes over. */
export interface TakenOver {
  /** The version that the platform gets as a whole, if there is one. */
  readonly platformVersion?: string;
  readonly rollbackOf?: UndoneRun;
}

/**
 * Returns the plan. A whole release gives the platform its version; named services get versions of their own. `taken` is given if the
 * input names a run.
 */
export function promotionPlan(
  target: PlanTarget<RecordedInput> & { readonly lock: VersionLock },
  services: readonly RecordedService[],
  taken?: TakenOver,
): Plan {
  const plan = makePlan(
    target,
    services.map((each) => ({
      ...planRecorded(each, target.input, taken),
      previousVersion: target.lock.get(each.service.name)?.version,
    })),
  );
  return { ...plan, ...taken };
}

/** Returns the version that a service gets. In a whole promotion, an independent service keeps its version. */
export function recordedVersion({ service, record }: RecordedService, input: RecordedInput): string {
  if (input.action === 'rollback' || input.version === undefined) return record.version;
  return input.services === undefined && service.versioning === 'independent' ? record.version : input.version;
}

function planRecorded(each: RecordedService, input: RecordedInput, taken: TakenOver | undefined): PlannedService {
  const { service, record } = each;
  const isWhole = taken === undefined ? input.services === undefined : taken.platformVersion === record.version;
  return {
    name: service.name,
    image: service.image,
    stage: service.stage,
    action: 'retag',
    inputDigest: record.inputDigest,
    reasons: [reasonFor(record, input)],
    version: { kind: 'exact', version: recordedVersion(each, input) },
    origin: { kind: 'released', reference: record.digest },
    ...buildFactsOf(record),
    made: { inputDigest: record.inputDigest, source: record.source },
    minutes: service.minutes,
    values: service.values,
    followsPlatform: isWhole && service.versioning === 'platform',
  };
}

function reasonFor({ version, source }: LockEntry, input: RecordedInput): Reason {
  const image = `${version}, built from ${source.slice(0, 8)}`;
  if (input.action === 'rollback') {
    const when = input.run === undefined ? `in ${input.version}` : `before ${input.run}`;
    return { kind: 'rolled-back', text: `as ${when}: ${image}` };
  }
  if (input.run !== undefined) return { kind: 'promoted', text: `as after ${input.run}: ${image}` };
  return { kind: 'promoted', text: `was ${image}; the same image gets its next version` };
}
