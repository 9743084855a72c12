/** From a request's path to what it is about. Whatever does not pass the grammar never comes near the disk. */
import { isRepository } from '../../core/image/grammar';
import { ReplyError } from './registry-error';

/** What a path names. References, digests and upload ids are checked by those who use them. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly subject: string };

/** Reads the path, still percent-encoded and without query. Throws `NAME_INVALID`, or 404 for what is no registry's path. */
export function parseRoute(path: string): Route {
  const decoded = decode(path);
  if (decoded === '/v2' || decoded === '/v2/') return { kind: 'base' };
  if (decoded === '/v2/_catalog') return { kind: 'catalog' };
  const found = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|referrers|tags)\/([^/]*)$/.exec(decoded);
  const [, repository = '', kind, last = ''] = found ?? [];
  const route = found === null ? undefined : routeOf(repository, kind, last);
  if (route === undefined) throw new ReplyError(404, 'UNSUPPORTED', 'there is nothing at this path');
  if (!isRepository(repository))
    throw new ReplyError(400, 'NAME_INVALID', 'the repository name is against the grammar');
  return route;
}

function routeOf(repository: string, kind: string | undefined, last: string): Route | undefined {
  switch (kind) {
    case 'manifests':
      return { kind: 'manifest', repository, reference: last };
    case 'blobs/uploads':
      return last === '' ? { kind: 'uploads', repository } : { kind: 'upload', repository, id: last };
    case 'blobs':
      return { kind: 'blob', repository, digest: last };
    case 'referrers':
      return { kind: 'referrers', repository, subject: last };
    case 'tags':
      return last === 'list' ? { kind: 'tags', repository } : undefined;
    default:
      return undefined;
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ReplyError(400, 'NAME_INVALID', 'the path is not percent-encoded correctly');
  }
}
