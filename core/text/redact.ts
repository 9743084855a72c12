/** Removes credentials from URLs before they are printed. */

/** Names of query parameters whose values are secret: tokens, keys, signatures of signed URLs. */
const SECRET_PARAMETER =
  /([?&][\w.-]*(?:token|password|passwd|secret|signature|sig|key|credential|auth)[\w.-]*=)[^&#\s"'<>]+/gi;

/** The login of a URL: all up to the last `@` before white space, because a password that was not encoded may contain `@` and `/`. */
const LOGIN = /(\b[a-z][a-z0-9+.-]*:\/\/)([^\s<>]*)@/gi;

/** Query parameters that are worth reading in an error and never secret. */
const PRINTED = new Set(['service', 'scope', 'n', 'last', 'mount', 'from', 'digest', 'page', 'per_page', 'ref']);

/** Returns the text with `***` in place of the login and the secret query values of every URL in it. */
export function redact(text: string): string {
  return text
    .replace(LOGIN, (whole, scheme: string, login: string) => (isLogin(login) ? `${scheme}***@` : whole))
    .replace(SECRET_PARAMETER, '$1***');
}

/** False for a URL whose path contains the `@`: its host, with or without a port, ends before the `@`. */
function isLogin(text: string): boolean {
  const authority = /^[^/?#]*/.exec(text)?.[0] ?? '';
  const isHost = /^(?:[\w.-]*|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(authority);
  return authority.length === text.length || !isHost;
}

/** Returns the URL without login and fragment; values of query parameters that are not known to be harmless become `***`, too. */
export function redactUrl(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  for (const name of new Set(copy.searchParams.keys())) {
    if (!PRINTED.has(name.toLowerCase())) copy.searchParams.set(name, '***');
  }
  return copy.href;
}
