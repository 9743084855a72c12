/** What a Dockerfile says, as far as it decides which files are read: the instructions and stages. */

export type Instruction = ArgInstruction | EnvInstruction | CopyInstruction | RunInstruction | OnbuildInstruction;

interface Placed {
  /** Line in the file, from 1. */
  readonly line: number;
}

export interface ArgInstruction extends Placed {
  readonly kind: 'arg';
  /** A name without a value takes the build argument or the global one. */
  readonly args: readonly { readonly name: string; readonly value: string | undefined }[];
}

export interface EnvInstruction extends Placed {
  readonly kind: 'env';
  readonly pairs: readonly Pair[];
}

/** `COPY` or `ADD`. Heredocs are left out of `sources`. */
export interface CopyInstruction extends Placed {
  readonly kind: 'copy' | 'add';
  readonly sources: readonly string[];
  readonly destination: string;
  /** Stage, number or image of `--from`; undefined means the build context. */
  readonly from: string | undefined;
  readonly parents: boolean;
  readonly excludes: readonly string[];
  /** `--checksum` of a remote `ADD`. */
  readonly checksum: string | undefined;
  /** Flags that this program does not know, so that it cannot say what they do. */
  readonly unknownFlags: readonly string[];
}

export interface RunInstruction extends Placed {
  readonly kind: 'run';
  readonly mounts: readonly RunMount[];
  /** The command with its heredocs, for people and for `findUnpinnedInputs`. */
  readonly command: string;
  readonly unknownFlags: readonly string[];
}

/** `--mount`: values may hold variables, but for `from`. */
export interface RunMount {
  readonly type: string;
  readonly from: string | undefined;
  readonly source: string;
  /** What Docker refuses if it gets to build the stage. */
  readonly error: string | undefined;
}

/** An instruction that runs in the stages and images made from this one, and is parsed only there. */
interface OnbuildInstruction extends Placed {
  readonly kind: 'onbuild';
  readonly trigger: LogicalLine;
}

export interface StageInstructions extends Placed {
  /** The image or stage as written, variables included. */
  readonly base: string;
  /** Lower case. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly escapeMark: string;
  /** `ARG`s before the first `FROM`. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly StageInstructions[];
}

// Cuts a Dockerfile into instructions: continuations joined, comments dropped, heredoc bodies attached.

export interface LogicalLine {
  /** Line of the first character, from 1. */
  readonly line: number;
  readonly text: string;
  /** Bodies of the heredocs that the instruction opens, in order. */
  readonly heredocs: readonly string[];
}

// The ways in which instructions write lists: JSON, words with quotes, `name=value` pairs.

export interface Pair {
  readonly name: string;
  readonly value: string;
}

// What is wrong in a Dockerfile: thrown while parsing, caught once in `parse-dockerfile.ts` and in the evaluation of a service.

/** Docker would refuse the file. `line` counts from 1. */
export class DockerfileError extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = 'DockerfileError';
    this.line = line;
  }

  /** The same error with a line, unless it has one already. */
  at(line: number): DockerfileError {
    return this.line === undefined ? new DockerfileError(this.message, line) : this;
  }
}

/** Runs `work`; a `DockerfileError` without a line gets this one. */
export function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof DockerfileError ? error.at(line) : error;
  }
}
