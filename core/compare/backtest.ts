/** Replays pushes: the images that each one changes, compared with those that the declared dependencies would have built. */
import type { Catalog, Service } from '../catalog/model';
import type { ServiceInputs } from '../input-digest/inputs';
import { AdviceLedger, type AdvisedBuild, type BuildAdvice } from './advice/advice';
import { differenceReasons, type TreeChange } from './compare';
import { type Causes, type HotSpot, HotSpotLedger } from './hot-spots';

/** One push with the inputs of all services after it. A service that cannot be planned has no inputs. */
interface PushFacts {
  readonly commit: string;
  /** The time of the push, in seconds since 1970. */
  readonly time: number;
  readonly subject: string;
  readonly changes: readonly TreeChange[];
  readonly catalog: Catalog;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
}

/** The result of one push. */
export interface ReplayedPush {
  readonly commit: string;
  readonly time: number;
  readonly subject: string;
  readonly changedFiles: number;
  readonly services: number;
  /** Services whose inputs differ from those before the push: exactly those to build. */
  readonly builds: readonly string[];
  /** Services in `builds` whose inputs an earlier push of the replay has already built. */
  readonly reused: readonly string[];
  /** Services with a change in their own folder or in a declared module. */
  readonly declared: readonly string[];
  /** In `builds`, not in `declared`: images that would have been released with old content. */
  readonly missed: readonly string[];
  /** In `declared`, not in `builds`. */
  readonly wasted: readonly string[];
}

/** The sums over all pushes. */
export interface BacktestTotals {
  readonly pushes: number;
  /** Images that would be built if every push built everything. */
  readonly everything: number;
  readonly builds: number;
  readonly reused: number;
  readonly declared: number;
  readonly missed: number;
  readonly wasted: number;
  /** Build minutes by the catalog, for `builds` and for `everything`. */
  readonly minutes: { readonly builds: number; readonly everything: number };
}

/** The output of `backtest --json`. */
export interface BacktestReport {
  readonly since: string;
  readonly commit: string;
  readonly totals: BacktestTotals;
  /** The hot spots of shared paths. */
  readonly hubs: readonly HotSpot[];
  readonly advice: BuildAdvice;
  readonly pushes: readonly ReplayedPush[];
}

/** Replays pushes one after the other, oldest first. */
export class Backtest {
  private readonly since: string;
  private readonly known: Map<string, ServiceInputs>;
  private readonly built = new Map<string, Set<string>>();
  private readonly pushes: ReplayedPush[] = [];
  private readonly hotSpots = new HotSpotLedger();
  private readonly advice: AdviceLedger;
  private readonly minutes = { builds: 0, everything: 0 };

  /**
   * Begins a replay. `inputs` are those before the first push. `textOf` returns the text of a Dockerfile by its blob id; undefined if it is
   * not known.
   */
  constructor(since: string, inputs: ReadonlyMap<string, ServiceInputs>, textOf: (id: string) => string | undefined) {
    this.since = since;
    this.advice = new AdviceLedger(textOf);
    this.known = new Map(inputs);
    for (const [name, { inputDigest }] of inputs) this.built.set(name, new Set([inputDigest]));
  }

  /** Adds the next push. */
  replay(push: PushFacts): void {
    const { catalog, inputs, changes } = push;
    const services = catalog.services.filter(({ name }) => inputs.has(name));
    const changed = services.filter(({ name }) => this.known.get(name)?.inputDigest !== inputs.get(name)?.inputDigest);
    const declared = services.filter((service) => isDeclared(service, catalog, changes)).map(({ name }) => name);
    const paths = new Set(changes.map(({ path }) => path));
    const differences = changed.flatMap((service) => this.differenceOf(service, inputs));
    const found = new Map(differences.map((each) => [each.service.name, each]));
    this.hotSpots.add(changed, ({ name }) => causesOf(found.get(name), paths));
    this.advice.add(differences);
    const builds = changed.map(({ name }) => name);
    const reused = builds.filter((name) => this.isBuilt(name, inputs));
    this.pushes.push({
      commit: push.commit,
      time: push.time,
      subject: push.subject,
      changedFiles: changes.length,
      services: services.length,
      builds,
      reused,
      declared,
      missed: without(builds, declared),
      wasted: without(declared, builds),
    });
    this.minutes.builds += minutesOf(changed);
    this.minutes.everything += minutesOf(services);
    for (const [name, found] of inputs) {
      this.known.set(name, found);
      this.built.set(name, (this.built.get(name) ?? new Set()).add(found.inputDigest));
    }
  }

  /** Returns the report of all pushes so far. `commit` is the last one. */
  report(commit: string): BacktestReport {
    const sum = (count: (push: ReplayedPush) => number) => this.pushes.reduce((total, push) => total + count(push), 0);
    const builds = sum((push) => push.builds.length);
    return {
      since: this.since,
      commit,
      totals: {
        pushes: this.pushes.length,
        everything: sum((push) => push.services),
        builds,
        reused: sum((push) => push.reused.length),
        declared: sum((push) => push.declared.length),
        missed: sum((push) => push.missed.length),
        wasted: sum((push) => push.wasted.length),
        minutes: { ...this.minutes },
      },
      hubs: this.hotSpots.list(builds),
      advice: this.advice.list(),
      pushes: this.pushes,
    };
  }

  private differenceOf(service: Service, inputs: ReadonlyMap<string, ServiceInputs>): readonly AdvisedBuild[] {
    const before = this.known.get(service.name);
    const now = inputs.get(service.name);
    if (before === undefined || now === undefined) return [];
    const earlier = { inputDigest: before.inputDigest, inputs: before, where: '' };
    return [{ service, before, now, reasons: differenceReasons(service, earlier, now) }];
  }

  private isBuilt(name: string, inputs: ReadonlyMap<string, ServiceInputs>): boolean {
    return this.built.get(name)?.has(inputs.get(name)?.inputDigest ?? '') === true;
  }
}

/** Returns the causes of a build. If a Dockerfile stops reading an unchanged file, the Dockerfile is the cause. */
function causesOf(build: AdvisedBuild | undefined, changed: ReadonlySet<string>): Causes | undefined {
  if (build === undefined) return undefined;
  const { now, reasons } = build;
  return {
    paths: reasons.flatMap(({ path }) => (path !== undefined && changed.has(path) ? [path] : [])),
    images: now.images,
    // Build arguments, targets and platforms change with the catalog.
    hasOther: reasons.some(({ path, text }) => path === undefined && !text.startsWith('image:')),
  };
}

/** Returns true if a changed path is in the service's own folder or in a module that the catalog declares for it. */
function isDeclared(service: Service, catalog: Catalog, changes: readonly TreeChange[]): boolean {
  const modules = catalog.modules.filter(({ name }) => service.dependencies.includes(name));
  const folders = [service.path, ...modules.map(({ path }) => path)];
  return changes.some(({ path }) =>
    folders.some((folder) => folder === '' || path === service.dockerfile || path.startsWith(`${folder}/`)),
  );
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name));
}

function minutesOf(services: readonly Service[]): number {
  return services.reduce((sum, { minutes }) => sum + minutes, 0);
}
