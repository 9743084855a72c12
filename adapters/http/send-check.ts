/** Sends the requests of checks. Every reply is a result; only a request without a reply is unknown. */
import type { CheckAnswer, CheckSender } from '../../core/ports/rollout';
import type { CheckHeader, HttpCheck } from '../../core/settings/environment-schema';

/** Bytes of a body that are read. */
const LONGEST_BODY = 1024 * 1024;

/** Returns the value of a secret by its name or ARN. Throws an error without the value. */
export type ReadSecret = (secret: string) => Promise<string>;

/** Creates a sender. Headers from secrets are filled in here and appear nowhere else. */
export function createCheckSender(readSecret: ReadSecret): CheckSender {
  return { send: (check) => sendCheck(check, readSecret) };
}

async function sendCheck(check: HttpCheck, readSecret: ReadSecret): Promise<CheckAnswer> {
  try {
    const headers = await readHeaders(check.headers, readSecret);
    const signal = AbortSignal.timeout(check.seconds * 1000);
    const reply = await fetch(check.url, { method: check.method, headers, redirect: 'manual', signal });
    const body = await readBody(reply);
    return { kind: 'reply', status: reply.status, header: (name) => reply.headers.get(name), body };
  } catch (error) {
    if ((Object(error) as Partial<Error>).name === 'TimeoutError') return { kind: 'late' };
    return { kind: 'unreachable', why: reasonOf(error) };
  }
}

async function readHeaders(
  headers: Readonly<Record<string, CheckHeader>>,
  readSecret: ReadSecret,
): Promise<Record<string, string>> {
  const values = Object.entries(headers).map(async ([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    return [name, value.prefix + (await readSecret(value.fromSecret)).trim()] as const;
  });
  return Object.fromEntries(await Promise.all(values));
}

async function readBody({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, LONGEST_BODY).toString('utf8');
}

/** Returns the code of a failed connection, or the message of a secret that could not be read. A header's value is in neither. */
function reasonOf(error: unknown): string {
  const { name = 'Error', message = '', cause } = Object(error) as Partial<Error>;
  const { code } = Object(cause) as { readonly code?: unknown };
  if (typeof code === 'string') return `it cannot be reached: ${code}`;
  // Undici's own message can repeat a header that it refuses.
  return name === 'TypeError' ? 'it cannot be reached: the request was refused' : `${name}: ${message}`;
}
