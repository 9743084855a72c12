/** Credentials for registries, and the simple sources of them. `keychain.ts` reads the logins of this machine. */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { canonicalHost } from '../../../core/image/reference';
import { trimSlashes } from '../../../core/text/clean-path';
import { parseJson } from '../../../core/text/json';

/** The user name `<token>` marks the password as an identity token, as `docker-credential-*` helpers do. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Returns the login for a host (`docker.io`, `127.0.0.1:5000`) and a repository on it, or for the whole host; undefined for anonymous access. */
export type CredentialSource = (host: string, repository?: string) => Promise<Credentials | undefined>;

export const IDENTITY_TOKEN_USER = '<token>';

/** Anonymous everywhere. */
export const noCredentials: CredentialSource = () => Promise.resolve(undefined);

/** Returns the first credentials that the sources have, in their order. */
export function firstOf(...sources: readonly CredentialSource[]): CredentialSource {
  return async (host, repository) => {
    for (const source of sources) {
      const found = await source(host, repository);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Returns the value of an `Authorization` header with the credentials. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/**
 * Returns the host, or host and namespace, that a key of logins stands for: `host`, `host/team`, `https://host/v2/`. All names of Docker
 * Hub stand for `docker.io`, also the one that `docker login` stores, `https://index.docker.io/v1/`.
 */
export function nameOf(key: string): string {
  const name = /^https?:\/\//i.test(key) ? key.replace(/^https?:\/\//i, '').replace(/\/v[12](?=\/?$)/, '') : key;
  const [host = '', ...path] = trimSlashes(name).split('/');
  return [canonicalHost(host), ...path].join('/');
}

const Pair = z.object({ username: z.string().min(1), password: z.string().min(1) });

const ByHost = z.record(z.string(), Pair);

/**
 * Reads credentials from a secret in AWS, the JSON that an operator put there: `{"username", "password"}` for `host` only, or
 * `{"<host>": {"username", "password"}}`. `read` returns the secret's text; it is called again whenever a registry refuses the earlier
 * credentials. Throws `RegistryError` for any other text.
 */
export function secretCredentials(read: () => Promise<string>, host: string): CredentialSource {
  return async (asked) => {
    const value = parseJson(await read());
    const wanted = canonicalHost(asked);
    const pair = Pair.safeParse(value);
    // A password without a host belongs to the release registry and is sent to no other.
    if (pair.success) return wanted === canonicalHost(host) ? pair.data : undefined;
    const byHost = ByHost.safeParse(value);
    if (byHost.success) return Object.entries(byHost.data).find(([key]) => nameOf(key) === wanted)?.[1];
    // The parser's own message would quote the secret.
    throw new PipelineError(
      ERROR_NAMES.registry,
      'the registry secret must be {"username": "...", "password": "..."} or {"<host>": {"username": "...", "password": "..."}}; ' +
        'replace its text. A password is text: encode a JSON key in base64, with the user name _json_key_base64',
    );
  };
}
