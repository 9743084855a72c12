/**
 * Contract, shared: the error classes and their names. A message says what happened, the value, what is allowed and what to do. It never
 * contains a secret or a request body.
 */

/** Names of errors that the state machine or a caller may match. */
export const ERROR_NAMES = {
  invalidInput: 'InvalidInput',
  invalidCatalog: 'InvalidCatalog',
  invalidSettings: 'InvalidSettings',
  buildsFailed: 'BuildsFailed',
  versionTaken: 'VersionTaken',
  imageMissing: 'ImageMissing',
  notApproved: 'NotApproved',
  /** Images have vulnerabilities that keep them from their versions. */
  findings: 'FindingsRefused',
  /** The scanner itself does not work: it is missing, has no database, or does not answer. */
  scanner: 'ScannerError',
  valuesFile: 'ValuesFile',
  commitConflict: 'CommitConflict',
  /** The pull request of the commit was closed, was not merged in time, or brought something else. */
  notMerged: 'NotMerged',
  registry: 'RegistryError',
  /** An image could not be signed, so that no image got its version. */
  signing: 'SigningError',
  packageIndex: 'PackageIndexError',
  gitHost: 'GitHostError',
  notice: 'NoticeError',
  cluster: 'ClusterError',
  /** The environment does not run what was released. */
  deployFailed: 'DeployFailed',
  /** The environment runs what was released, and a check, an alarm or a workload says that it does not work. */
  verifyFailed: 'VerifyFailed',
  /** Nothing is known of the environment, because its cluster or a checked address does not answer. */
  unreachable: 'EnvironmentUnreachable',
  inputDigestMismatch: 'InputDigestMismatch',
  /** A fault of AWS. The message has the fault's own name. */
  runFailed: 'RunFailed',
} as const;

export type ErrorName = (typeof ERROR_NAMES)[keyof typeof ERROR_NAMES];

/** Base of every error that this project throws on purpose. Step Functions matches its `name`. */
export class PipelineError extends Error {
  constructor(name: ErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** One problem of an input. */
export interface Problem {
  /** The place in the input: `services.auth.path`. */
  readonly path: string;
  /** The problem, and how to fix it. */
  readonly message: string;
  /** Line in the file, from 1, if known. */
  readonly line?: number;
  /** Path of the construct that cannot be deployed, if known. */
  readonly construct?: string;
}

/** An input was refused. Has all its problems at once. Nothing was changed. */
export class InvalidInputError extends PipelineError {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[], hint?: string, name: ErrorName = ERROR_NAMES.invalidInput) {
    super(name, [`${what}:`, formatProblems(problems), ...(hint === undefined ? [] : [hint])].join('\n'));
    this.problems = problems;
  }
}

/** Prints problems one a line, `path: message`, with line number or construct if known. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const place = problem.line === undefined ? problem.construct : `line ${problem.line}`;
      const where = place === undefined ? problem.path : `${problem.path} (${place})`;
      return `  ${where}: ${problem.message}`;
    })
    .join('\n');
}

/** Returns the message of anything that was thrown, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Explains why a file cannot be read, as the end of a sentence that begins with the file's path. Unknown codes keep their own message. */
export function unreadableFile(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return (typeof code === 'string' ? FILE_ERRORS[code] : undefined) ?? `cannot be read: ${messageOf(error)}`;
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};
