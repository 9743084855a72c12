/** Reads elements of project files by name. Entities and CDATA stay as they are: none of the values that are read has any. */

/** Returns the text without comments. */
export function withoutComments(text: string): string {
  return cut(text, /<!--/g, () => '-->');
}

/** Returns the text without these elements. */
export function withoutElements(text: string, names: readonly string[]): string {
  return cut(text, new RegExp(`<(${names.join('|')})(?:\\s[^<>]*)?(?<!/)>`, 'g'), (name) => `</${name}>`);
}

/** Returns the contents of all elements of a name, from its first tag to the next end; those without content are not returned. */
export function contentsOf(text: string, name: string): readonly string[] {
  const found: string[] = [];
  const start = new RegExp(`<${name}(?:\\s[^<>]*)?(?<!/)>`, 'g');
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const end = text.indexOf(`</${name}>`, start.lastIndex);
    if (end < 0) break;
    found.push(text.slice(start.lastIndex, end).trim());
    start.lastIndex = end;
  }
  return found;
}

/** Returns the values of an attribute in all elements that have it. */
export function attributeValues(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`\\s${name}\\s*=\\s*"([^"<>]*)"`, 'g'))].map(([, value = '']) => value);
}

/** Returns the text without all from each start to its end, in linear time. A start without an end cuts the rest. */
export function cut(text: string, start: RegExp, endOf: (name: string) => string): string {
  let kept = '';
  let from = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    kept += text.slice(from, match.index);
    const end = endOf(match[1] ?? '');
    const at = text.indexOf(end, start.lastIndex);
    if (at < 0) return kept;
    from = at + end.length;
    start.lastIndex = from;
  }
  return kept + text.slice(from);
}
