/** JSON from outside: how deep it may nest, and where a text stops being JSON. */

/** The deepest nesting that is accepted. Real documents nest a few levels; far more is an attack on recursive code. */
export const MAX_LEVELS = 100;

/** Returns true if lists and objects nest deeper than `levels`. Uses no more stack than that. */
export function isTooDeep(value: unknown, levels = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isTooDeep(part, levels - 1));
}

/** Returns the value of a JSON text, or undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first error of a text. It holds no text of the file, which may be a secret. */
export interface JsonSyntaxError {
  /** From 1, as the column. */
  readonly line: number;
  readonly column: number;
  /** The message has what was expected and found, and the fix. */
  readonly message: string;
}

/**
 * Returns the first syntax error, or undefined if the text is JSON. The messages of `JSON.parse` differ between versions of Node and have
 * no lines. Takes nesting of any depth.
 */
export function findJsonSyntaxError(text: string): JsonSyntaxError | undefined {
  const stop = scan(text);
  if (stop === undefined) return undefined;
  const before = text.slice(0, stop.at).split(/\r\n|\r|\n/);
  const found = `expected ${EXPECTED[stop.expected]}, found ${describe(text[stop.at])}`;
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, message: `${found}${adviceAt(text, stop)}` };
}

/** The grammar's next symbol, in words. The end of a list or object may come instead of its first member. */
const EXPECTED = {
  value: 'a value',
  'first value': 'a value or ]',
  name: 'a name in double quotes',
  'first name': 'a name in double quotes or }',
  colon: 'a colon',
  'next in object': 'a comma or }',
  'next in list': 'a comma or ]',
  end: 'the end of the file',
} as const;

type Expected = keyof typeof EXPECTED;

/** The place where the scanner stopped, and the number of open brackets there. */
interface Stop {
  readonly at: number;
  readonly expected: Expected;
  readonly open: number;
}

/** The tokens of https://www.rfc-editor.org/rfc/rfc8259. */
const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids these in a string.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/** Reads token by token until one does not fit. The open brackets are the only memory, so that no depth overflows the stack. */
function scan(text: string): Stop | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;

  const take = (token: RegExp): boolean => {
    token.lastIndex = at;
    const [taken] = token.exec(text) ?? [];
    at += taken?.length ?? 0;
    return taken !== undefined;
  };
  const proceed = (next: Expected): void => {
    at += 1;
    expected = next;
  };
  const afterValue = (): Expected => {
    if (open.length === 0) return 'end';
    return open.at(-1) === '{' ? 'next in object' : 'next in list';
  };

  for (;;) {
    take(SPACE);
    const sign = text[at];
    const maySeparate = expected === 'next in object' || expected === 'next in list';
    const mayClose = maySeparate || expected === 'first name' || expected === 'first value';
    const isValue = expected === 'value' || expected === 'first value';
    if (sign === undefined && expected === 'end') return undefined;
    if (mayClose && sign === (open.at(-1) === '{' ? '}' : ']')) {
      open.pop();
      proceed(afterValue());
    } else if (maySeparate && sign === ',') proceed(expected === 'next in object' ? 'name' : 'value');
    else if (expected === 'colon' && sign === ':') proceed('value');
    else if (isValue && (sign === '{' || sign === '[')) {
      open.push(sign);
      proceed(sign === '{' ? 'first name' : 'first value');
    } else if (isValue && (take(STRING) || take(SCALAR))) expected = afterValue();
    else if ((expected === 'name' || expected === 'first name') && take(STRING)) expected = 'colon';
    else return { at, expected, open: open.length };
  }
}

/** Shows at most one character of the text. */
function describe(sign: string | undefined): string {
  if (sign === undefined) return 'the end of the file';
  if (sign === '"') return 'a text';
  if (/[-\d]/.test(sign)) return 'a number';
  return /[\w$]/.test(sign) ? 'a word' : JSON.stringify(sign);
}

function adviceAt(text: string, { at, expected, open }: Stop): string {
  const sign = text[at];
  const isAfterComma = /,\s*$/.test(text.slice(0, at));
  if (sign === undefined && open === 0) return '; the file is empty';
  if (sign === undefined) return `; ${open === 1 ? '1 bracket is' : `${open} brackets are`} not closed`;
  if (isAfterComma && /[}\]]/.test(sign)) return '; take out the comma before it';
  if (sign === '/' || sign === '#') return '; JSON has no comments, so take it out';
  if (sign === "'") return '; put texts and names into double quotes';
  if (expected.startsWith('next')) return '; put a comma before it';
  if (sign === '"') return '; the text has no end on its line, or a \\ that has to be \\\\';
  if (/[A-Za-z_$]/.test(sign)) return '; put texts and names into double quotes, and write true, false and null so';
  return '';
}
