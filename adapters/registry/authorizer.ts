/** Keeps what one registry wants to know about us: its challenge, our credentials, a token for every scope. */
import type { Clock } from '../../core/ports';
import type { HttpClient } from '../http/http-client';
import { type Challenge, parseChallenge } from './auth-challenge';
import { type BearerChallenge, type BearerToken, fetchBearerToken } from './bearer-token';
import { basicAuthorization, type CredentialSource, type Credentials } from './credentials';

export interface AuthorizerOptions {
  /** The host as image names have it, by which credentials are found. */
  readonly host: string;
  /** Root of the registry's API. */
  readonly url: URL;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly credentials: CredentialSource;
  readonly allowLoopback: boolean;
}

export interface Authorizer {
  /** The header for the scopes, or undefined if the registry has not asked for one. May fetch a token. */
  header(scopes: readonly string[]): Promise<string | undefined>;
  /** Learns from a 401: forgets the token (or password) that was refused. False if there is nothing new to try. */
  learn(challenge: string | null, scopes: readonly string[], refused: string | undefined): boolean;
  /** What to tell a person whose request was refused for good. */
  hint(): Promise<string>;
}

/** A token on its way or here. */
interface Kept {
  readonly fetched: Promise<BearerToken>;
  token?: BearerToken;
}

/** An authorizer of one registry. Requests at the same time share one token request per scope. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const tokens = new Map<string, Kept>();
  /** Scopes as the registry spells them, where that is not how we do (registries behind an alias). */
  const spelled = new Map<string, readonly string[]>();
  let challenge: Challenge | undefined;
  let known: Promise<Credentials | undefined> | undefined;

  const credentials = () => {
    known ??= options.credentials(options.host);
    return known;
  };
  const fetchToken = async (asked: BearerChallenge, scopes: readonly string[]) => {
    const wanted = [...new Set([...scopes, ...(spelled.get(scopes.join(' ')) ?? [])])];
    const request = { challenge: asked, scopes: wanted, credentials: await credentials() };
    return fetchBearerToken({ ...request, registryHost: options.url.host }, options);
  };
  const token = async (asked: BearerChallenge, scopes: readonly string[]): Promise<string> => {
    const key = scopes.join(' ');
    const kept = tokens.get(key);
    if (kept !== undefined && (kept.token === undefined || options.clock.now() < kept.token.until)) {
      return (await kept.fetched).token;
    }
    const fresh: Kept = { fetched: fetchToken(asked, scopes) };
    tokens.set(key, fresh);
    try {
      fresh.token = await fresh.fetched;
      return fresh.token.token;
    } catch (error) {
      if (tokens.get(key) === fresh) tokens.delete(key);
      throw error;
    }
  };

  return {
    header: async (scopes) => {
      if (challenge?.scheme === 'bearer') return `Bearer ${await token(challenge, scopes)}`;
      if (challenge?.scheme !== 'basic') return undefined;
      const found = await credentials();
      return found === undefined ? undefined : basicAuthorization(found);
    },
    learn: (header, scopes, refused) => {
      const asked = header === null ? undefined : parseChallenge(header);
      if (asked === undefined) return false;
      const isFirst = challenge === undefined;
      const key = scopes.join(' ');
      challenge = asked;
      if (asked.scheme === 'bearer' && asked.scope !== undefined) spelled.set(key, asked.scope.split(' '));
      // Not if another request has renewed the token in the meantime.
      if (refused === `Bearer ${tokens.get(key)?.token?.token}`) tokens.delete(key);
      // A password may have been changed since it was read; a token service judges it anew with every token.
      if (refused !== undefined) known = undefined;
      return isFirst || refused !== undefined;
    },
    hint: async () => {
      const found = await credentials().catch(() => undefined);
      return found === undefined
        ? `there are no credentials for ${options.host}; log in, or check the registry secret`
        : `the credentials of ${found.username} for ${options.host} do not allow it; check them and their permissions`;
    },
  };
}
