/** Which stages a build needs: the target, what it is made FROM, and what it copies or mounts from. BuildKit skips all others. */

import { Environment, type Values } from './environment';
import {
  atLine,
  type Dockerfile,
  DockerfileError,
  type Instruction,
  type LogicalLine,
  type StageInstructions,
} from './instruction';
import { parseTrigger } from './parse-instruction';

/** What a stage or `--from` starts from. */
export type Origin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'service'; readonly service: string; readonly image: ImageConfig }
  | { readonly kind: 'image'; readonly name: string }
  /** The name holds a variable without a value: the build fails, or gets the value from somebody who does not ask us. */
  | { readonly kind: 'unset'; readonly name: string; readonly variables: readonly string[] }
  /** The name holds a variable that only the build knows; `services` are those whose images it may mean. */
  | {
      readonly kind: 'unknown';
      readonly name: string;
      readonly variables: readonly string[];
      readonly services: readonly string[];
    };

/** What an image hands on to the images made from it. */
export interface ImageConfig {
  /** Variables set by `ENV`; null if not known. */
  readonly env: Values;
  /** False if a base image may have set more. */
  readonly complete: boolean;
  readonly triggers: readonly LogicalLine[];
}

/** A stage that is built. */
export interface ReachedStage {
  readonly stage: StageInstructions;
  readonly base: Origin;
  /** `ONBUILD` triggers of the base, then the stage's own instructions. */
  readonly instructions: readonly Instruction[];
  /** What its `--from`s name. */
  readonly sources: readonly { readonly line: number; readonly origin: Origin }[];
}

/** Finds services by the repository names of their images. Throws `DockerfileError` for one that cannot be used. */
export interface ImageFinder {
  /** Undefined if it is an image of others. */
  readonly find: (repository: string) => { readonly service: string; readonly image: ImageConfig } | undefined;
  /** All services that can be used whose repository name starts so. */
  readonly startingWith: (start: string) => readonly string[];
}

interface GraphOptions {
  readonly target: string | undefined;
  /** Variables that `FROM` sees. */
  readonly globals: Values;
  readonly images: ImageFinder;
}

/** The stages that are built, by index, and the target's index. Throws `DockerfileError` for a name or order that cannot be. */
export function reachStages(
  dockerfile: Dockerfile,
  options: GraphOptions,
): { stages: ReadonlyMap<number, ReachedStage>; target: number } {
  const walk = new StageWalk(dockerfile, options);
  const target = walk.findTarget();
  walk.reach(target);
  return { stages: walk.reached, target };
}

class StageWalk {
  readonly reached = new Map<number, ReachedStage>();
  private readonly dockerfile: Dockerfile;
  private readonly options: GraphOptions;
  private readonly environment: Environment;

  constructor(dockerfile: Dockerfile, options: GraphOptions) {
    this.dockerfile = dockerfile;
    this.options = options;
    this.environment = new Environment(options.globals, true, dockerfile.escapeMark);
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
    const triggers = atLine(stage.line, () => this.triggersOf(base).map((each) => parseTrigger(each, stage.line)));
    const instructions = [...triggers.filter((each) => each !== undefined), ...stage.instructions];
    const sources = instructions.flatMap((instruction) =>
      fromNames(instruction).map((name) => ({
        line: instruction.line,
        origin: atLine(instruction.line, () => this.sourceOf(name, index)),
      })),
    );
    this.reached.set(index, { stage, base, instructions, sources });
    for (const origin of [base, ...sources.map((source) => source.origin)]) {
      if (origin.kind === 'stage') this.reach(origin.index);
      if (origin.kind === 'unknown' || origin.kind === 'unset')
        for (let earlier = 0; earlier < index; earlier++) this.reach(earlier);
    }
  }

  /** `FROM` sees the stages above it, and compares names exactly, though stage names are kept in lower case. */
  private baseOf(stage: StageInstructions, index: number): Origin {
    const { text, unknown, unset } = this.environment.expand(stage.base);
    if (unknown.length > 0) {
      return { kind: 'unknown', name: stage.base, variables: unknown, services: this.servicesLike(stage.base) };
    }
    if (unset.length > 0) return { kind: 'unset', name: stage.base, variables: unset };
    if (text === '') throw new DockerfileError(`base name (${stage.base}) should not be blank`);
    const found = text === text.toLowerCase() ? this.findStage(text, index) : undefined;
    return found === undefined ? this.imageOf(text) : { kind: 'stage', index: found };
  }

  /** `--from` is a stage's number or name, or an image; a stage has to stand above. */
  private sourceOf(name: string, index: number): Origin {
    const { stages } = this.dockerfile;
    const number = /^[+-]?\d+$/.test(name) ? Number(name) : undefined;
    const found = number ?? this.findStage(name, stages.length);
    if (found === undefined) return this.imageOf(name);
    if (found < 0 || found >= stages.length) throw new DockerfileError(`invalid stage index ${name}`);
    if (found >= index)
      throw new DockerfileError(`stage '${name}' needs to be defined before the stage that copies from it`);
    return { kind: 'stage', index: found };
  }

  /** The services that a name may mean of which only the start is known, up to its first variable. */
  private servicesLike(name: string): readonly string[] {
    const start = name.slice(0, name.indexOf('$'));
    const repository = repositoryOf(start);
    if (repository === start) return this.options.images.startingWith(start);
    const found = this.options.images.find(repository);
    return found === undefined ? [] : [found.service];
  }

  private imageOf(name: string): Origin {
    if (name === 'scratch') return { kind: 'scratch' };
    const found = isPinned(name) ? undefined : this.options.images.find(repositoryOf(name));
    return found === undefined ? { kind: 'image', name } : { kind: 'service', ...found };
  }

  /** The last stage of that name before the given index. */
  private findStage(name: string, before: number): number | undefined {
    const lower = name.toLowerCase();
    const found = this.dockerfile.stages.findLastIndex((stage, index) => index < before && stage.name === lower);
    return found < 0 ? undefined : found;
  }

  private triggersOf(base: Origin): readonly LogicalLine[] {
    if (base.kind === 'service') return base.image.triggers;
    return base.kind === 'stage' ? ownTriggers(this.dockerfile.stages[base.index]) : [];
  }
}

/** The instructions that a stage leaves to those made from it. */
export function ownTriggers(stage: StageInstructions | undefined): readonly LogicalLine[] {
  return (stage?.instructions ?? []).flatMap((each) => (each.kind === 'onbuild' ? each.trigger : []));
}

function fromNames(instruction: Instruction): readonly string[] {
  if (instruction.kind === 'copy') return instruction.from === undefined ? [] : [instruction.from];
  return instruction.kind === 'run' ? instruction.mounts.flatMap(({ from }) => from ?? []) : [];
}

// Names of images as `FROM` and `--from` write them.

/** Without tag and digest: `registry:5000/team/app:1@sha256:...` -> `registry:5000/team/app`. */
export function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** True if the name fixes the content by a digest. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** The tag, or undefined if none is written. */
export function tagOf(image: string): string | undefined {
  const [name = ''] = image.split('@');
  const repository = repositoryOf(image);
  return name.length > repository.length ? name.slice(repository.length + 1) : undefined;
}
