/**
 * White space as the Dockerfile parser sees it: Go's `unicode.IsSpace`, which has U+0085 and lacks U+FEFF, unlike
 * JavaScript's `trim`.
 */
const SPACE = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const ONE = new RegExp(`[${SPACE}]`);
const LEADING = new RegExp(`^[${SPACE}]+`);

/** True for one character that separates words. */
export function isSpace(character: string): boolean {
  return ONE.test(character);
}

/** Without white space at the start. */
export function trimStart(text: string): string {
  return text.replace(LEADING, '');
}

/** Without white space at both ends. */
export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end--;
  return trimStart(text.slice(0, end));
}
