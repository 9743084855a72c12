/** The `Link` header of a reply that is not the last page (RFC 8288; distribution-spec, "Listing Tags"). */
import { UnusableReplyError } from '../http/http-error';
import type { HttpReply } from '../http/http-request';

/** Path and query of the next page below `/v2/`, or undefined. Throws `UnusableReplyError` if it lies anywhere else. */
export function nextPage(reply: HttpReply): string | undefined {
  const header = reply.headers.get('link') ?? '';
  const link = [...header.matchAll(/<([^>]*)>((?:\s*;\s*[^,<]*)?)/g)].find(([, , parameters]) =>
    /;\s*rel\s*=\s*"?next"?\s*(?:;|$)/i.test(parameters ?? ''),
  );
  const target = link?.[1];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, reply.url.href) ? new URL(target, reply.url) : undefined;
  if (url === undefined || url.origin !== reply.url.origin || !url.pathname.startsWith('/v2/')) {
    throw new UnusableReplyError('LINK', 'the registry names a next page that is not its own');
  }
  return `${url.pathname.slice('/v2/'.length)}${url.search}`;
}
