/** Tokens of a GitHub App's installation. They are created when needed, for one repository, and are valid for an hour. */

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import type { Clock } from '../../../core/ports/store';
import { trimSlashes } from '../../../core/text/clean-path';
import { isLoopback } from '../../http/allowed-address';
import { createHttpClient } from '../../http/http-client';
import { readJson } from '../../http/http-request';
import { checkReply } from '../checked-reply';

export interface GitHubAppOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly appId: number;
  readonly installationId: number;
  /** `owner/name`: the only repository of the tokens. */
  readonly repository: string;
  /** The permissions of the tokens. GitHub refuses what the App was not granted. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** The App's private key in PEM form, as downloaded from GitHub. */
  readonly privateKey: () => Promise<string>;
  readonly clock: Clock;
}

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app: at most 10 minutes, 60 s back in time. */
const JWT_BACK = 60;
const JWT_AHEAD = 9 * 60;
/** A token is renewed this long before it expires, in ms, so that it cannot expire during a request. */
const MARGIN = 5 * 60 * 1000;
const LARGEST_JSON = 1024 * 1024;
const Token = z.object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) });

interface Installed {
  readonly token: string;
  /** ms since 1970. */
  readonly until: number;
}

/**
 * Returns a function that returns a token which is valid for at least 5 more minutes. Simultaneous calls share one request. It throws
 * `GitHostError`, never with the key or a token in it.
 */
export function createGitHubAppToken(options: GitHubAppOptions): () => Promise<string> {
  const { clock } = options;
  const exchange = createExchange(options);
  let current: Installed | undefined;
  let requested: Promise<Installed> | undefined;
  return async () => {
    if (current !== undefined && clock.now() < current.until) return current.token;
    requested ??= exchange().finally(() => {
      requested = undefined;
    });
    current = await requested;
    return current.token;
  };
}

function createExchange(options: GitHubAppOptions): () => Promise<Installed> {
  const { apiUrl, appId, installationId, repository, permissions, privateKey, clock } = options;
  const base = trimSlashes(apiUrl);
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
      // An additional token is harmless, because it expires.
      repeatable: true,
    } as const;
    const body = await http.exchange(request, (reply) => readJson(reply, LARGEST_JSON));
    const { token, expires_at } = checkReply(Token, body, 'the GitHub App gave no token');
    return { token, until: Date.parse(expires_at) - MARGIN };
  };
}

/** Returns the App's own token (RFC 7519, RS256). `now` is in ms since 1970. */
function signAppJwt(appId: number, key: KeyObject, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - JWT_BACK, exp: seconds + JWT_AHEAD, iss: String(appId) };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => base64Url(JSON.stringify(part))).join('.');
  return `${text}.${base64Url(sign('sha256', Buffer.from(text), key))}`;
}

function base64Url(data: string | Buffer): string {
  return Buffer.from(data).toString('base64url');
}

/** The error has no cause, which might contain a part of the key. */
function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // The error below covers both cases.
  }
  const message =
    "the git secret is not an RSA private key in PEM form; put the .pem file of the GitHub App into it, with --secret-string file://APP.pem, or remove 'app' from the settings to use a token";
  throw new PipelineError(ERROR_NAMES.gitHost, message);
}
