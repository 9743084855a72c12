/** What a server says about its own error, from any of the shapes that registries, token services and git hosts use. */
import type { HttpReply } from './http-request';
import { readAtMost } from './read-body';

/** More of an error body is not read, so that a huge one costs nothing. */
const LARGEST_BODY = 64 * 1024;
const LONGEST_MESSAGE = 300;

export interface ServerMessage {
  readonly code?: string;
  readonly message: string;
}

/** Reads at most 64 KiB of the body. Never throws: a body that breaks off is described like any other. */
export async function readServerMessage(reply: HttpReply): Promise<ServerMessage> {
  const { bytes } = await readAtMost(reply, LARGEST_BODY).catch(() => ({ bytes: Buffer.alloc(0) }));
  return describeErrorBody(reply.headers.get('content-type') ?? '', bytes.toString('utf8'));
}

/** The server's code and message; says so if the body is no JSON, without repeating it. */
export function describeErrorBody(contentType: string, text: string): ServerMessage {
  if (text.trim() === '') return { message: 'the server gave no reason' };
  try {
    return fromJson(JSON.parse(text));
  } catch {
    const isHtml = /html/i.test(contentType) || /^\s*</.test(text);
    return { message: `the server answered with ${isHtml ? 'an HTML page' : 'text'} instead of JSON` };
  }
}

/** `{errors: [{code, message}]}` (registries), `{message}` (git hosts), `{details}` and `{error}` (token services). */
function fromJson(body: unknown): ServerMessage {
  if (!isRecord(body)) return { message: 'the server gave no reason' };
  const first = Array.isArray(body.errors) ? (body.errors as readonly unknown[])[0] : undefined;
  const source = isRecord(first) ? first : body;
  const words = [source.message, source.error_description, source.details, source.error];
  const message = words.find((word) => typeof word === 'string' && word !== '');
  return {
    ...(typeof source.code === 'string' ? { code: oneLine(source.code).slice(0, 60) } : {}),
    message: typeof message === 'string' ? oneLine(message).slice(0, LONGEST_MESSAGE) : 'the server gave no reason',
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}
