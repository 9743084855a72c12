/** Takes credentials out of texts that servers and libraries wrote: a server may repeat what it was sent. */

const MASK = '***';

/** Shorter values are no secrets, and masking them would garble words. */
const SHORTEST = 4;

export interface SecretMask {
  /** Remembers the credentials among the headers, and other texts that are secret. */
  learn(headers: Readonly<Record<string, string>>, secrets?: readonly string[]): void;
  /** The text without anything that was learnt. */
  mask(text: string): string;
}

/** A mask that knows nothing yet. It learns each credential when it is used, so that no later error can hold it. */
export function createSecretMask(): SecretMask {
  const known = new Set<string>();
  return {
    learn: (headers, secrets = []) => {
      for (const secret of [...secretsIn(headers), ...secrets]) if (secret.length >= SHORTEST) known.add(secret);
    },
    mask: (text) => [...known].reduce((masked, secret) => masked.replaceAll(secret, MASK), text),
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

// URLs fit to be printed: no user, no password, no signature.

/** Query parameters whose values are worth reading in an error and never secret. */
const PRINTED = new Set(['service', 'scope', 'n', 'last', 'mount', 'from', 'digest', 'page', 'per_page', 'ref']);

/** The URL without credentials and fragment; values of unknown query parameters become `REDACTED`. */
export function redactUrl(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  for (const name of new Set(copy.searchParams.keys())) {
    if (!PRINTED.has(name.toLowerCase())) copy.searchParams.set(name, 'REDACTED');
  }
  return copy.href;
}
