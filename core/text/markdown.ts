/** Markdown of texts from outside: none of them can start markup, end a cell or a block, or lead where it does not say. */

/** A text in a line or cell. */
export function escapeCell(text: string): string {
  return text.replace(/[\\|<>`[\]*_]/g, '\\$&').replace(/\s+/g, ' ');
}

/** A link, if the address is one of the web; else the address as text, such as a path on one machine. */
export function linkTo(text: string, address: string): string {
  return /^https?:\/\/[^\s<>|\\]+$/.test(address) ? `[${escapeCell(text)}](<${address}>)` : escapeCell(address);
}

/** Lines as they are, in a block whose fence is longer than any run of backticks in them. */
export function codeBlock(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [fence, text, fence].join('\n');
}

/** As many whole lines as fit into so many bytes of UTF-8, with the note as the last one if any is left out. */
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
