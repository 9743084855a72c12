/** Takes the request's own credentials out of a text that a server or a library wrote. */

const MASK = '***';
/** Shorter values are no secrets, and masking them would garble words. */
const SHORTEST = 4;

/** The text without the `authorization` header's value, its token, and the user's password in it. */
export function maskSecrets(text: string, headers: Readonly<Record<string, string>>): string {
  return secretsIn(headers)
    .filter((secret) => secret.length >= SHORTEST)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (!/^(?:authorization|cookie|proxy-authorization|private-token)$/i.test(name)) return [];
    const token = value.slice(value.indexOf(' ') + 1);
    const password = /^basic /i.test(value)
      ? Buffer.from(token, 'base64').toString('utf8').split(':').slice(1).join(':')
      : '';
    return [token, password];
  });
}
