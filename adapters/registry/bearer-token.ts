/** A token from a registry's token service (distribution's "token authentication specification"). */
import * as z from 'zod';
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { Clock } from '../../core/ports';
import { whyNotAllowed } from '../http/allowed-address';
import type { HttpClient } from '../http/http-client';
import { UnusableReplyError } from '../http/http-error';
import { readJson } from '../http/read-body';
import { redactUrl } from '../http/redact-url';
import type { Challenge } from './auth-challenge';
import { basicAuthorization, type Credentials, IDENTITY_TOKEN_USER } from './credentials';

/** `until` is in ms since 1970, a little before the service will refuse the token. */
export interface BearerToken {
  readonly token: string;
  readonly until: number;
}

export type BearerChallenge = Extract<Challenge, { readonly scheme: 'bearer' }>;

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

export interface TokenRequest {
  readonly challenge: BearerChallenge;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The registry's own host and port, which the user named: the realm may lie there even if that is a private address. */
  readonly registryHost: string;
}

/** Fetches a token. Throws `UnusableReplyError` for a realm that must not be asked, `HttpError` for its refusal. */
export async function fetchBearerToken(
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
