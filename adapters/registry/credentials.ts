/** Who we are to a registry. Sources lie beside this file, one for each place where credentials are kept. */

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
