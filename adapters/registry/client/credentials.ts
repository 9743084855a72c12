/** Who we are to a registry. Sources lie beside this file, one for each place where credentials are kept. */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';

/** A user name `<token>` says that the password is an identity token, as `docker-credential-*` helpers do. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Credentials for a registry host (`docker.io`, `127.0.0.1:5000`), or undefined to be anonymous. */
export type CredentialSource = (host: string) => Promise<Credentials | undefined>;

export const IDENTITY_TOKEN_USER = '<token>';

/** Everywhere anonymous. */
export const noCredentials: CredentialSource = () => Promise.resolve(undefined);

/** The first source that knows the host. */
export function firstOf(...sources: readonly CredentialSource[]): CredentialSource {
  return async (host) => {
    for (const source of sources) {
      const found = await source(host);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** The value of an `Authorization` header that says who we are. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

// Registry credentials in AWS: the text of one secret, as an operator put it there.

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
