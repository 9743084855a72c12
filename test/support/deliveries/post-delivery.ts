/** Posts one delivery over its own connection, because an idle one may just have been closed. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface DeliveryAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts the delivery. Returns the status and body of the reply. */
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
