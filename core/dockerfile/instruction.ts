/** A parsed Dockerfile: the instructions and stages that decide which files are read. */

export type Instruction = ArgInstruction | EnvInstruction | CopyInstruction | RunInstruction | OnbuildInstruction;

interface Located {
  /** Line in the file, from 1. */
  readonly line: number;
}

export interface ArgInstruction extends Located {
  readonly kind: 'arg';
  /** A name without a value takes the build argument or the global one. */
  readonly args: readonly { readonly name: string; readonly value: string | undefined }[];
}

export interface EnvInstruction extends Located {
  readonly kind: 'env';
  readonly pairs: readonly Pair[];
}

/** `COPY` or `ADD`. `sources` has no heredocs. */
export interface CopyInstruction extends Located {
  readonly kind: 'copy' | 'add';
  readonly sources: readonly string[];
  readonly destination: string;
  /** Stage, number or image of `--from`; undefined means the build context. */
  readonly from: string | undefined;
  readonly parents: boolean;
  readonly excludes: readonly string[];
  /** `--checksum` of a remote `ADD`. */
  readonly checksum: string | undefined;
  /** Flags that are not supported. */
  readonly unknownFlags: readonly string[];
}

export interface RunInstruction extends Located {
  readonly kind: 'run';
  readonly mounts: readonly RunMount[];
  /** The command with its heredocs, for people and for `findUnpinnedInputs`. */
  readonly command: string;
  readonly unknownFlags: readonly string[];
}

/** `--mount`: all values but `from` may contain variables. */
export interface RunMount {
  readonly type: string;
  readonly from: string | undefined;
  readonly source: string;
  /** The name of a secret or an ssh agent; '' if there is none. */
  readonly id: string;
  /** True if the instruction cannot run without it. */
  readonly isRequired: boolean;
  /** The error with which Docker refuses to build the stage. */
  readonly error: string | undefined;
  /** What BuildKit refuses of it, as the end of a sentence. */
  readonly refused: string | undefined;
}

interface OnbuildInstruction extends Located {
  readonly kind: 'onbuild';
  readonly trigger: Trigger;
}

/**
 * An instruction that runs in the stages and images made from this one. An error in it counts only there. Without instruction and error, it
 * decides nothing about files.
 */
export interface Trigger {
  readonly instruction?: Instruction | undefined;
  readonly error?: DockerfileError;
}

export interface StageInstructions extends Located {
  /** The image or stage as written, variables included. */
  readonly base: string;
  /** Lower case. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
  /** What BuildKit refuses of it, as beginnings of sentences. */
  readonly refusals: readonly { readonly line: number; readonly text: string }[];
  /** All of its instructions as written, from its `FROM` on. */
  readonly lines: readonly LogicalLine[];
}

export interface Dockerfile {
  readonly escapeMark: string;
  /** The frontend that the file names: `docker/dockerfile:1`. */
  readonly syntax: string | undefined;
  /** The rules of `# check=`. */
  readonly check: string | undefined;
  /** `ARG`s before the first `FROM`. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly StageInstructions[];
}

/** An instruction as written: continuations joined, comments dropped. */
export interface LogicalLine {
  /** Line of the first character, from 1. */
  readonly line: number;
  readonly text: string;
  /** Bodies of the heredocs that the instruction opens, in order, with all line ends. */
  readonly heredocs: readonly string[];
}

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** Instructions, variables and sources of one Dockerfile. More than people write; without a bound, a small file could take minutes. */
export const MAX_PARTS = 10_000;

/** Messages quote the Dockerfile, whose words have no limit. */
const LONGEST_MESSAGE = 400;

/** An error that Docker finds in a Dockerfile. `line` counts from 1. A message of more than 400 characters is cut. */
export class DockerfileError extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message);
    this.name = 'DockerfileError';
    this.line = line;
  }

  /** Returns the same error with a line, unless it has one already. */
  at(line: number): DockerfileError {
    return this.line === undefined ? new DockerfileError(this.message, line) : this;
  }
}

/** Runs `work` and adds the line to a `DockerfileError` without one. */
export function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof DockerfileError ? error.at(line) : error;
  }
}
