/** Sends one request and follows redirects by hand, because `fetch` would follow them anywhere. */
import { whyNotAllowed } from './allowed-address';
import { UnusableReplyError } from './http-error';
import type { HttpBody, HttpRequest } from './http-request';
import { discardBody } from './read-body';
import { redactUrl } from './redact-url';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
const CREDENTIALS = /^(?:authorization|cookie|private-token)$/i;

/**
 * The reply that is no redirect. Only GET and HEAD are followed. Credentials go to no other host, port or protocol than the
 * request's. Throws `UnusableReplyError` for a redirect that must not be followed, and whatever `fetch` throws.
 */
export async function follow(
  request: HttpRequest,
  signal: AbortSignal | undefined,
  allowLoopback: boolean,
): Promise<Response> {
  let url = request.url;
  let headers = request.headers ?? {};
  for (let redirects = 0; ; redirects += 1) {
    const reply = await fetch(url, {
      method: request.method,
      headers,
      redirect: 'manual',
      ...(signal === undefined ? {} : { signal }),
      ...(await bodyOf(request.body)),
    });
    const location = reply.headers.get('location');
    if (!REDIRECTS.has(reply.status) || request.expect.includes(reply.status) || location === null) return reply;
    await discardBody(reply);
    const next = target(location, url);
    const problem = whyRefused(request, next, redirects, allowLoopback);
    if (problem !== undefined)
      throw new UnusableReplyError('REDIRECT', `a redirect to ${redactUrl(next)} is not followed: ${problem}`);
    if (next.origin !== url.origin) headers = withoutCredentials(headers);
    url = next;
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

async function bodyOf(body: HttpBody | undefined): Promise<RequestInit> {
  if (body === undefined) return {};
  return typeof body === 'function' ? { body: await body(), duplex: 'half' } : { body };
}
