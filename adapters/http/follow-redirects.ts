/** Redirects, followed only to where they may lead. */
import { whyNotAllowed } from './allowed-address';
import { UnusableReplyError } from './http-error';
import type { HttpReply, HttpRequest } from './http-request';
import { discardBody } from './read-body';
import { redactUrl } from './redact-url';
import { type Agents, sendRequest } from './send-request';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
const CREDENTIALS = /^(?:authorization|cookie|private-token)$/i;

/**
 * The reply that is no redirect. Only GET and HEAD are followed. Credentials go to no other host, port or protocol than the
 * request's. Throws `UnusableReplyError` for a redirect that must not be followed, and whatever `sendRequest` throws.
 */
export async function follow(
  request: HttpRequest,
  timeout: number,
  agents: Agents,
  allowLoopback: boolean,
): Promise<HttpReply> {
  let current = request;
  for (let redirects = 0; ; redirects += 1) {
    const reply = await sendRequest(current, timeout, agents);
    const location = reply.headers.get('location');
    if (!REDIRECTS.has(reply.status) || request.expect.includes(reply.status) || location === null) return reply;
    discardBody(reply);
    const next = target(location, current.url);
    const problem = whyRefused(request, next, redirects, allowLoopback);
    if (problem !== undefined)
      throw new UnusableReplyError('REDIRECT', `a redirect to ${redactUrl(next)} is not followed: ${problem}`);
    const headers = current.headers ?? {};
    current = {
      ...current,
      url: next,
      headers: next.origin === current.url.origin ? headers : withoutCredentials(headers),
    };
  }
}

function whyRefused(request: HttpRequest, next: URL, redirects: number, allowLoopback: boolean): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'only reads are redirected';
  if (redirects >= MOST_REDIRECTS) return `it is the ${redirects + 1}th in a row`;
  return whyNotAllowed(next, request.url.host, allowLoopback);
}

function target(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch {
    throw new UnusableReplyError('REDIRECT', 'the server redirects to something that is no URL');
  }
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.test(name)));
}
