/** Posts one delivery as git hosts do: over a connection of its own, so that none breaks because an idle one was just closed. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface DeliveryAnswer {
  readonly status: number;
  readonly body: string;
}

export function postDelivery(
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<DeliveryAnswer> {
  return new Promise((fulfil, reject) => {
    const posted = request(url, { method: 'POST', headers, agent: false }, (reply) => {
      text(reply).then((answer) => fulfil({ status: reply.statusCode ?? 0, body: answer }), reject);
    });
    posted.on('error', reject);
    posted.end(body);
  });
}
