import {
  atLine,
  type Dockerfile,
  DockerfileError,
  type Instruction,
  MAX_PARTS,
  type StageInstructions,
  type Trigger,
} from '../instruction';
import type { Environment, Values } from './environment';

/** The base of a stage, or what `--from` names. */
export type Origin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'service'; readonly service: string; readonly image: ImageConfig }
  | { readonly kind: 'image'; readonly name: string }
  /** A folder that the catalog names. */
  | { readonly kind: 'context'; readonly name: string }
  /** The name contains a variable without a value. The build fails, unless a build argument sets it. */
  | { readonly kind: 'unset'; readonly name: string; readonly variables: readonly string[] }
  /** The name contains a variable that only the build knows; `services` are those whose images it may mean. */
  | {
      readonly kind: 'unknown';
      readonly name: string;
      readonly variables: readonly string[];
      readonly services: readonly string[];
    };

/** The configuration that an image inherits from its base image. */
export interface ImageConfig {
  /** Variables set by `ENV`; null if not known. */
  readonly env: Values;
  /** False if a base image may have set more. */
  readonly complete: boolean;
  readonly triggers: readonly Trigger[];
}

/** A stage that is built. */
export interface ReachedStage {
  readonly stage: StageInstructions;
  readonly base: Origin;
  /** `ONBUILD` triggers of the base, then the stage's own instructions. */
  readonly instructions: readonly Instruction[];
  /** The stages and images that its `--from`s name. */
  readonly sources: readonly { readonly line: number; readonly origin: Origin }[];
}

/** Finds services by the repository names of their images. Throws `DockerfileError` for one that cannot be used. */
export interface ImageFinder {
  /** Returns undefined for an image that is not of the catalog. */
  readonly find: (repository: string) => { readonly service: string; readonly image: ImageConfig } | undefined;
  /** Returns the services whose repository name starts so, without those that cannot be used. */
  readonly startingWith: (start: string) => readonly string[];
}

/** How a Dockerfile is built. */
export interface EvaluationOptions {
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | undefined;
  readonly images: ImageFinder;
  /** Names of further build contexts. No stage has one of them. */
  readonly contexts: ReadonlySet<string>;
}

interface GraphOptions extends Pick<EvaluationOptions, 'target' | 'images' | 'contexts'> {
  /** Variables that `FROM` sees. */
  readonly globals: Environment;
}

/**
 * Returns the stages that are built, by index, and the target's index: the target, its base, and what it copies or mounts from. BuildKit skips
 * all others. Throws `DockerfileError` for a stage that does not exist, or not above the one that uses it.
 */
export function reachStages(
  dockerfile: Dockerfile,
  options: GraphOptions,
): { stages: ReadonlyMap<number, ReachedStage>; target: number } {
  const walk = new StageWalk(dockerfile, options);
  const target = walk.findTarget();
  walk.reach(target);
  return { stages: walk.reached, target };
}

/** The characters of a base image in which variables are searched. Docker takes no longer names. */
const LONGEST_NAME = 512;

class StageWalk {
  readonly reached = new Map<number, ReachedStage>();
  private parts = 0;
  private readonly dockerfile: Dockerfile;
  private readonly options: GraphOptions;

  constructor(dockerfile: Dockerfile, options: GraphOptions) {
    this.dockerfile = dockerfile;
    this.options = options;
  }

  findTarget(): number {
    const { stages } = this.dockerfile;
    if (this.options.target === undefined) return stages.length - 1;
    const found = this.findStage(this.options.target, stages.length);
    if (found !== undefined) return found;
    const names = stages.flatMap(({ name }) => name ?? []).join(', ') || 'none';
    throw new DockerfileError(`target stage '${this.options.target}' could not be found; named stages: ${names}`);
  }

  reach(index: number): void {
    const stage = this.dockerfile.stages[index];
    if (stage === undefined || this.reached.has(index)) return;
    const base = atLine(stage.line, () => this.baseOf(stage, index));
    const triggered = atLine(stage.line, () =>
      this.triggersOf(base).flatMap((trigger) => instructionOf(trigger, stage.line)),
    );
    const instructions = [...triggered, ...stage.instructions];
    const sources = instructions.flatMap((instruction) =>
      fromNames(instruction).map((name) => ({
        line: instruction.line,
        origin: atLine(instruction.line, () => this.sourceOf(name, index, instruction.kind === 'copy')),
      })),
    );
    this.parts += instructions.length;
    if (this.parts > MAX_PARTS) {
      throw new DockerfileError(
        `the stages have more than ${MAX_PARTS} instructions, those of ONBUILD included`,
        stage.line,
      );
    }
    this.reached.set(index, { stage, base, instructions, sources });
    for (const origin of [base, ...sources.map((source) => source.origin)]) {
      if (origin.kind === 'stage') this.reach(origin.index);
      if (origin.kind === 'unknown' || origin.kind === 'unset')
        for (let earlier = 0; earlier < index; earlier++) this.reach(earlier);
    }
  }

