/** The plan between two commits, or between a commit and a version lock, by content alone. */
import type { Catalog, Service } from '../catalog/model';
import type { Problem } from '../contract/errors';
import type { RecordedTimes, RunEstimate } from '../contract/estimate';
import { MODULE_MACHINE } from '../contract/job';
import type { PlannedModule, Reason, ServiceAction, Totals } from '../contract/plan';
import type { UnusedKey } from '../dockerfile/evaluate/unused-keys';
import { type Estimate, estimateBuilds, type PricedService, withRecordedMinutes } from '../estimate/estimate-builds';
import { REFERENCE_REGION } from '../estimate/price';
import { NO_TIMES } from '../estimate/recorded-jobs';
import { moduleBuilds, runJobs, withModuleStages } from '../estimate/run-jobs';
import { estimateRun } from '../estimate/run-range';
import { explainDifference } from '../input-digest/explain-inputs';
import type { ServiceInputs, UnpinnedInput } from '../input-digest/inputs';
import { positionOf } from '../input-digest/tree-index';
import { type ModuleContent, publishingModules } from '../modules/plan-modules';
import { countActions } from '../planning/build-plan';
import type { TreeEntry, TreeMode } from '../ports/git';

/** The earlier inputs of a service. `inputs` is undefined if only the digest is known. */
export interface EarlierInputs {
  readonly inputDigest: string;
  readonly inputs?: ServiceInputs;
  /** The reason why only the digest is known, for people. */
  readonly unknown?: string;
  /** The commit or release for people: `1f3c9a2b`, or `v1.4.0 (1f3c9a2b)`. */
  readonly where: string;
}

/** Everything that is compared. */
export interface Comparison {
  readonly commit: string;
  /** Null if the commit is compared with a version lock. */
  readonly base: string | null;
  readonly catalog: Catalog;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  readonly before: ReadonlyMap<string, EarlierInputs>;
  /** The reason, for people, to build a service that is not in `before`. */
  readonly newText: string;
  readonly problems: readonly Problem[];
  /** The published modules, and the content digests that they had before; absent if those are not known. */
  readonly modules?: { readonly now: readonly ModuleContent[]; readonly before: ReadonlyMap<string, string> };
  /** The AWS region whose prices the estimate uses; default: `us-east-1`. */
  readonly region?: string | undefined;
  /** Measured minutes of builds by service. The others are estimated by the catalog. */
  readonly recorded?: ReadonlyMap<string, number> | undefined;
  /** The times behind them, for the range. */
  readonly times?: RecordedTimes | undefined;
}

/** One service of the plan. The action is `build` or `keep`, because only a release retags. */
export interface ComparedService {
  readonly name: string;
  readonly action: ServiceAction;
  readonly inputDigest: string;
  readonly reasons: readonly Reason[];
  /** The inputs that git does not contain. */
  readonly impurities: readonly UnpinnedInput[];
  /** The keys of the service that its Dockerfile does not use. */
  readonly unused: readonly UnusedKey[];
}

/** A published module. The action is `publish` if its content changed; the index is not asked. */
export type ComparedModule = Pick<PlannedModule, 'name' | 'package' | 'action' | 'contentDigest'>;

/** The output of `plan --json`. */
export interface ComparedPlan {
  readonly commit: string;
  readonly base: string | null;
  readonly services: readonly ComparedService[];
  /** Absent if the modules before are not known. */
  readonly modules?: readonly ComparedModule[];
  readonly totals: Totals;
  readonly estimate: Estimate & {
    /** The time from the first start to the last end if no build waits for a machine. Absent if nothing is built. */
    readonly range?: RunEstimate;
  };
  /** The names of services that the catalog had before and no longer has. */
  readonly removed: readonly string[];
  /** Services that could not be planned; they are in none of the other lists. */
  readonly problems: readonly Problem[];
}

/** The number of reasons per service. A push can change every file; `explain` lists all reasons of one service. */
const MAX_REASONS = 50;

/** Compares every service with its inputs before. An equal digest means `keep`, any other `build`. */
export function compareInputs(comparison: Comparison): ComparedPlan {
  const {
    commit,
    base,
    catalog,
    inputs,
    before,
    problems,
    region = REFERENCE_REGION,
    recorded = new Map(),
  } = comparison;
  const services = catalog.services.flatMap((service): readonly ComparedService[] => {
    const now = inputs.get(service.name);
    return now === undefined ? [] : [compareService(comparison, service, now)];
  });
  const built = new Set(services.filter(({ action }) => action === 'build').map(({ name }) => name));
  const known = new Set(catalog.services.map(({ name }) => name));
  const modules = comparison.modules && compareModules(comparison.modules);
  const published = new Set(modules?.filter(({ action }) => action === 'publish').map(({ name }) => name));
  const priced = [
    ...withRecordedMinutes(
      catalog.services.filter(({ name }) => built.has(name)),
      recorded,
    ),
    ...pricedModules(catalog, published),
  ];
  return {
    commit,
    base,
    services,
    modules,
    totals: countActions(services),
    estimate: {
      ...estimateBuilds(priced, withModuleStages(catalog), region),
      range: rangeOf(comparison, built, published),
    },
    removed: [...before.keys()].filter((name) => !known.has(name)).sort(),
    problems,
  };
}

