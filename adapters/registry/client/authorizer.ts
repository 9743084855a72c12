/** Keeps what one registry wants to know about us: its challenge, our credentials, a token for every scope. */

import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import { whyNotAllowed } from '../../http/allowed-address';
import type { HttpClient } from '../../http/http-client';
import { UnusableReplyError } from '../../http/http-error';
import { readJson } from '../../http/http-request';
import { redactUrl } from '../../http/redact';
import { basicAuthorization, type CredentialSource, type Credentials, IDENTITY_TOKEN_USER } from './credentials';

interface AuthorizerOptions {
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

// The `WWW-Authenticate` header of a 401 (RFC 9110 section 11.6.1), as far as registries use it.

/** How a registry wants to be told who we are. */
type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const SCHEME = /^\s*([A-Za-z][A-Za-z0-9-]*)(?:\s+|(?=,)|$)/;

const PARAMETER = /^\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/;

/** What Negotiate and the like have in place of parameters. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*\s*(?=,|$)/;

/** The challenge to answer: bearer if it is offered, then basic; undefined if there is none that we know. */
export function parseChallenge(header: string): Challenge | undefined {
  const challenges = split(header);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer !== undefined) {
    const service = bearer.parameters.get('service');
    const scope = bearer.parameters.get('scope');
    return {
      scheme: 'bearer',
      realm: bearer.parameters.get('realm') ?? '',
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface Offer {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Several challenges may stand in one header, separated by the same comma as parameters are. */
function split(header: string): readonly Offer[] {
  const offers: Offer[] = [];
  let rest = header;
  for (;;) {
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return offers;
    rest = rest.slice(scheme[0].length);
    const parameters = new Map<string, string>();
    for (let found = PARAMETER.exec(rest); found !== null; found = PARAMETER.exec(rest)) {
      const [whole, name = '', quoted, plain] = found;
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
      rest = rest.slice(whole.length);
    }
    if (parameters.size === 0) rest = rest.replace(TOKEN, '');
    offers.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters });
    rest = rest.replace(/^[\s,]+/, '');
  }
}

// A token from a registry's token service (distribution's "token authentication specification").

/** `until` is in ms since 1970, a little before the service will refuse the token. */
interface BearerToken {
  readonly token: string;
  readonly until: number;
}

type BearerChallenge = Extract<Challenge, { readonly scheme: 'bearer' }>;

/** Services give one field or both, and some give the others without a value. */
const TokenReply = z.object({
  token: z.string().min(1).optional().catch(undefined),
  access_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.number().positive().optional().catch(undefined),
});

/** What the specification says if the reply does not. */
const DEFAULT_SECONDS = 60;

const LARGEST_REPLY = 1024 * 1024;

const CLIENT = 'monorepo-image-pipeline';

interface TokenRequest {
  readonly challenge: BearerChallenge;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The registry's own host and port, which the user named: the realm may lie there even if that is a private address. */
  readonly registryHost: string;
}

/** Fetches a token. Throws `UnusableReplyError` for a realm that must not be asked, `HttpError` for its refusal. */
async function fetchBearerToken(
  { challenge, scopes, credentials, registryHost }: TokenRequest,
  { http, clock, allowLoopback }: { readonly http: HttpClient; readonly clock: Clock; readonly allowLoopback: boolean },
): Promise<BearerToken> {
  const realm = parseRealm(challenge.realm, registryHost, allowLoopback);
  const asked = clock.now();
  const request =
    credentials?.username === IDENTITY_TOKEN_USER
      ? byIdentityToken(realm, challenge, scopes, credentials)
      : byPassword(realm, challenge, scopes, credentials);
  const reply = await http.exchange({ ...request, expect: [200] }, async (found) => {
    const parsed = TokenReply.safeParse(await readJson(found, LARGEST_REPLY));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (token === undefined) throw new UnusableReplyError('NO_TOKEN', 'the token service gave no token');
    return { token, seconds: parsed.data?.expires_in ?? DEFAULT_SECONDS };
  });
  const lifetime = reply.seconds * 1000;
  return { token: reply.token, until: asked + lifetime - Math.min(10_000, lifetime / 4) };
}

function byPassword(
  realm: URL,
  challenge: BearerChallenge,
  scopes: readonly string[],
  credentials: Credentials | undefined,
) {
  const url = new URL(realm);
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers: Record<string, string> =
    credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
  return { method: 'GET' as const, url, headers };
}

/** The OAuth2 way, the only one in which an identity token is taken. Asking twice gives two tokens, which does no harm. */
function byIdentityToken(url: URL, challenge: BearerChallenge, scopes: readonly string[], credentials: Credentials) {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: CLIENT,
    service: challenge.service ?? '',
    scope: scopes.join(' '),
    refresh_token: credentials.password,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return {
    method: 'POST' as const,
    url,
    headers,
    body: form.toString(),
    secrets: [credentials.password],
    repeatable: true,
  };
}

function parseRealm(realm: string, registryHost: string, allowLoopback: boolean): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const problem = url === undefined ? 'it is no URL' : whyNotAllowed(url, registryHost, allowLoopback);
  if (url !== undefined && problem === undefined) return url;
  throw new PipelineError(
    ERROR_NAMES.registry,
    `${registryHost} names a token service${url === undefined ? '' : ` (${redactUrl(url)})`} that is not asked: ${problem}`,
  );
}
