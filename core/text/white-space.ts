/** White space as Go's `unicode.IsSpace` and Docker see it: with U+0085 and without U+FEFF, unlike JavaScript's `trim`. */
const SPACE = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const ONE = new RegExp(`[${SPACE}]`);
const LEADING = new RegExp(`^[${SPACE}]+`);

/** Returns true for one character that separates words. */
export function isSpace(character: string): boolean {
  return ONE.test(character);
}

/** Returns the text without white space at its start. */
export function trimStart(text: string): string {
  return text.replace(LEADING, '');
}

/** Returns the text without white space at both ends. */
export function trimSpace(text: string): string {
  return trimStart(trimEndOf(text, isSpace));
}

/** Returns the text without the characters at its end that the test takes, in linear time, unlike a regular expression such as `x+$`. */
export function trimEndOf(text: string, isTaken: (character: string) => boolean): string {
  let end = text.length;
  while (end > 0 && isTaken(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
