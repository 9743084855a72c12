/**
 * What would make builds fewer or shorter, with what it has cost in a replay. A build's record does not tell its single instructions, so
 * the minutes of a `RUN` are those of the whole builds in which it ran: at most that much is saved.
 */
import type { Service } from '../../catalog/model';
import { machineOf } from '../../contract/job';
import type { Reason } from '../../contract/plan';
import { repositoryOf } from '../../dockerfile/evaluate/stages';
import { splitInstruction } from '../../dockerfile/parse/lexer';
import { parseDockerfile } from '../../dockerfile/parse/parse-dockerfile';
import { buildCost, type MachineMinutes, REFERENCE_REGION } from '../../estimate/price';
import type { ServiceInputs } from '../../input-digest/inputs';
import { installReads, isRead } from './installs';
import { type RunStep, runSteps } from './run-steps';
import { seldomNeeded } from './seldom-needed';

/** Builds with their minutes by the catalog, and their US dollars at the prices of `us-east-1`; null if a price is not known. */
export interface Saving {
  readonly builds: number;
  readonly minutes: number;
  readonly cost: number | null;
  /** The services of the builds, sorted. For a repeated `RUN` also the one that ran it first. */
  readonly services: readonly string[];
}

/** A `RUN` that several images ran over the same inputs: one base image would have run it once. `builds` are those after the first. */
export interface RepeatedRun extends Saving {
  readonly text: string;
}

/** A `RUN` that only installs packages, and ran again because of files that it does not read. */
export interface SpoiledRun extends Saving {
  readonly dockerfile: string;
  readonly line: number;
  readonly text: string;
  /** The instruction above it that takes those files. */
  readonly behind: string;
}

/** Files that were the only cause of builds, and that images seldom need. */
export interface SeldomNeeded extends Saving {
  /** The lines for the ignore file. */
  readonly patterns: readonly string[];
  /** The build context; `''` is the repository's root. */
  readonly context: string;
}

/** A base image of several services whose new version was the only cause of builds. */
export interface MovingBase extends Saving {
  /** Without tag, and without `docker.io`. */
  readonly base: string;
  readonly pushes: number;
}

/** A service whose machine has another size than its recorded builds need. `minutes` and `cost` are what the other one would have saved. */
export interface MachineAdvice extends Saving {
  readonly isLarger: boolean;
  /** `auth: small, because ...`. */
  readonly text: string;
}

/** Each list has what costs most first. */
export interface BuildAdvice {
  readonly repeatedRuns: readonly RepeatedRun[];
  readonly spoiledRuns: readonly SpoiledRun[];
  readonly seldomNeeded: readonly SeldomNeeded[];
  readonly movingBases: readonly MovingBase[];
  /** Absent if no recorded builds were asked for. */
  readonly machineSizes?: readonly MachineAdvice[];
}

/** A build of the replay. A service that is new gives no advice. */
export interface AdvisedBuild {
  readonly service: Service;
  readonly before: ServiceInputs;
  readonly now: ServiceInputs;
  readonly reasons: readonly Reason[];
}

/** Builds that one fact would have avoided. */
interface Counted<Fact> {
  fact: Fact;
  minutes: number;
  readonly services: Set<string>;
  readonly jobs: MachineMinutes[];
}

/** Counts builds by what would have avoided them. */
class Savings<Fact extends object> {
  private readonly found = new Map<string, Counted<Fact>>();

  /** Adds a build. The newest fact of a key stays. `others` are services that it has to do with, too. */
  add(key: string, fact: Fact, service: Service, others: readonly string[] = []): void {
    const known = this.found.get(key) ?? { fact, minutes: 0, services: new Set(), jobs: [] };
    known.fact = fact;
    known.minutes += service.minutes;
    for (const name of [service.name, ...others]) known.services.add(name);
    known.jobs.push({ minutes: service.minutes, machine: machineOf(service) });
    this.found.set(key, known);
  }

  list(): readonly (Fact & Saving)[] {
    return [...this.found]
      .sort(([a, one], [b, other]) => other.minutes - one.minutes || (a < b ? -1 : 1))
      .map(([, { fact, minutes, services, jobs }]) => ({
        ...fact,
        builds: jobs.length,
        minutes,
        cost: buildCost(jobs, REFERENCE_REGION).cost,
        services: [...services].sort(),
      }));
  }
}

/** Collects advice, push by push. */
export class AdviceLedger {
  private readonly repeated = new Savings<Pick<RepeatedRun, 'text'>>();
  private readonly spoiled = new Savings<Pick<SpoiledRun, 'dockerfile' | 'line' | 'text' | 'behind'>>();
  private readonly seldom = new Savings<Pick<SeldomNeeded, 'patterns' | 'context'>>();
  private readonly bases = new Savings<Pick<MovingBase, 'base'>>();
  private readonly pushesOfBase = new Map<string, number>();
  /** The service that ran a step first, by the step's key. */
  private readonly firstRuns = new Map<string, string>();
  private readonly textOf: (id: string) => string | undefined;

