/** Texts from outside on a terminal: nothing in them can move the cursor, change a color, hide a line or reverse the order of letters. */

/** Control and format characters (ESC, CR, BEL, C1, bidi controls), Unicode's line ends, and halves of a surrogate pair. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Returns the text as one line, with `?` for each character that a terminal obeys instead of showing, line ends included. */
export function printable(text: string): string {
  return text.replace(OBEYED, '?');
}

/** Returns the text with its line ends and tabs, and with `?` as in `printable`. `\r\n` counts as a line end, a lone `\r` does not. */
export function printableLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(OBEYED, (character) => (/[\n\t]/.test(character) ? character : '?'));
}

/** Returns JSON with two spaces of indent by default, in which such characters are written as `\uXXXX`, so that it parses to the same value. */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(OBEYED, (character) =>
    character === '\n' ? character : escapeUnits(character),
  );
}

/** Returns JSON escapes of the character's UTF-16 units. */
export function escapeUnits(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
