/** URLs fit to be printed: no user, no password, no signature. */

/** Query parameters whose values are worth reading in an error and never secret. */
const PRINTED = new Set(['service', 'scope', 'n', 'last', 'mount', 'from', 'digest', 'page', 'per_page', 'ref']);

/** The URL without credentials and fragment; values of unknown query parameters become `REDACTED`. */
export function redactUrl(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  for (const name of new Set(copy.searchParams.keys())) {
    if (!PRINTED.has(name.toLowerCase())) copy.searchParams.set(name, 'REDACTED');
  }
  return copy.href;
}
