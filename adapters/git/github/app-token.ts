/** Tokens of a GitHub App's installation: made when needed, for one repository, valid for an hour. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import { readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';

export interface GitHubAppOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly appId: number;
  readonly installationId: number;
  /** `owner/name`: the only repository that the tokens are for. */
  readonly repository: string;
  /** What the tokens may do; the App must have been granted it, or GitHub gives none. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** The App's private key, PEM, as GitHub gave it for download. */
  readonly privateKey: () => Promise<string>;
  readonly clock: Clock;
}

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app: at most 10 minutes, 60 s back in time. */
const JWT_BACK = 60;
const JWT_AHEAD = 9 * 60;
/** A token is given up so long before it expires, in ms: no request may begin with one that ends on its way. */
const MARGIN = 5 * 60 * 1000;
const LARGEST_JSON = 1024 * 1024;
const Token = z.object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) });

interface Installed {
  readonly token: string;
  /** ms since 1970. */
  readonly until: number;
}

/**
 * A function that gives a token that is good for 5 more minutes at least. Those who ask at the same time share one request. Throws
 * `GitHostError`, never with key or token in it.
 */
export function createGitHubAppToken(options: GitHubAppOptions): () => Promise<string> {
  const { clock } = options;
  const exchange = createExchange(options);
  let kept: Installed | undefined;
  let asked: Promise<Installed> | undefined;
  return async () => {
    if (kept !== undefined && clock.now() < kept.until) return kept.token;
    asked ??= exchange().finally(() => {
      asked = undefined;
    });
    kept = await asked;
    return kept.token;
  };
}

function createExchange(options: GitHubAppOptions): () => Promise<Installed> {
  const { apiUrl, appId, installationId, repository, permissions, privateKey, clock } = options;
  const base = apiUrl.replace(/\/+$/, '');
  const allowLoopback = isLoopback(new URL(base).hostname);
  const http = createHttpClient({ errorName: ERROR_NAMES.gitHost, clock, random: Math.random, allowLoopback });
  const url = new URL(`${base}/app/installations/${installationId}/access_tokens`);
  return async () => {
    const jwt = signAppJwt(appId, readKey(await privateKey()), clock.now());
    const request = {
      method: 'POST',
      url,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${jwt}`,
        'content-type': 'application/json',
        'user-agent': 'image-pipeline',
        'x-github-api-version': '2022-11-28',
      },
      body: JSON.stringify({ repositories: [repository.split('/')[1]], permissions }),
      expect: [201],
      // A token too many does no harm: it expires.
      repeatable: true,
    } as const;
    const body = await http.exchange(request, (reply) => readJson(reply, LARGEST_JSON));
    const { token, expires_at } = checkReply(Token, body, 'no token of the GitHub App can be had');
    return { token, until: Date.parse(expires_at) - MARGIN };
  };
}

/** The App's own token (RFC 7519, RS256). `now` is in ms since 1970. */
function signAppJwt(appId: number, key: KeyObject, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - JWT_BACK, exp: seconds + JWT_AHEAD, iss: String(appId) };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => base64Url(JSON.stringify(part))).join('.');
  return `${text}.${base64Url(sign('sha256', Buffer.from(text), key))}`;
}

function base64Url(data: string | Buffer): string {
  return Buffer.from(data).toString('base64url');
}

/** The cause is left out: it might show a part of what was taken for a key. */
function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below, for both.
  }
  const message =
    "the git secret holds no RSA private key in PEM form; put the .pem file of the GitHub App into it, with --secret-string file://APP.pem, or take 'app' out of the settings to use a token";
  throw new PipelineError(ERROR_NAMES.gitHost, message);
}
