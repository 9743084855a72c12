/** Where a text stops being JSON, and what would be right there: the parser's own words differ from one Node to the next, and know no lines. */

/** The first thing that is wrong. Line and column count from 1. No text of the file is in it, which may be a secret. */
export interface JsonSyntaxError {
  readonly line: number;
  readonly column: number;
  /** What was found, what was expected, and how that is mended. */
  readonly message: string;
}

/** Undefined if the text is JSON. */
export function findJsonSyntaxError(text: string): JsonSyntaxError | undefined {
  const fault = scan(text);
  if (fault === undefined) return undefined;
  const before = text.slice(0, fault.at).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, message: messageOf(text, fault) };
}

/** What may come next. `first...` may also be the end of what has just begun. */
type Expected = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'next in object' | 'next in list' | 'end';

interface Fault {
  readonly at: number;
  readonly expected: Expected;
  /** How many brackets are open. */
  readonly open: number;
}

const WORDS: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'first value': 'a value or ]',
  name: 'a name in double quotes',
  'first name': 'a name in double quotes or }',
  colon: 'a colon',
  'next in object': 'a comma or }',
  'next in list': 'a comma or ]',
  end: 'the end of the file',
};

/** https://www.rfc-editor.org/rfc/rfc8259 */
const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a text may not have.
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

function scan(text: string): Fault | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found !== undefined;
  };
  const after = (): Expected =>
    ({ '{': 'next in object', '[': 'next in list', '': 'end' })[open.at(-1) ?? ''] as Expected;
  for (;;) {
    take(SPACE);
    const sign = text[at];
    const isClosed = sign === (open.at(-1) === '{' ? '}' : ']') && open.length > 0;
    if (sign === undefined && expected === 'end') return undefined;
    if (isClosed && (expected.startsWith('first') || expected.startsWith('next'))) {
      open.pop();
      at += 1;
      expected = after();
    } else if (expected.startsWith('next') && sign === ',') {
      at += 1;
      expected = expected === 'next in object' ? 'name' : 'value';
    } else if (expected === 'colon' && sign === ':') {
      at += 1;
      expected = 'value';
    } else if (expected.endsWith('name') && take(TEXT)) {
      expected = 'colon';
    } else if (expected.endsWith('value') && (sign === '{' || sign === '[')) {
      open.push(sign);
      at += 1;
      expected = sign === '{' ? 'first name' : 'first value';
    } else if (expected.endsWith('value') && (take(TEXT) || take(SCALAR))) {
      expected = after();
    } else return { at, expected, open: open.length };
  }
}

function messageOf(text: string, { at, expected, open }: Fault): string {
  const sign = text[at];
  return `expected ${WORDS[expected]}, found ${foundOf(sign)}${mendOf(text, at, expected, open)}`;
}

/** Never more than one sign of what is there. */
function foundOf(sign: string | undefined): string {
  if (sign === undefined) return 'the end of the file';
  if (sign === '"') return 'a text';
  if (/[-\d]/.test(sign)) return 'a number';
  return /[\w$]/.test(sign) ? 'a word' : JSON.stringify(sign);
}

function mendOf(text: string, at: number, expected: Expected, open: number): string {
  const sign = text[at];
  const isAfterComma = /,\s*$/.test(text.slice(0, at));
  if (sign === undefined)
    return open === 0 ? '; the file is empty' : `; ${open === 1 ? '1 bracket is' : `${open} brackets are`} not closed`;
  if (isAfterComma && /[}\]]/.test(sign)) return '; take out the comma before it';
  if (sign === '/' || sign === '#') return '; JSON has no comments, so take it out';
  if (sign === "'") return '; put texts and names into double quotes';
  if (expected.startsWith('next')) return '; put a comma before it';
  if (sign === '"') return '; the text has no end on its line, or a \\ that has to be \\\\';
  if (/[A-Za-z_$]/.test(sign)) return '; put texts and names into double quotes, and write true, false and null so';
  return '';
}
