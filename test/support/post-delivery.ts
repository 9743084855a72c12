/** Posts one delivery as git hosts do: over a connection of its own, so that none breaks because an idle one was just closed. */
import { request } from 'node:http';

/** The status of the answer. */
export function postDelivery(
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<number> {
  return new Promise((fulfil, reject) => {
    const posted = request(url, { method: 'POST', headers, agent: false }, (reply) => {
      reply.resume();
      reply.on('end', () => fulfil(reply.statusCode ?? 0));
      reply.on('error', reject);
    });
    posted.on('error', reject);
    posted.end(body);
  });
}
