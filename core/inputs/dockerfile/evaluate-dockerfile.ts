/** Walks through the stages that a build needs and says what they read from the build context. */
import { atLine, DockerfileError } from './dockerfile-error';
import { Environment, type Values } from './environment';
import { tagOf } from './image-name';
import type { CopyInstruction, Dockerfile, Instruction, RunInstruction } from './instruction';
import { platformArgs } from './platform-args';
import { isRemoteSource } from './remote-source';
import {
  type FindImage,
  type ImageConfig,
  type Origin,
  ownTriggers,
  type ReachedStage,
  reachStages,
} from './stage-graph';

/** One look into the build context. `source` is the path as Docker gets it, after expansion. */
export interface ContextRead {
  /** For people: `COPY tools (line 4)`. */
  readonly rule: string;
  readonly kind: 'copy' | 'mount' | 'everything';
  readonly source: string;
  readonly parents: boolean;
  readonly excludes: readonly string[];
}

/** Something that cannot be known before the build. */
export interface Doubt {
  readonly line: number;
  readonly text: string;
}

export interface Evaluation {
  readonly reads: readonly ContextRead[];
  readonly doubts: readonly Doubt[];
  /** Services whose images are used. */
  readonly services: readonly string[];
  /** Images of others, as written after expansion. */
  readonly bases: readonly { readonly name: string; readonly line: number }[];
  /** Instructions of the stages that are built. */
  readonly instructions: readonly Instruction[];
  readonly image: ImageConfig;
}

export interface EvaluationOptions {
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | undefined;
  readonly findImage: FindImage;
}

/** Docker sets it where the base image does not. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

/** Evaluates a Dockerfile for one platform. Throws `DockerfileError` where Docker would refuse to build. */
export function evaluateDockerfile(dockerfile: Dockerfile, options: EvaluationOptions): Evaluation {
  const { buildArgs, platform, target, findImage } = options;
  const stageName = target ?? dockerfile.stages.at(-1)?.name;
  const globals = new Environment(platformArgs(platform, stageName, buildArgs), true, dockerfile.escapeMark);
  for (const arg of dockerfile.globalArgs) atLine(arg.line, () => globals.applyArg(arg, buildArgs, new Map()));
  const reached = reachStages(dockerfile, { target, globals: globals.entries(), findImage });
  const walk = new Walk(dockerfile.escapeMark, buildArgs, globals.entries());
  for (const [index, stage] of [...reached.stages].sort(([a], [b]) => a - b)) walk.stage(index, stage);
  const last = walk.stateOf(reached.target);
  const triggers = ownTriggers(dockerfile.stages[reached.target]);
  const image = { env: last.imageEnv, complete: last.environment.complete, triggers };
  return {
    reads: walk.reads,
    doubts: walk.doubts,
    services: [...walk.services],
    bases: walk.bases,
    instructions: [...reached.stages.values()].flatMap((stage) => stage.instructions),
    image,
  };
}

interface StageState {
  readonly environment: Environment;
  /** What `ENV` has set: the part of the variables that the image keeps. */
  readonly imageEnv: Map<string, string | null>;
}

class Walk {
  readonly reads: ContextRead[] = [];
  readonly doubts: Doubt[] = [];
  readonly services = new Set<string>();
  readonly bases: { name: string; line: number }[] = [];
  private readonly states = new Map<number, StageState>();
  private readonly escapeMark: string;
  private readonly buildArgs: Readonly<Record<string, string>>;
  private readonly globals: Values;

  constructor(escapeMark: string, buildArgs: Readonly<Record<string, string>>, globals: Values) {
    this.escapeMark = escapeMark;
    this.buildArgs = buildArgs;
    this.globals = globals;
  }

  stage(index: number, { stage, base, instructions, sources }: ReachedStage): void {
    const state = this.startFrom(base);
    this.states.set(index, state);
    this.use(base, stage.line);
    for (const { line, origin } of sources) this.use(origin, line);
    if (base.kind === 'image' && tagOf(base.name)?.includes('onbuild') === true) {
      this.readEverything(stage.line, `FROM ${base.name} may hold ONBUILD instructions that read the build context`);
    }
    for (const instruction of instructions) atLine(instruction.line, () => this.instruction(instruction, state));
  }

