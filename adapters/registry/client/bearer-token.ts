/** Bearer tokens: the challenge by which a registry asks for one, and the token service that issues it. */
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { redactUrl } from '../../../core/text/redact';
import { type AddressRules, whyNotAllowed } from '../../http/allowed-address';
import type { HttpClient } from '../../http/http-client';
import { UnusableReplyError } from '../../http/http-error';
import { readJson } from '../../http/http-request';
import { basicAuthorization, type Credentials, IDENTITY_TOKEN_USER } from './credentials';

/** The proof of identity that a registry accepts. */
export type Challenge = { readonly scheme: 'basic' } | BearerChallenge;

export interface BearerChallenge {
  readonly scheme: 'bearer';
  readonly realm: string;
  readonly service?: string;
  readonly scope?: string;
}

/** Returns the challenge of a `WWW-Authenticate` header (RFC 9110 section 11.6.1): bearer first, then basic; undefined for any other. */
export function parseChallenge(header: string): Challenge | undefined {
  const challenges = splitChallenges(header);
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

const SCHEME = /^\s*([A-Za-z][A-Za-z0-9-]*)(?:\s+|(?=,)|$)/;

const PARAMETER = /^\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/;

/** The token that Negotiate and similar schemes have instead of parameters. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*\s*(?=,|$)/;

interface AnyChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** One header may contain several challenges, separated by the same comma as parameters. */
function splitChallenges(header: string): readonly AnyChallenge[] {
  const challenges: AnyChallenge[] = [];
  let rest = header;
  for (;;) {
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return challenges;
    rest = rest.slice(scheme[0].length);
    const parameters = new Map<string, string>();
    for (let found = PARAMETER.exec(rest); found !== null; found = PARAMETER.exec(rest)) {
      const [whole, name = '', quoted, plain] = found;
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
      rest = rest.slice(whole.length);
    }
    if (parameters.size === 0) rest = rest.replace(TOKEN, '');
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters });
    rest = rest.replace(/^[\s,]+/, '');
  }
}

/** `until` is in ms since 1970, a little before the token service ends the token. */
export interface BearerToken {
  readonly token: string;
  readonly until: number;
}

interface TokenRequest {
  readonly challenge: BearerChallenge;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The registry's host and port, which the user named: the realm may be there even if that is a private address. */
  readonly registryHost: string;
  /** Ms since 1970. */
  readonly now: number;
}

/** Services send one token field or both, and some send the others without a value. */
const TokenReply = z.object({
  token: z.string().min(1).optional().catch(undefined),
  access_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.number().positive().optional().catch(undefined),
});

/** The lifetime if the reply has none (distribution, "Token Authentication Specification"). */
const DEFAULT_SECONDS = 60;

const LARGEST_REPLY = 1024 * 1024;

const CLIENT = 'monorepo-image-pipeline';

/** Fetches a token. Throws `RegistryError` for a realm that must not be asked, `HttpError` if the service refuses. */
export async function fetchBearerToken(
  request: TokenRequest,
  http: HttpClient,
  rules: AddressRules,
): Promise<BearerToken> {
  const realm = parseRealm(request.challenge.realm, request.registryHost, rules);
  const isIdentity = request.credentials?.username === IDENTITY_TOKEN_USER;
  const call = isIdentity ? callByIdentityToken(realm, request) : callByPassword(realm, request);
  const reply = await http.exchange({ ...call, expect: [200] }, async (found) => {
    const parsed = TokenReply.safeParse(await readJson(found, LARGEST_REPLY));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (token === undefined) throw new UnusableReplyError('NO_TOKEN', 'the token service gave no token');
    return { token, seconds: parsed.data?.expires_in ?? DEFAULT_SECONDS };
  });
  const lifetime = reply.seconds * 1000;
  return { token: reply.token, until: request.now + lifetime - Math.min(10_000, lifetime / 4) };
}

function callByPassword(realm: URL, { challenge, scopes, credentials }: TokenRequest) {
  const url = new URL(realm);
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers: Record<string, string> =
    credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
  return { method: 'GET' as const, url, headers };
}

/** By OAuth2, the only way that takes an identity token. A repeated call gives a second token, which does no harm. */
function callByIdentityToken(url: URL, { challenge, scopes, credentials }: TokenRequest) {
  const refresh = credentials?.password ?? '';
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: CLIENT,
    service: challenge.service ?? '',
    scope: scopes.join(' '),
    refresh_token: refresh,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST' as const, url, headers, body: form.toString(), secrets: [refresh], repeatable: true };
}

function parseRealm(realm: string, registryHost: string, rules: AddressRules): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const problem = url === undefined ? 'it is not a URL' : whyNotAllowed(url, registryHost, rules);
  if (url !== undefined && problem === undefined) return url;
  const place = url === undefined ? '' : ` (${redactUrl(url)})`;
  throw new PipelineError(
    ERROR_NAMES.registry,
    `${registryHost} names a token service${place} that is not asked: ${problem}`,
  );
}
