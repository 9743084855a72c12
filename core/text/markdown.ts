/** Texts from outside in Markdown: none of them can start markup, end a cell or a block, or lead to an address that it does not show. */
import { printable, printableLines } from './terminal';

/** Returns the text for a line or a table cell. It mentions nobody, refers to no issue, and shows what a terminal obeys as `?`. */
export function escapeCell(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replace(/[\\|<>`[\]*_~&#]|^[-+]|(?<=^\d{1,9})[.)]/g, '\\$&')
    .replace(/@(?=\w)|[#!](?=\d)/g, '$&&#8203;') // Git hosts find mentions in the rendered text, so a backslash does not help.
    .replace(/\$/g, '&#36;'); // GitHub takes what is between two of them for a formula.
}

/** Returns a link if the address is one of the web; otherwise the address as text, such as a path on this machine. */
export function linkTo(text: string, address: string): string {
  return /^https?:\/\/[^\s\p{C}<>|\\]+$/u.test(address) ? `[${escapeCell(text)}](<${address}>)` : escapeCell(address);
}

/** Returns a code span of at most 200 characters, for lines and cells. Backticks, pipes and backslashes, which end it there, become `'`. */
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

/** Returns as many whole lines as fit into so many bytes of UTF-8. If any is left out, the note is the last line. */
export function clipLines(text: string, bytes: number, note: string): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const end = `\n${note}\n`;
  const kept: string[] = [];
  let room = bytes - Buffer.byteLength(end);
  for (const line of text.split('\n')) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  return `${kept.join('\n')}\n${end}`;
}
