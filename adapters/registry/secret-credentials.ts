/** Registry credentials in AWS: the text of one secret, as an operator put it there. */
import * as z from 'zod';
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { CredentialSource } from './credentials';

const Pair = z.object({ username: z.string().min(1), password: z.string().min(1) });
const ByHost = z.record(z.string(), Pair);

/**
 * Credentials from JSON: `{"username", "password"}` for `host` only, or `{"<host>": {"username", "password"}}`. `read` gives the
 * secret's text, and is asked anew whenever a registry refuses what it gave before. Throws `RegistryError` for any other text.
 */
export function secretCredentials(read: () => Promise<string>, host: string): CredentialSource {
  return async (asked) => {
    const value = parse(await read());
    const pair = Pair.safeParse(value);
    // One password without a host belongs to the release registry and is shown to no other.
    if (pair.success) return asked === host ? pair.data : undefined;
    const byHost = ByHost.safeParse(value);
    if (byHost.success) return Object.hasOwn(byHost.data, asked) ? byHost.data[asked] : undefined;
    // Not the parser's message: it would quote the secret.
    throw new PipelineError(
      ERROR_NAMES.registry,
      'the registry secret must be {"username": "...", "password": "..."} or {"<host>": {"username": "...", "password": "..."}}; ' +
        'put its text anew',
    );
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