  /** `FROM` sees the stages above it and compares names exactly, although stage names are kept in lower case. */
  private baseOf(stage: StageInstructions, index: number): Origin {
    const { text, unknown, unset } = this.options.globals.expand(stage.base);
    if (unknown.length > 0) {
      return { kind: 'unknown', name: stage.base, variables: unknown, services: this.servicesLike(stage.base) };
    }
    if (unset.length > 0) return { kind: 'unset', name: stage.base, variables: unset };
    if (text === '') throw new DockerfileError(`base name (${stage.base}) should not be blank`);
    const found = text === text.toLowerCase() ? this.findStage(text, index) : undefined;
    return found === undefined ? this.imageOf(text) : { kind: 'stage', index: found };
  }

  /** `--from` is the name of a stage above, or an image. Only `COPY` takes the number of a stage, too. */
  private sourceOf(name: string, index: number, takesNumber: boolean): Origin {
    const { stages } = this.dockerfile;
    const number = takesNumber && /^[+-]?\d+$/.test(name) ? Number(name) : undefined;
    const found = number ?? this.findStage(name, stages.length);
    if (found === undefined) return this.imageOf(name);
    if (found < 0 || found >= stages.length) throw new DockerfileError(`invalid stage index ${name}`);
    if (found >= index)
      throw new DockerfileError(`stage '${name}' needs to be defined before the stage that copies from it`);
    return { kind: 'stage', index: found };
  }

  /** Returns the services that a name may mean if only its start is known, up to the first variable without a known value. */
  private servicesLike(name: string): readonly string[] {
    const start = this.knownStart(name);
    const repository = repositoryOf(start);
    if (repository === start) return this.options.images.startingWith(start);
    const found = this.options.images.find(repository);
    return found === undefined ? [] : [found.service];
  }

  private knownStart(name: string): string {
    const starts = [...name.slice(0, LONGEST_NAME).matchAll(/\$/g)].map(({ index }) => name.slice(0, index));
    const expanded = starts.map((start) => this.expandWhole(start));
    return expanded.findLast((text) => text !== undefined) ?? '';
  }

  /** Returns undefined for a text with a variable without a known value, and for one that ends within a variable. */
  private expandWhole(text: string): string | undefined {
    try {
      const { text: expanded, unknown } = this.options.globals.expand(text);
      return unknown.length > 0 ? undefined : expanded;
    } catch (error) {
      if (error instanceof DockerfileError) return undefined;
      throw error;
    }
  }

  private imageOf(name: string): Origin {
    if (name === 'scratch') return { kind: 'scratch' };
    if (this.options.contexts.has(name)) return { kind: 'context', name };
    const found = isPinned(name) ? undefined : this.options.images.find(repositoryOf(name));
    return found === undefined ? { kind: 'image', name } : { kind: 'service', ...found };
  }

  /** Returns the last stage of that name before the given index. */
  private findStage(name: string, before: number): number | undefined {
    const lower = name.toLowerCase();
    const found = this.dockerfile.stages.findLastIndex((stage, index) => index < before && stage.name === lower);
    return found < 0 ? undefined : found;
  }

  private triggersOf(base: Origin): readonly Trigger[] {
    if (base.kind === 'service') return base.image.triggers;
    return base.kind === 'stage' ? ownTriggers(this.dockerfile.stages[base.index]) : [];
  }
}

/** Returns the instruction of a trigger at the line of the `FROM` where it runs. Throws the error that it was parsed with. */
function instructionOf({ instruction, error }: Trigger, line: number): readonly Instruction[] {
  if (error !== undefined) throw new DockerfileError(error.message, line);
  return instruction === undefined ? [] : [{ ...instruction, line }];
}

/** Returns the instructions that run in the stages and images made from a stage. */
export function ownTriggers(stage: StageInstructions | undefined): readonly Trigger[] {
  return (stage?.instructions ?? []).flatMap((each) => (each.kind === 'onbuild' ? each.trigger : []));
}

/** Returns the names of `--from`. `ADD` has none. */
export function fromNames(instruction: Instruction): readonly string[] {
  if (instruction.kind === 'copy') return instruction.from === undefined ? [] : [instruction.from];
  return instruction.kind === 'run' ? instruction.mounts.flatMap(({ from }) => from ?? []) : [];
}

/** Returns the name of an image without tag and digest: `registry:5000/team/app:1@sha256:...` -> `registry:5000/team/app`. */
export function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** Returns true if the name pins the content by a digest. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** Returns the tag, or undefined if none is written. */
export function tagOf(image: string): string | undefined {
  const [name = ''] = image.split('@');
  const repository = repositoryOf(image);
  return name.length > repository.length ? name.slice(repository.length + 1) : undefined;
}
