/** The `Retry-After` header, in both forms that RFC 9110 section 10.2.3 knows. */

/** Milliseconds to wait, or undefined if the header is missing or means nothing. `now` is in ms since 1970. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Only the forms of HTTP dates start with the day's name; Date.parse alone would take '-1' or '1.5' for a date, too.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
