import { atLine, type CopyInstruction, DockerfileError, type Instruction, type RunInstruction } from '../instruction';
import { Environment, type Values, type WordSyntax } from './environment';
import { type EvaluationOptions, type ImageConfig, type Origin, type ReachedStage, tagOf } from './stages';

/** Docker sets it if the base image does not. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

const REMOTE_COPY = 'BuildKit refuses URLs and git repositories as sources of COPY, so the build will fail; use ADD';

interface StageState {
  readonly environment: Environment;
  /** The variables that the image keeps: those that `ENV` has set. */
  readonly imageEnv: Map<string, string | null>;
}

/** Evaluates the stages in the order of the file: the variables as they are at each instruction, and what the instruction reads. */
export class StageEvaluator {
  readonly reads: ContextRead[] = [];
  readonly doubts: Doubt[] = [];
  readonly services = new Set<string>();
  readonly bases: { name: string; line: number }[] = [];
  private readonly states = new Map<number, StageState>();
  private readonly syntax: WordSyntax;
  private readonly options: Pick<EvaluationOptions, 'buildArgs' | 'contexts'>;
  private readonly globals: Values;

  constructor(syntax: WordSyntax, options: Pick<EvaluationOptions, 'buildArgs' | 'contexts'>, globals: Values) {
    this.syntax = syntax;
    this.options = options;
    this.globals = globals;
  }

  stage(index: number, { stage, base, instructions, sources }: ReachedStage): void {
    const state = this.startFrom(base);
    this.states.set(index, state);
    this.use(base, stage.line);
    if (base.kind === 'context') this.readContext(base.name, stage.line, `FROM ${base.name}`);
    for (const { line, origin } of sources) this.use(origin, line);
    if (base.kind === 'image' && tagOf(base.name)?.includes('onbuild') === true) {
      this.readEverything(stage.line, `FROM ${base.name} may contain ONBUILD instructions that read the build context`);
    }
    for (const { line, text } of stage.refusals) this.doubts.push({ line, text: `${text}, so the build will fail` });
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
    const { env, complete } = inheritedVariables(base);
    return { environment: new Environment(env, complete, this.syntax), imageEnv: new Map(env) };
  }

  private use(origin: Origin, line: number): void {
    if (origin.kind === 'service') this.services.add(origin.service);
    if (origin.kind === 'image') this.bases.push({ name: origin.name, line });
    if (origin.kind === 'unset') {
      this.bases.push({ name: origin.name, line });
      const text = `FROM ${origin.name}: ${list(origin.variables)} has no value; set a default or a build argument in the catalog`;
      this.doubts.push({ line, text });
    }
    if (origin.kind === 'unknown') {
      this.bases.push({ name: origin.name, line });
      for (const service of origin.services) this.services.add(service);
      this.readEverything(line, `FROM ${origin.name} depends on ${list(origin.variables)}, which only the build knows`);
    }
  }

  private instruction(instruction: Instruction, { environment, imageEnv }: StageState): void {
    if (instruction.kind === 'arg') environment.applyArg(instruction, this.options.buildArgs, this.globals);
    if (instruction.kind === 'env') {
      for (const [name, value] of environment.applyEnv(instruction)) imageEnv.set(name, value);
    }
    if (instruction.kind === 'run') this.run(instruction, environment);
    if (instruction.kind === 'copy' || instruction.kind === 'add') {
      for (const word of [...instruction.sources, instruction.destination]) environment.expand(word);
      if (instruction.from === undefined || this.options.contexts.has(instruction.from))
        this.copy(instruction, environment);
    }
  }

  private copy(instruction: CopyInstruction, environment: Environment): void {
    const { kind, line, parents, excludes, from: context } = instruction;
    const keyword = kind.toUpperCase() + (context === undefined ? '' : ` --from=${context}`);
    if (this.doubtFlags(keyword, line, instruction.unknownFlags)) return;
    for (const written of instruction.sources) {
      // A source that begins with `https://` is fetched for any value of a variable in it.
      if (kind === 'add' && isRemoteSource(written)) continue;
      const { text, unknown } = environment.expand(written);
      if (unknown.length > 0) {
        this.readEverything(line, `${keyword} ${written} depends on ${list(unknown)}, which only the build knows`);
      } else if (kind === 'copy' || !isRemoteSource(text)) {
        if (isRemoteSource(text)) this.doubts.push({ line, text: `COPY ${text}: ${REMOTE_COPY}` });
        this.reads.push(readOf(line, `${keyword} ${text}`, { kind: 'copy', source: text, parents, excludes, context }));
      }
    }
  }

