/** Puts TLS in front of a server on loopback. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { type LoopbackServer, listen } from '../http/listen';
import type { PrivateAuthority } from './private-authority';

/** Starts it with the server's certificate of an authority. `target` is the origin of the server behind it. */
export async function startTlsFront(
  { certificate, key }: Pick<PrivateAuthority, 'certificate' | 'key'>,
  target: string,
  address = '127.0.0.1',
): Promise<LoopbackServer> {
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (from, to) => {
    // A registry makes the addresses of its uploads from it.
    const headers = { ...from.headers, 'x-forwarded-proto': 'https' };
    const sent = request(`${target}${from.url}`, { method: from.method ?? 'GET', headers }, (reply) => {
      to.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(to);
    });
    sent.once('error', () => to.destroy());
    from.pipe(sent);
  });
  return listen(server, address);
}
