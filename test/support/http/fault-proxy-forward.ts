/** Forwards a request to the server behind with the same path, headers (`Host` included) and body. */
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** The upstream's reply, its body not read yet. Rejects if the upstream breaks off. */
export function forward(request: IncomingMessage, upstream: URL): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = request;
    const { hostname, port } = upstream;
    const outgoing = send({ hostname, port, method, path: url, headers, agent: false }, resolve);
    outgoing.on('error', reject);
    pipeline(request, outgoing).catch(reject);
  });
}

/** Headers of a reply that may be sent on: not those that belong to one connection. */
export function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    ([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name),
  );
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
