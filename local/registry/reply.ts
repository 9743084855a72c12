/** Requests and replies of the embedded registry. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DiskLayout } from './disk-layout';

/** One request as handlers see it. `isImmutable` tells which tags must not be overwritten. */
export interface Call {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly layout: DiskLayout;
  readonly isImmutable: (repository: string, tag: string) => boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | (() => Readable);
  /** The manifest or blob that the request wrote or read, for the log. */
  readonly digest?: string;
}

/** Returns a reply with a JSON body. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length), ...headers },
    body,
  };
}

/** Returns the specification's error document for anything thrown. All but `ReplyError` are faults of the registry, a 500. */
export function errorReply(error: unknown): Reply {
  const known = error instanceof ReplyError ? error : new ReplyError(500, 'UNKNOWN', reason(error));
  return json(known.status, { errors: [{ code: known.code, message: known.message }] }, known.headers);
}

/** Returns a 405 with the methods that are allowed. */
export function notAllowed(...methods: readonly string[]): ReplyError {
  return new ReplyError(405, 'UNSUPPORTED', `allowed here: ${methods.join(', ')}`, { allow: methods.join(', ') });
}

/** Writes the reply; a HEAD gets its headers only. */
export async function writeReply(response: ServerResponse, method: string, reply: Reply): Promise<void> {
  response.writeHead(reply.status, { 'docker-distribution-api-version': 'registry/2.0', ...reply.headers });
  if (method === 'HEAD' || reply.body === undefined) response.end();
  else if (Buffer.isBuffer(reply.body)) response.end(reply.body);
  else await pipeline(reply.body(), response);
}

/** The system's code of a full disk and the like. Its message would show paths. */
function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'the registry failed';
}

/** Codes of the distribution specification ("Error Codes"). */
type RegistryErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'UNSUPPORTED'
  | 'UNKNOWN';

/** Ends a request with a status and a code. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly status: number;
  readonly code: RegistryErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: RegistryErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
