/** Tokens of a GitHub App's installation. They are created when needed, for one repository, and are valid for an hour. */

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { trimSlashes } from '../../../core/text/clean-path';
import { createGitRest, createHostHttp, type HostOptions, json } from '../rest';
import { HEADERS, JSON_TYPE } from './api';

/** The tokens are for the one repository. */
export interface GitHubAppOptions extends Omit<HostOptions, 'token'> {
  readonly appId: number;
  readonly installationId: number;
  /** The permissions of the tokens. GitHub refuses what the App was not granted. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** The App's private key in PEM form, as downloaded from GitHub. */
  readonly privateKey: () => Promise<string>;
}

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app: at most 10 minutes, 60 s back in time. */
const JWT_BACK = 60;
const JWT_AHEAD = 9 * 60;
/** A token is renewed this long before it expires, in ms, so that it cannot expire during a request. */
const MARGIN = 5 * 60 * 1000;
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
  const base = `${trimSlashes(apiUrl)}/app/installations/${installationId}`;
  const authorization = async () => `Bearer ${signAppJwt(appId, readKey(await privateKey()), clock.now())}`;
  const send = createGitRest({ base, authorization, headers: HEADERS, http: createHostHttp(apiUrl, clock) });
  return async () => {
    const { token, expires_at } = await send({
      method: 'POST',
      path: '/access_tokens',
      accept: JSON_TYPE,
      body: { repositories: [repository.split('/')[1]], permissions },
      expect: [201],
      // An additional token is harmless, because it expires.
      repeatable: true,
      read: json(Token, 'the GitHub App gave no token'),
    });
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
