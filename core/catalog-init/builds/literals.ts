/** Reads the literal values of Starlark (Tiltfiles) and HCL (bake files). Nothing is run: what is not literal is `undefined`. */

/** A text, a list or a map of literals, or undefined for what only its language can compute. Numbers and booleans are texts. */
export type Literal = string | readonly Literal[] | { readonly [key: string]: Literal } | undefined;

/** A token: a text, a name or number, or one character of punctuation. */
export interface Token {
  readonly kind: 'text' | 'word' | 'mark';
  readonly text: string;
  readonly line: number;
}

/** The most values within values that are read. Deeper ones count as not literal. */
const DEEPEST = 40;

/** Unterminated comments and texts go to the end, so that the time is linear. */
const TOKEN =
  /(?<comment>#[^\n]*|\/\/[^\n]*|\/\*(?:.*?\*\/|.*$))|(?<long>[rb]?(?:"""(?:.*?"""|.*$)|'''(?:.*?'''|.*$)))|(?<short>[rb]?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|(?<word>\w[\w.-]*)|(?<mark>\S)/gs;

/** Returns the tokens of a text, without comments. A text with an expansion such as `${NAME}` keeps it. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let from = 0;
  for (const { index, groups = {} } of text.matchAll(TOKEN)) {
    for (; from < index; from++) if (text[from] === '\n') line += 1;
    const { long, short, word, mark } = groups;
    if (long !== undefined) tokens.push({ kind: 'text', text: long.replace(/^[rb]/, '').slice(3, -3), line });
    if (short !== undefined) tokens.push({ kind: 'text', text: unescaped(short), line });
    if (word !== undefined) tokens.push({ kind: 'word', text: word, line });
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, line });
  }
  return tokens;
}

function unescaped(quoted: string): string {
  const inner = quoted.replace(/^[rb]/, '').slice(1, -1);
  if (quoted.startsWith('r')) return inner;
  const characters: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\n': '' };
  return inner.replace(/\\(.)/gs, (_, character: string) => characters[character] ?? character);
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Reads values one after the other. Every method moves on, so that a loop over a broken file ends. */
export class LiteralReader {
  private at = 0;
  private readonly tokens: readonly Token[];
  /** True if a name on a further line begins something new, as in HCL. */
  private readonly endsAtLine: boolean;

  constructor(tokens: readonly Token[], endsAtLine: boolean) {
    this.tokens = tokens;
    this.endsAtLine = endsAtLine;
  }

  /** Returns the next token without moving; undefined at the end. */
  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  /** Returns true if the next tokens are these marks and words. */
  sees(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => this.peek(ahead)?.kind !== 'text' && this.peek(ahead)?.text === text);
  }

  skip(count = 1): void {
    this.at += count;
  }

  /** Reads the value that begins here, up to the `,` or the bracket that ends it. */
  value(depth = 0): Literal {
    const { line = 0 } = this.peek() ?? {};
    const read = this.primary(depth);
    const start = this.at;
    this.skipRest(line);
    return this.at === start ? read : undefined;
  }

  private primary(depth: number): Literal {
    const token = this.peek();
    if (token === undefined || depth > DEEPEST) return undefined;
    if (this.sees('[')) return this.list(depth + 1);
    if (this.sees('{')) return this.map(depth + 1);
    if (token.kind === 'word' && !/^(\d+|true|false)$/i.test(token.text)) return undefined;
    if (token.kind === 'mark') return undefined;
    this.skip();
    return token.kind === 'text' ? token.text : token.text.toLowerCase();
  }

  private list(depth: number): readonly Literal[] {
    const items: Literal[] = [];
    this.each(']', () => items.push(this.value(depth)));
    return items;
  }

  /** Reads a map: `NAME = value`, `"name": value`, with or without commas. An entry of another form is skipped. */
  map(depth = 0): Readonly<Record<string, Literal>> {
    const entries: [string, Literal][] = [];
    this.each('}', () => {
      const entry = this.entry(depth);
      if (entry !== undefined) entries.push(entry);
    });
    return Object.fromEntries(entries);
  }

  /** Reads the arguments of a call, whose `(` comes next: those with a name, and the others in order. */
  arguments(): { readonly named: Readonly<Record<string, Literal>>; readonly inOrder: readonly Literal[] } {
    const named: [string, Literal][] = [];
    const inOrder: Literal[] = [];
    this.each(')', () => {
      const entry = this.entry(0);
      if (entry === undefined) inOrder.push(this.value());
      else named.push(entry);
    });
    return { named: Object.fromEntries(named), inOrder };
  }

  private entry(depth: number): [string, Literal] | undefined {
    const key = this.peek();
    const sign = this.peek(1);
    const isKey = key !== undefined && key.kind !== 'mark' && sign?.kind === 'mark' && /[=:]/.test(sign.text);
    if (!isKey || this.peek(2)?.text === '=') return undefined;
    this.skip(2);
    return [key.text, this.value(depth)];
  }

  /** Reads what is between the bracket that comes next and its end. */
  private each(end: string, readOne: () => unknown): void {
    for (this.skip(); this.peek() !== undefined && !this.sees(end); ) {
      const start = this.at;
      readOne();
      if (this.sees(',')) this.skip();
      else if (this.at === start) this.skip();
    }
    this.skip();
  }

  private skipRest(firstLine: number): void {
    const open: string[] = [];
    let line = Math.max(firstLine, this.peek(-1)?.line ?? 0);
    for (let token = this.peek(); token !== undefined; token = this.peek()) {
      const isMark = token.kind === 'mark';
      const begins = this.endsAtLine && !isMark && token.line > line;
      if (open.length === 0 && (begins || (isMark && /[,)\]}]/.test(token.text)))) return;
      if (isMark && CLOSING[token.text] !== undefined) open.push(CLOSING[token.text] ?? '');
      else if (isMark && token.text === open.at(-1)) open.pop();
      line = token.line;
      this.skip();
    }
  }
}