  private run({ line, mounts, unknownFlags }: RunInstruction, environment: Environment): void {
    if (this.doubtFlags('RUN', line, unknownFlags)) return;
    for (const mount of mounts) {
      if (mount.error !== undefined) throw new DockerfileError(mount.error);
      if (mount.refused !== undefined) {
        this.doubts.push({ line, text: `RUN --mount ${mount.refused}, so the build will fail` });
      }
      const type = environment.expand(mount.type);
      const source = environment.expand(mount.source);
      const unknown = [...type.unknown, ...source.unknown];
      const isContext = mount.from !== undefined && this.options.contexts.has(mount.from);
      if (mount.from !== undefined && !isContext) {
        if (/^\d+$/.test(mount.from)) this.doubts.push({ line, text: numberedMount(mount.from) });
        continue;
      }
      if (unknown.length > 0) {
        this.readEverything(line, `RUN --mount depends on ${list(unknown)}, which only the build knows`);
        continue;
      }
      const lower = type.text.toLowerCase();
      if (!MOUNT_TYPES.includes(lower)) throw new DockerfileError(`unsupported mount type '${type.text}'`);
      if (lower !== 'bind') {
        // A cache begins with the content of the context.
        if (mount.from !== undefined) this.readContext(mount.from, line, `RUN --mount from ${mount.from}`);
        continue;
      }
      const read = { kind: 'mount', source: source.text, context: mount.from } as const;
      this.reads.push(readOf(line, `RUN --mount ${source.text || '.'}`, read));
    }
  }

  private readContext(context: string, line: number, what: string): void {
    this.reads.push(readOf(line, what, { kind: 'copy', source: '.', context }));
  }

  private doubtFlags(keyword: string, line: number, flags: readonly string[]): boolean {
    if (flags.length > 0)
      this.readEverything(line, `${keyword} ${flags.join(' ')} is not supported, so everything counts as read`);
    return flags.length > 0;
  }

  private readEverything(line: number, text: string): void {
    this.doubts.push({ line, text });
    this.reads.push(everything(line));
  }
}

function numberedMount(from: string): string {
  return `RUN --mount=from=${from} is an image of that name for BuildKit, not a stage, so the build will fail; name the stage`;
}

function list(variables: readonly string[]): string {
  return variables.map((name) => `$${name}`).join(', ');
}

/** Returns the variables that a base image outside the file brings. */
function inheritedVariables(base: Origin): { readonly env: Values; readonly complete: boolean } {
  if (base.kind === 'service') return base.image;
  return base.kind === 'scratch'
    ? { env: new Map([['PATH', DEFAULT_PATH]]), complete: true }
    : { env: new Map(), complete: false };
}

/** One source in the build context. `source` is the path as Docker gets it, after expansion. */
export interface ContextRead {
  readonly line: number;
  /** For people: `COPY tools (line 4)`. */
  readonly rule: string;
  readonly kind: 'copy' | 'mount' | 'everything';
  readonly source: string;
  readonly parents: boolean;
  readonly excludes: readonly string[];
  /** The name of another build context; undefined for that of the service. */
  readonly context?: string;
}

/** A value that is not known before the build. */
interface Doubt {
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
  /** What of the file can change the image, by target and platform; undefined if every byte of it may. */
  readonly effects: readonly string[] | undefined;
}

/** Returns a read of the whole context. */
export function everything(line: number): ContextRead {
  return readOf(line, 'everything, in doubt', { kind: 'everything', source: '' });
}

function readOf(
  line: number,
  what: string,
  {
    kind,
    source,
    parents = false,
    excludes = [],
    context,
  }: Pick<ContextRead, 'kind' | 'source'> & Partial<ContextRead>,
): ContextRead {
  return { line, rule: `${what} (line ${line})`, kind, source, parents, excludes, context };
}

const SCP_STYLE = /^[a-zA-Z0-9-_]+@[a-zA-Z0-9-.]+:/;

/** Returns true for URLs and git repositories. `github.com/owner/name` without a scheme is a path, as in Docker. */
export function isRemoteSource(source: string): boolean {
  if (source.startsWith('http://') || source.startsWith('https://')) return true;
  return isGitSource(source);
}

/** Returns true for git repositories: by their protocol, in scp form, or as a URL whose path ends with `.git`. */
export function isGitSource(source: string): boolean {
  const scheme = /^([a-zA-Z0-9]+):\/\//.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return SCP_STYLE.test(source);
  if (scheme === 'git' || scheme === 'ssh') return true;
  return (scheme === 'http' || scheme === 'https') && /^[^?#]*\.git(?:[?#]|$)/.test(source);
}
