/** Replies that are made without a server, for functions that only read them. */
import { Readable } from 'node:stream';
import type { HttpReply } from '../../../adapters/http/http-request';

/** Returns a reply. The names of `headers` are in lower case. */
export function madeReply(
  status: number,
  body: Readable | string | Buffer = '',
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return {
    status,
    url: new URL('https://registry.example/'),
    headers: { get: (name) => headers[name] ?? null, has: (name) => name in headers },
    body: body instanceof Readable ? body : Readable.from([Buffer.from(body)]),
  };
}