  stateOf(index: number): StageState {
    return this.states.get(index) ?? this.startFrom({ kind: 'scratch' });
  }

  private startFrom(base: Origin): StageState {
    if (base.kind === 'stage') {
      const { environment, imageEnv } = this.stateOf(base.index);
      return { environment: environment.copy(), imageEnv: new Map(imageEnv) };
    }
    const { env, complete } = handedOn(base);
    return { environment: new Environment(env, complete, this.escapeMark), imageEnv: new Map(env) };
  }

  private use(origin: Origin, line: number): void {
    if (origin.kind === 'service') this.services.add(origin.service);
    if (origin.kind === 'image') this.bases.push({ name: origin.name, line });
    if (origin.kind !== 'unknown') return;
    this.bases.push({ name: origin.name, line });
    this.readEverything(line, `FROM ${origin.name} depends on ${list(origin.variables)}, which only the build knows`);
  }

  private instruction(instruction: Instruction, { environment, imageEnv }: StageState): void {
    if (instruction.kind === 'arg') environment.applyArg(instruction, this.buildArgs, this.globals);
    if (instruction.kind === 'env') {
      for (const [name, value] of environment.applyEnv(instruction)) imageEnv.set(name, value);
    }
    if (instruction.kind === 'run') this.run(instruction, environment);
    if ((instruction.kind === 'copy' || instruction.kind === 'add') && instruction.from === undefined) {
      this.copy(instruction, environment);
    }
  }

  private copy(instruction: CopyInstruction, environment: Environment): void {
    const { kind, line, parents } = instruction;
    const keyword = kind.toUpperCase();
    if (this.doubtFlags(keyword, line, instruction.unknownFlags)) return;
    const excludes = instruction.excludes;
    for (const written of instruction.sources) {
      // Where a variable stands behind `https://`, the source is fetched whatever the variable holds.
      if (kind === 'add' && isRemoteSource(written)) continue;
      const { text, unknown } = environment.expand(written);
      if (unknown.length > 0) {
        this.readEverything(line, `${keyword} ${written} depends on ${list(unknown)}, which only the build knows`);
      } else if (kind === 'copy' || !isRemoteSource(text)) {
        this.reads.push({ rule: `${keyword} ${text} (line ${line})`, kind: 'copy', source: text, parents, excludes });
      }
    }
  }

  private run({ line, mounts, unknownFlags }: RunInstruction, environment: Environment): void {
    if (this.doubtFlags('RUN', line, unknownFlags)) return;
    for (const mount of mounts) {
      const type = environment.expand(mount.type);
      const source = environment.expand(mount.source);
      const unknown = [...type.unknown, ...source.unknown];
      if (mount.from !== undefined) continue;
      if (unknown.length > 0) {
        this.readEverything(line, `RUN --mount depends on ${list(unknown)}, which only the build knows`);
        continue;
      }
      const lower = type.text.toLowerCase();
      if (!MOUNT_TYPES.includes(lower)) throw new DockerfileError(`unsupported mount type '${type.text}'`);
      if (lower !== 'bind') continue;
      const rule = `RUN --mount ${source.text || '.'} (line ${line})`;
      this.reads.push({ rule, kind: 'mount', source: source.text, parents: false, excludes: [] });
    }
  }

  private doubtFlags(keyword: string, line: number, flags: readonly string[]): boolean {
    if (flags.length > 0) this.readEverything(line, `${keyword} ${flags.join(' ')} is not known to this program`);
    return flags.length > 0;
  }

  private readEverything(line: number, text: string): void {
    this.doubts.push({ line, text });
    this.reads.push({
      rule: `everything, in doubt (line ${line})`,
      kind: 'everything',
      source: '',
      parents: false,
      excludes: [],
    });
  }
}

function list(variables: readonly string[]): string {
  return variables.map((name) => `$${name}`).join(', ');
}

/** The variables that an origin outside of the file brings. */
function handedOn(base: Origin): { readonly env: Values; readonly complete: boolean } {
  if (base.kind === 'service') return base.image;
  return base.kind === 'scratch'
    ? { env: new Map([['PATH', DEFAULT_PATH]]), complete: true }
    : { env: new Map(), complete: false };
}
