/**
 * Escapes texts from outside for the medium that shows them, so that they stay texts.
 *
 * - On a terminal, they cannot move the cursor, change a color, hide a line or reverse the order of letters.
 * - In Markdown, they cannot start markup, end a cell or a block, or link to an address that is not shown.
 * - In HTML, XML, Mermaid, DOT and a shell, they cannot end the place that they are put into.
 */

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

/** Returns the text as one printable line, cut to so many characters with `...` at its end. */
export function clipLine(text: string, longest: number): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length <= longest ? line : `${line.slice(0, longest - 3)}...`;
}

/** Returns the first texts of a list, and the number of the others: `auth, etcd and 3 more`. */
export function someOf(texts: readonly string[], most: number, separator = ', '): string {
  const more = texts.length - most;
  return texts.slice(0, most).join(separator) + (more > 0 ? ` and ${more} more` : '');
}

/** Returns JSON with two spaces of indent by default, in which such characters are written as `\uXXXX`, so that it parses to the same value. */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(OBEYED, (character) =>
    character === '\n' ? character : escapeUnits(character),
  );
}

/** Returns JSON escapes of the character's UTF-16 units. */
function escapeUnits(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Returns the text for a line or a table cell of Markdown. It mentions no one, refers to no issue, and shows what a terminal obeys as `?`. */
export function escapeCell(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replace(/[\\|<>`[\]*_~&#]|^[-+]|(?<=^\d{1,9})[.)]/g, '\\$&')
    .replace(/@(?=\w)|[#!](?=\d)/g, '$&&#8203;') // Git hosts find mentions in the rendered text, so a backslash does not help.
    .replace(/\$/g, '&#36;'); // GitHub renders text between two of them as a formula.
}

/** Returns a Markdown link if the address is one of the web; otherwise the address as text, such as a path on this machine. */
export function linkTo(text: string, address: string): string {
  return /^https?:\/\/[^\s\p{C}<>|\\]+$/u.test(address) ? `[${escapeCell(text)}](<${address}>)` : escapeCell(address);
}

/** Returns a Markdown code span of at most 200 characters, for lines and cells. Backticks, pipes and backslashes, which end it there, become `'`. */
export function codeSpan(text: string): string {
  const plain = printable(text.replace(/\s+/g, ' '))
    .replace(/[`|\\]/g, "'")
    .trim();
  return `\`${plain.slice(0, 200) || '?'}\``;
}

/** Returns the lines in a block whose fence is longer than any run of backticks in them. What a terminal obeys becomes `?`, a lone CR too. */
export function codeBlock(lines: string): string {
  const text = printableLines(lines);
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [fence, text, fence].join('\n');
}

/** Returns as many whole lines as fit into so many bytes of UTF-8. If any is left out, the note is the last line, and not folded. */
export function clipLines(text: string, bytes: number, note: string): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  // A folded part that is cut open would hide the note.
  const end = `${text.includes('<details>') ? '\n</details>\n' : ''}\n${note}\n`;
  const kept: string[] = [];
  let room = bytes - Buffer.byteLength(end);
  for (const line of text.split('\n')) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  return `${kept.join('\n')}\n${end}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Returns the text for HTML elements and for quoted attributes. What a terminal obeys, which XML mostly forbids, becomes `?`. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Returns JSON for a `script` element of type `application/json`: nothing in it can end the element or begin a comment. */
export function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeUnits);
}

/**
 * Returns the text for a label in double quotes of a Mermaid chart. All but letters, digits and harmless signs become Mermaid's entities
 * (https://mermaid.js.org/syntax/flowchart.html), and what a terminal obeys becomes `?`.
 */
export function escapeMermaid(text: string): string {
  return printable(text).replace(/[^\p{L}\p{N} ._/@:+-]/gu, (character) => `#${character.codePointAt(0)};`);
}

/**
 * Returns the text as a quoted string of Graphviz (https://graphviz.org/doc/info/lang.html). Labels have escapes that begin with a backslash
 * and entities of HTML. What a terminal obeys becomes `?`.
 */
export function quoteDot(text: string): string {
  const escaped = printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;');
  return `"${escaped}"`;
}

/** Returns a word of a POSIX shell that means exactly this text, in single quotes if it needs them. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns one command line of these words, for a person to paste. */
export function shellCommand(...words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
