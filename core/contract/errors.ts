/**
 * The few error classes. `name` is one of ERROR_NAMES, so that Step Functions and callers can match it. A message says what
 * happened, the value, what would be right and what to do; it never holds a secret or a request body.
 */

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

// * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
// State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
// the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
// what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
// approval in `approval-contract.ts`, how a run ends that failed in
// `run-end.ts`.

// ------------------------------------------------------------------------------------------------------ shared names
/** Names of errors that the state machine or a caller may match. */
export const ERROR_NAMES = {
  invalidInput: 'InvalidInput',
  invalidCatalog: 'InvalidCatalog',
  invalidSettings: 'InvalidSettings',
  buildsFailed: 'BuildsFailed',
  versionTaken: 'VersionTaken',
  imageMissing: 'ImageMissing',
  notApproved: 'NotApproved',
  valuesFile: 'ValuesFile',
  commitConflict: 'CommitConflict',
  registry: 'RegistryError',
  packageIndex: 'PackageIndexError',
  gitHost: 'GitHostError',
  notice: 'NoticeError',
  inputDigestMismatch: 'InputDigestMismatch',
  /** A fault of AWS; the message has its own name. */
  runFailed: 'RunFailed',
} as const;

export type ErrorName = (typeof ERROR_NAMES)[keyof typeof ERROR_NAMES];

// Why a file cannot be read, in words: the system's own are codes.

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/** The end of a sentence that the file's path begins. What is not known is told in the system's words. */
export function unreadableFile(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return (typeof code === 'string' ? WORDS[code] : undefined) ?? `cannot be read: ${messageOf(error)}`;
}