function rangeOf(
  { catalog, times = NO_TIMES }: Comparison,
  built: ReadonlySet<string>,
  published: ReadonlySet<string>,
): RunEstimate | undefined {
  const jobs = runJobs(catalog, built, published);
  if (jobs.length === 0) return undefined;
  return estimateRun({ jobs, stages: withModuleStages(catalog), stageConcurrency: jobs.length }, times);
}

function compareModules({ now, before }: NonNullable<Comparison['modules']>): readonly ComparedModule[] {
  return now.map(({ module: { name, publish }, contentDigest }) => ({
    name,
    package: publish.package,
    action: before.get(name) === contentDigest ? 'keep' : 'publish',
    contentDigest,
  }));
}

function pricedModules(catalog: Catalog, published: ReadonlySet<string>): readonly PricedService[] {
  const builds = moduleBuilds(publishingModules(catalog).filter(({ name }) => published.has(name)));
  return builds.map((build) => ({ ...build, compute: MODULE_MACHINE.compute }));
}

function compareService(comparison: Comparison, service: Service, now: ServiceInputs): ComparedService {
  const { inputDigest, impurities, unused, doubts } = now;
  const { action, reasons } = decide(comparison, service, now);
  return { name: service.name, action, inputDigest, reasons: [...atMost(reasons), ...doubts], impurities, unused };
}

/** Returns the decision on a service, with every reason. */
export function decide(
  { before, newText }: Comparison,
  service: Service,
  now: ServiceInputs,
): { readonly action: 'build' | 'keep'; readonly reasons: readonly Reason[] } {
  const earlier = before.get(service.name);
  if (earlier === undefined) return { action: 'build', reasons: [{ kind: 'never-released', text: newText }] };
  if (earlier.inputDigest !== now.inputDigest) {
    return { action: 'build', reasons: differenceReasons(service, earlier, now) };
  }
  return { action: 'keep', reasons: [{ kind: 'unchanged', text: `inputs equal those at ${earlier.where}` }] };
}

/** Returns every reason for which the digests differ. A changed Dockerfile has its path. */
export function differenceReasons(service: Service, earlier: EarlierInputs, now: ServiceInputs): readonly Reason[] {
  const { where, unknown: why = 'the lists of inputs do not show the difference' } = earlier;
  const unknown: Reason = { kind: 'inputs-differ', text: `inputs differ from those at ${where}; ${why}` };
  if (earlier.inputs === undefined) return [unknown];
  const reasons = explainDifference(earlier.inputs, now).map((reason) =>
    reason.kind === 'recipe-changed' && reason.text.startsWith('dockerfile ')
      ? { ...reason, path: service.dockerfile }
      : reason,
  );
  return reasons.length > 0 ? reasons : [unknown];
}

function atMost(reasons: readonly Reason[]): readonly Reason[] {
  const rest = reasons.slice(MAX_REASONS);
  const kind = rest[0]?.kind;
  if (kind === undefined) return reasons;
  return [...reasons.slice(0, MAX_REASONS), { kind, text: `and ${rest.length} more; explain lists them all` }];
}

/** The content of a path: git's mode and object id. */
export interface TreeContent {
  readonly mode: TreeMode;
  readonly id: string;
}

/** A path that differs between two trees. `before` or `after` is missing if that tree does not have the path. */
export interface TreeChange {
  readonly path: string;
  readonly before?: TreeContent;
  readonly after?: TreeContent;
}

/** Returns the sorted tree after the changes. Unchanged entries are the same objects, so that a million files cost little. */
export function applyChanges(entries: readonly TreeEntry[], changes: readonly TreeChange[]): readonly TreeEntry[] {
  if (changes.length === 0) return entries;
  const result: TreeEntry[] = [];
  let copied = 0;
  const copyUpTo = (end: number) => {
    for (; copied < end; copied++) result.push(entries[copied] as TreeEntry);
  };
  for (const { path, after } of changes.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const at = positionOf({ entries }, path);
    copyUpTo(at);
    if (entries[at]?.path === path) copied++;
    if (after !== undefined) result.push({ path, ...after });
  }
  copyUpTo(entries.length);
  return result;
}

/** Returns the changes that lead back. */
export function reverseChanges(changes: readonly TreeChange[]): readonly TreeChange[] {
  return changes.map(({ path, before, after }) => ({ path, before: after, after: before }));
}
