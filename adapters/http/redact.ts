/** Removes the credentials of requests from texts that servers and libraries wrote: a server may repeat what it was sent. */
import { redact } from '../../core/text/redact';
import type { HttpRequest } from './http-request';

const REPLACEMENT = '***';

/** Shorter values are no secrets, and replacing them would garble words. */
const SHORTEST_SECRET = 4;

export interface Redactor {
  /** Remembers the credentials of the request: in its headers, its URL and its body. */
  learn(request: Pick<HttpRequest, 'headers' | 'secrets' | 'url'>): void;
  /** Returns the text without the secrets learnt so far, and without credentials in URLs. */
  redact(text: string): string;
}

/** Creates a redactor. It learns each credential before it is sent, so that no later error contains it. */
export function createRedactor(): Redactor {
  const known = new Set<string>();
  return {
    learn: ({ headers = {}, secrets = [], url }) => {
      const login = [url.password, decodeURIComponent(url.password)];
      for (const secret of [...secretsIn(headers), ...secrets, ...login]) {
        if (secret.length >= SHORTEST_SECRET) known.add(secret);
      }
    },
    redact: (text) => redact([...known].reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), text)),
  };
}

function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (!/^(?:authorization|cookie|proxy-authorization|private-token)$/i.test(name)) return [];
    const token = value.slice(value.indexOf(' ') + 1);
    if (!/^basic /i.test(value)) return [token];
    const login = Buffer.from(token, 'base64').toString('utf8');
    return [token, login.slice(login.indexOf(':') + 1)];
  });
}
