/** The tags of an XML text, as far as a POM needs them. */

export interface XmlTag {
  readonly kind: 'open' | 'close' | 'empty';
  readonly name: string;
  /** The places of its first character, and after its last one. */
  readonly start: number;
  readonly end: number;
}

/** What has no tags in it, whatever it looks like. */
const SKIPPED = [
  { begin: '<!--', end: '-->' },
  { begin: '<![CDATA[', end: ']]>' },
  { begin: '<?', end: '?>' },
];

/**
 * Returns the tags in their order; undefined if something does not end, or if there is a document type, which could define entities. Each
 * character is read once or twice, so that a long hostile text costs no more than another.
 */
export function xmlTags(xml: string): readonly XmlTag[] | undefined {
  const tags: XmlTag[] = [];
  let end = 0;
  for (let start = xml.indexOf('<'); start !== -1; start = xml.indexOf('<', end)) {
    const skipped = SKIPPED.find(({ begin }) => xml.startsWith(begin, start));
    if (skipped !== undefined) {
      const last = xml.indexOf(skipped.end, start + skipped.begin.length);
      if (last === -1) return undefined;
      end = last + skipped.end.length;
      continue;
    }
    const tagEnd = endOfTag(xml, start);
    const tag = tagEnd === undefined ? undefined : readTag(xml, start, tagEnd);
    if (tag === undefined) return undefined;
    tags.push(tag);
    end = tag.end;
  }
  return tags;
}

/** Returns the place after the tag's `>`, which may also be in the value of an attribute; undefined if another `<` comes before it. */
function endOfTag(xml: string, start: number): number | undefined {
  let quote: string | undefined;
  for (let at = start + 1; at < xml.length; at++) {
    const character = xml[at];
    if (character === '<') return undefined;
    if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
  }
  return undefined;
}

function readTag(xml: string, start: number, end: number): XmlTag | undefined {
  const inside = xml.slice(start + 1, end - 1);
  const name = /^\/?([^\s!/]+)/.exec(inside)?.[1];
  if (name === undefined) return undefined;
  if (inside.startsWith('/')) return { kind: 'close', name, start, end };
  return { kind: inside.endsWith('/') ? 'empty' : 'open', name, start, end };
}