  /** `textOf` returns the text of a Dockerfile by its blob id; undefined if it is not known. */
  constructor(textOf: (id: string) => string | undefined) {
    this.textOf = textOf;
  }

  /** Adds the builds of one push. */
  add(builds: readonly AdvisedBuild[]): void {
    const moved = new Set<string>();
    for (const build of builds) {
      const before = this.textOf(build.before.dockerfileId);
      const now = this.textOf(build.now.dockerfileId);
      if (before === undefined || now === undefined) continue;
      const { context } = build.service;
      const patterns = seldomNeeded(build.service, build.reasons, now);
      if (patterns.length > 0) this.seldom.add([context, ...patterns].join(' '), { patterns, context }, build.service);
      for (const base of movedBases(build, before, now)) {
        moved.add(base);
        this.bases.add(base, { base }, build.service);
      }
      this.addSteps(build, before, now);
    }
    for (const base of moved) this.pushesOfBase.set(base, (this.pushesOfBase.get(base) ?? 0) + 1);
  }

  list(): BuildAdvice {
    return {
      repeatedRuns: this.repeated.list(),
      spoiledRuns: this.spoiled.list(),
      seldomNeeded: this.seldom.list(),
      movingBases: this.bases
        .list()
        .filter(({ services }) => services.length > 1)
        .map((found) => ({ ...found, pushes: this.pushesOfBase.get(found.base) ?? 0 })),
    };
  }

  private addSteps(build: AdvisedBuild, textBefore: string, textNow: string): void {
    const { service, reasons } = build;
    const before = runSteps(service, textBefore, build.before);
    const known = new Set(before.map(({ key }) => key));
    const ran = runSteps(service, textNow, build.now).filter(({ key }) => !known.has(key));
    // A base image has all steps up to the last common one, so that only this one counts.
    const { name } = service;
    const shared = ran.filter(({ key }) => (this.firstRuns.get(key) ?? name) !== name).at(-1);
    const first = shared && this.firstRuns.get(shared.key);
    if (shared !== undefined) this.repeated.add(shared.text, { text: shared.text }, service, first ? [first] : []);
    for (const { key } of ran) if (!this.firstRuns.has(key)) this.firstRuns.set(key, name);
    // After a change of the Dockerfile, of an argument or of an image, the steps cannot come from the cache.
    if (reasons.some(({ kind }) => kind !== 'input-changed') || textBefore !== textNow) return;
    const changed = reasons.flatMap(({ path }) => path ?? []);
    for (const step of ran) {
      const reads = installReads(step.text);
      const behind = spoiler(step, before);
      if (reads === undefined || behind === undefined || changed.some((path) => isRead(path, reads))) continue;
      const { line, text } = step;
      this.spoiled.add(
        `${service.dockerfile} ${text}`,
        { dockerfile: service.dockerfile, line, text, behind },
        service,
      );
    }
  }
}

/** Returns the first instruction above the step that took other files than before. */
function spoiler({ line, before: sources }: RunStep, steps: readonly RunStep[]): string | undefined {
  const old = steps.find((step) => step.line === line);
  return sources.find(({ record }, at) => old?.before[at]?.record.join('\0') !== record.join('\0'))?.rule;
}

/** Returns the repositories whose version changed, if the Dockerfile changed in nothing else. */
function movedBases({ before, now, reasons, service }: AdvisedBuild, textBefore: string, textNow: string) {
  if (reasons.some(({ path }) => path !== service.dockerfile)) return [];
  if (textBefore === textNow || frameOf(textBefore) !== frameOf(textNow)) return [];
  const old = new Set(before.bases);
  return [...new Set(now.bases.filter((name) => !old.has(name)).map(shortName))];
}

/**
 * Returns the text with each `FROM` reduced to the repository, and without the values of the `ARG`s above the first one. Two files with the
 * same frame differ in the versions of their base images alone. A file in another language is its own frame.
 */
function frameOf(text: string): string {
  const parsed = parseDockerfile(text);
  if (parsed.kind !== 'parsed') return text;
  const { escapeMark, globalArgs, stages } = parsed.dockerfile;
  const lines = text.split('\n');
  for (const { line, args } of globalArgs) lines[line - 1] = `ARG ${args.map(({ name }) => name).join(' ')}`;
  for (const { line, base } of stages) {
    const { rest } = splitInstruction(lines[line - 1] ?? '', escapeMark);
    lines[line - 1] = `FROM ${rest.replace(base, repositoryOf(base))}`;
  }
  return lines.join('\n');
}

/** Returns the name without tag. Both `python` and `docker.io/library/python` are `python`. */
function shortName(image: string): string {
  return repositoryOf(image).replace(/^docker\.io\/(library\/)?/, '');
}
