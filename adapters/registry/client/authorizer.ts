/** Authorizes the requests to one registry: remembers its challenge, the credentials and the tokens for each scope. */
import type { Clock } from '../../../core/ports/store';
import type { AddressRules } from '../../http/allowed-address';
import type { HttpClient } from '../../http/http-client';
import { HttpError } from '../../http/http-error';
import {
  type BearerChallenge,
  type BearerToken,
  type Challenge,
  fetchBearerToken,
  parseChallenge,
} from './bearer-token';
import { basicAuthorization, type CredentialSource, type Credentials } from './credentials';
import { expectedLogin, pushMakesRepository } from './known-registries';

/** Returns the scope that allows to read the repository (distribution, "Token Scope Documentation"). */
export function pull(repository: string): string {
  return `repository:${repository}:pull`;
}

/** Returns the scope that allows to read and write the repository. */
export function push(repository: string): string {
  return `repository:${repository}:pull,push`;
}

interface AuthorizerOptions extends AddressRules {
  /** The host as in image names, by which credentials are found. */
  readonly host: string;
  /** The host and port of the registry's API. */
  readonly registryHost: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly credentials: CredentialSource;
  /** True for repositories that will be written to: their first token allows that, too, so that none has to be fetched for it. */
  readonly isWritten: (repository: string) => boolean;
}

export interface Authorizer {
  /** Returns the header for the scopes, or undefined if the registry has not asked for one. May fetch a token. */
  header(scopes: readonly string[]): Promise<string | undefined>;
  /** Learns from a 401: forgets the token or password that was refused. False if there is nothing new to try. */
  learn(challenge: string | null, scopes: readonly string[], refused: string | undefined): boolean;
  /** Returns what to tell a person whose request was refused for good. */
  hint(scopes: readonly string[]): Promise<string>;
}

/** A token, and the scopes that were asked for with it. */
interface ScopedToken extends BearerToken {
  readonly scopes: readonly string[];
}

/** A token that is being fetched, or was. */
interface CachedToken {
  readonly fetched: Promise<ScopedToken>;
  token?: ScopedToken;
}

/** Creates the authorizer of one registry. Concurrent requests share one token request per scope. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const tokens = new Map<string, CachedToken>();
  const credentials = new Map<string | undefined, Promise<Credentials | undefined>>();
  /** Scopes as the registry spells them, where that differs (registries behind an alias). */
  const spelled = new Map<string, readonly string[]>();
  /** Scopes whose token with the right to write was refused. */
  const readOnly = new Set<string>();
  let challenge: Challenge | undefined;

  const credentialsFor = (scopes: readonly string[]) => {
    const repository = repositoryOf(scopes[0]);
    const known = credentials.get(repository) ?? options.credentials(options.host, repository);
    credentials.set(repository, known);
    known.catch(() => credentials.delete(repository));
    return known;
  };

  const widen = (scope: string) => {
    const repository = repositoryOf(scope);
    return repository !== undefined && options.isWritten(repository) ? push(repository) : scope;
  };

  const adviceFor = (found: Credentials | undefined) => {
    const expected = challenge?.scheme === 'bearer' ? expectedLogin(challenge) : undefined;
    const advice =
      found === undefined
        ? `there are no credentials for ${options.host}; log in, or check the registry secret`
        : `the credentials of ${found.username} for ${options.host} do not allow it; check them and their permissions`;
    return expected === undefined ? advice : `${advice}; ${expected}`;
  };

  const fetchToken = async (asked: BearerChallenge, scopes: readonly string[]): Promise<ScopedToken> => {
    const found = await credentialsFor(scopes);
    const send = async (wanted: readonly string[]) => {
      const all = [...new Set([...wanted, ...(spelled.get(keyOf(scopes)) ?? [])])];
      const request = { challenge: asked, scopes: all, credentials: found, now: options.clock.now() };
      const sent = fetchBearerToken({ ...request, registryHost: options.registryHost }, options.http, options);
      const token = await sent.catch((error: unknown) => {
        throw isRefusal(error) ? error.withAdvice(adviceFor(found)) : error;
      });
      return { ...token, scopes: wanted };
    };
    const isNarrow = found === undefined || readOnly.has(keyOf(scopes)) || pushMakesRepository(asked);
    const widened = isNarrow ? scopes : scopes.map(widen);
    try {
      return await send(widened);
    } catch (error) {
      // Some services refuse a token that allows more than the user may do.
      if (!isRefusal(error) || keyOf(widened) === keyOf(scopes)) throw error;
      readOnly.add(keyOf(scopes));
      return send(scopes);
    }
  };

  const tokenFor = async (asked: BearerChallenge, scopes: readonly string[]): Promise<string> => {
    const isValid = ({ token }: CachedToken) => token !== undefined && options.clock.now() < token.until;
    const valid = [...tokens.values()].find((each) => isValid(each) && covers(each.token?.scopes ?? [], scopes));
    if (valid?.token !== undefined) return valid.token.token;
    const key = keyOf(scopes);
    const pending = tokens.get(key);
    if (pending !== undefined && pending.token === undefined) return (await pending.fetched).token;
    const fresh: CachedToken = { fetched: fetchToken(asked, scopes) };
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
      if (challenge?.scheme === 'bearer') return `Bearer ${await tokenFor(challenge, scopes)}`;
      if (challenge?.scheme !== 'basic') return undefined;
      const found = await credentialsFor(scopes);
      return found === undefined ? undefined : basicAuthorization(found);
    },
    learn: (header, scopes, refused) => {
      const asked = header === null ? undefined : parseChallenge(header);
      if (asked === undefined) return false;
      const isFirst = challenge === undefined;
      // Harbor answers with a basic challenge to a token that does not suffice. Its token service is still the way to another one.
      if (challenge?.scheme !== 'bearer' || asked.scheme === 'bearer') challenge = asked;
      // Without scopes, the one of the challenge is a placeholder: GHCR's `repository:user/image:pull` would be refused.
      if (scopes.length > 0 && asked.scheme === 'bearer' && asked.scope !== undefined)
        spelled.set(keyOf(scopes), asked.scope.split(' '));
      // Another request may have renewed the token in the meantime; that one stays.
      for (const [key, { token }] of tokens) {
        if (refused !== `Bearer ${token?.token}`) continue;
        tokens.delete(key);
        if (keyOf(token?.scopes ?? []) !== keyOf(scopes)) readOnly.add(keyOf(scopes));
      }
      // A password may have changed since it was read. A token service checks it for every token.
      if (refused !== undefined) credentials.clear();
      return isFirst || refused !== undefined;
    },
    hint: async (scopes) => adviceFor(await credentialsFor(scopes).catch(() => undefined)),
  };
}

function isRefusal(error: unknown): error is HttpError {
  return error instanceof HttpError && (error.status === 401 || error.status === 403);
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ');
}

function repositoryOf(scope: string | undefined): string | undefined {
  return /^repository:(.+):[^:]*$/.exec(scope ?? '')?.[1];
}

/** True if a token for the scopes of `held` allows all that `wanted` needs. */
function covers(held: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((scope) => held.some((each) => each === scope || each === `${scope},push`));
}
