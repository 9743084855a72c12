/**
 * The few error classes. `name` is one of ERROR_NAMES, so that Step Functions and callers can match it. A message says what
 * happened, the value, what would be right and what to do; it never holds a secret or a request body.
 */
import { ERROR_NAMES, type ErrorName } from './contract';

/** Base of every error that this project throws on purpose. */
export class PipelineError extends Error {
  constructor(name: ErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** One thing wrong with an input: where (`services.auth.path`), what, and how to mend it. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  /** Line in the file, from 1, where one is known. */
  readonly line?: number;
  /** Path of the construct that could not be deployed, where one is known. */
  readonly construct?: string;
}

/** Prints problems one a line, `path: message`, with line number or construct where known. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const place = problem.line === undefined ? problem.construct : `line ${problem.line}`;
      const where = place === undefined ? problem.path : `${problem.path} (${place})`;
      return `  ${where}: ${problem.message}`;
    })
    .join('\n');
}

/** An input was refused. Holds all its problems at once; nothing was changed. */
export class InvalidInputError extends PipelineError {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[], hint?: string, name: ErrorName = ERROR_NAMES.invalidInput) {
    super(name, [`${what}:`, formatProblems(problems), ...(hint === undefined ? [] : [hint])].join('\n'));
    this.problems = problems;
  }
}

/** The message of anything thrown, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
