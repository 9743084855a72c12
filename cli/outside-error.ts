/** Errors of the world around a command (AWS, network, files) in words: what happened, and what to do. */
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError } from '../core/contract/errors';

/** An error for people. */
export interface ExplainedError {
  readonly name: string;
  readonly message: string;
  /** True if the command could not begin: exit code 2 instead of 1. */
  readonly isRefused: boolean;
}

/** Names of errors about what a person gave. */
const REFUSALS: readonly string[] = [ERROR_NAMES.invalidInput, ERROR_NAMES.invalidCatalog, ERROR_NAMES.invalidSettings];

/** Missing ones have a class of the SDK; wrong ones are refused by each service under one of these names. */
const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken(Exception)?|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch)$/;
const CREDENTIALS_CURE = 'sign in with aws sso login, run aws configure, or set AWS_PROFILE';

const UNREACHED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host cannot be resolved',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer in time',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
};

const FILES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EROFS: 'it is on a read-only file system; choose a folder that you may write to',
  EACCES: 'this user may not read or write it; choose another folder, or change its rights',
  EPERM: 'this user may not read or write it; choose another folder, or change its rights',
  ENOSPC: 'the disk is full; free some space, then run the same command again',
  EDQUOT: 'the disk quota is used up; free some space, then run the same command again',
};

/** The ending of a file that is not yet written to its end. */
const PART = /\.[0-9a-f-]{36}\.part$/;

/** Returns the error in words, or undefined for a fault of the program itself, whose stack helps. */
export function explainError(error: unknown): ExplainedError | undefined {
  if (error instanceof PipelineError) {
    const isRefused = error instanceof InvalidInputError || REFUSALS.includes(error.name);
    return { name: error.name, message: error.message, isRefused };
  }
  if (!isOutsideError(error)) return undefined;
  const code = codeOf(error);
  const { path, address, port, hostname } = error as SystemError;
  if (CREDENTIALS.test(error.name)) {
    const message = `AWS accepts no credentials from this machine (${error.message}); ${CREDENTIALS_CURE}`;
    return { name: error.name, message, isRefused: true };
  }
  if (isMissingRegion(error)) {
    return { name: 'AwsRegion', message: 'no AWS region is set; name one in AWS_REGION', isRefused: true };
  }
  const unreached = UNREACHED[code];
  if (unreached !== undefined) {
    const where = hostname ?? (address === undefined ? undefined : `${address}:${port}`);
    const message = `${where === undefined ? '' : `${where}: `}${unreached} (${code}); check the address and the network`;
    return { name: 'Unreachable', message, isRefused: true };
  }
  const file = FILES[code];
  if (file !== undefined) {
    const isRefused = code !== 'ENOSPC' && code !== 'EDQUOT';
    return {
      name: 'FileError',
      message: `${path?.replace(PART, '') ?? messageOf(error)}: ${file} (${code})`,
      isRefused,
    };
  }
  const advice = '$metadata' in error ? '; npx pipeline doctor looks for the reason' : '';
  return { name: error.name, message: `${error.message}${advice}`, isRefused: false };
}

interface SystemError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/**
 * Returns true for errors of a service, the network, the file system or this project; anything else is a fault of the program. Errors of
 * the AWS SDK have metadata, those of the system a code, missing credentials a name of their own.
 */
export function isOutsideError(error: unknown): error is Error {
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  return (
    error instanceof PipelineError ||
    '$metadata' in error ||
    typeof (error as NodeJS.ErrnoException).code === 'string' ||
    CREDENTIALS.test((error as Error).name) ||
    (error as Error).name === 'AggregateError' ||
    isMissingRegion(error as Error)
  );
}

/** Returns true if nothing answered at the address, so that the request had no effect. */
export function isUnreached(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(codeOf(error));
}

/** Returns the system's code. The SDK may wrap an error, and keeps its message only. */
function codeOf(error: unknown): string {
  const { code, message = '' } = Object(error) as Partial<SystemError>;
  if (typeof code === 'string') return code;
  return /^AWS SDK error wrapper for .*\b(E[A-Z_]{3,})\b/.exec(message)?.[1] ?? '';
}

/** The SDK throws a plain Error. */
function isMissingRegion({ message }: Error): boolean {
  return message === 'Region is missing';
}
