import { parseJson } from '../../text/json';
import { isSpace, trimEndOf, trimSpace, trimStart } from '../../text/white-space';
import { atLine, DockerfileError, type LogicalLine, type Pair } from '../instruction';
import { expandVariables } from '../shell/shell-lexer';

/** Go's `bufio.Scanner` gives up on longer lines, and so does Docker. */
const LONGEST_LINE = 65_535;

/**
 * Splits a Dockerfile into instructions: continuations joined, comments dropped, heredoc bodies attached. Throws `DockerfileError` for a
 * heredoc without an end and for a line that Docker cannot read.
 */
export function splitLines(text: string, escapeMark: string): readonly LogicalLine[] {
  const reader = new LineReader(text);
  const mark = continuation(escapeMark);
  const lines: LogicalLine[] = [];
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const line = reader.line;
    const first = trimStart(raw);
    if (first === '' || first.startsWith('#')) continue;
    const joined = joinContinued(first, reader, mark);
    const heredocs = atLine(line, () => (opensHeredocs(joined, escapeMark) ? readHeredocs(joined, reader) : []));
    lines.push({ line, text: joined, heredocs });
  }
  return lines;
}

/** Matches the escape at the end of a line, unless it is escaped itself. Docker looks at two in a row, so a third one counts. */
function continuation(escapeMark: string): RegExp {
  const mark = `\\${escapeMark}`;
  return new RegExp(`([^${mark}])${mark}[ \\t]*$|^${mark}[ \\t]*$`);
}

function joinContinued(first: string, reader: LineReader, mark: RegExp): string {
  if (!mark.test(first)) return first;
  let joined = first.replace(mark, '$1');
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const start = trimStart(raw);
    if (start === '' || start.startsWith('#')) continue;
    if (!mark.test(raw)) return joined + raw;
    joined += raw.replace(mark, '$1');
  }
  return joined;
}

/** Returns true for `ADD`, `COPY` and `RUN`, also behind `ONBUILD`, unless they are in JSON form: only these take heredocs. */
function opensHeredocs(text: string, escapeMark: string): boolean {
  if (!text.includes('<<')) return false;
  const outer = splitInstruction(text, escapeMark);
  const inner = outer.keyword.toLowerCase() === 'onbuild' ? splitInstruction(outer.rest, escapeMark) : outer;
  return ['add', 'copy', 'run'].includes(inner.keyword.toLowerCase()) && parseJsonForm(inner.rest) === undefined;
}

function readHeredocs(text: string, reader: LineReader): readonly string[] {
  return findHeredocs(text).map(({ name, chomp }) => {
    let body = '';
    for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
      if ((chomp ? raw.replace(/^\t+/, '') : raw) === name) return body;
      body += reader.written;
    }
    throw new DockerfileError(`unterminated heredoc '${name}'`);
  });
}

/** Reads physical lines without their ends. */
class LineReader {
  line = 0;
  private at = 0;
  private start = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  next(): string | undefined {
    if (this.at >= this.text.length) return undefined;
    this.line++;
    const found = this.text.indexOf('\n', this.at);
    const end = found < 0 ? this.text.length : found;
    const raw = this.text.slice(this.at, end);
    this.start = this.at;
    this.at = end + 1;
    if (raw.length > LONGEST_LINE / 4 && Buffer.byteLength(raw) > LONGEST_LINE) {
      throw new DockerfileError(`the line is longer than ${LONGEST_LINE} bytes, the most that Docker reads`, this.line);
    }
    return withoutReturns(raw);
  }

  /** The last line as written, with its end. */
  get written(): string {
    return this.text.slice(this.start, this.at);
  }
}

/** Returns a line without carriage returns at its end. */
export function withoutReturns(line: string): string {
  return trimEndOf(line, (character) => character === '\r');
}

/** An instruction in its parts. */
export interface SplitInstruction {
  /** As written. */
  readonly keyword: string;
  /** `--name` or `--name=value`, quotes and escapes removed. */
  readonly flags: readonly string[];
  readonly rest: string;
}

/** Separators of keyword and of plain lists; unlike `isSpace`, ASCII only. */
export const BLANKS = /[\t\v\f\r ]+/;

/** Splits a logical line into keyword, flags and the rest. Flags are the words behind the keyword that start with `--`; a lone `--` ends them. */
export function splitInstruction(line: string, escapeMark: string): SplitInstruction {
  const trimmed = trimSpace(line);
  const blank = BLANKS.exec(trimmed);
  if (blank === null) return { keyword: trimmed, flags: [], rest: '' };
  const { flags, rest } = splitFlags(toBytes(trimmed.slice(blank.index + blank[0].length)), escapeMark);
  return { keyword: trimmed.slice(0, blank.index), flags, rest: trimSpace(fromBytes(rest)) };
}

/**
 * Returns one character for each byte. Docker takes each byte of a flag for a character, so that `--mount=source=é` looks for `Ã©`
 * (BuildKit's `extractBuilderFlags`). The text behind the flags is read as UTF-8.
 */
function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function splitFlags(text: string, escapeMark: string): { flags: readonly string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) };
    const { word, end } = readFlag(text, at, escapeMark);
    if (word === '--') return { flags, rest: text.slice(end) };
    flags.push(word);
    at = end;
  }
}

function readFlag(text: string, start: number, escapeMark: string): { word: string; end: number } {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && isSpace(character)) break;
    if (character === quote) {
      quote = '';
    } else if (quote === '' && (character === "'" || character === '"')) {
      quote = character;
    } else if (character === escapeMark) {
      word += text.charAt(++at);
    } else {
      word += character;
    }
  }
  return { word, end: at };
}

/** Returns the strings of a JSON array; undefined if the text is no JSON array. Throws `DockerfileError` if an item is no string. */
export function parseJsonForm(text: string): readonly string[] | undefined {
  const trimmed = trimStart(text);
  if (!trimmed.startsWith('[')) return undefined;
  const value = parseJson(trimmed);
  if (!Array.isArray(value)) return undefined;
  if (!value.every((item) => typeof item === 'string')) {
    throw new DockerfileError('a list in JSON form can contain strings only');
  }
  return value;
}

/** Parses a list in JSON form, or one that is separated by blanks without regard to quotes. */
export function parseList(text: string): readonly string[] {
  return parseJsonForm(text) ?? (text === '' ? [] : text.split(BLANKS));
}

/** Parses words separated by white space. Quotes and escapes keep words together and stay in the result. */
export function parseWords(text: string, escapeMark: string): readonly string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at++;
    if (at >= text.length) return words;
    const { word, end } = readWord(text, at, escapeMark);
    if (word !== '') words.push(word);
    at = end;
  }
}

function readWord(text: string, start: number, escapeMark: string): { word: string; end: number } {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && isSpace(character)) break;
    if (character === escapeMark && quote !== "'") {
      if (at + 1 === text.length) continue;
      word += character + text.charAt(++at);
      continue;
    }
    if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = '';
    word += character;
  }
  return { word, end: at };
}

/** Parses the pairs of `ENV` or `LABEL`: `name=value name=value`, or the old form `name value`. Values keep their quotes. */
export function parsePairs(text: string, escapeMark: string, keyword: 'ENV' | 'LABEL'): readonly Pair[] {
  const words = parseWords(text, escapeMark);
  if (words[0] === undefined) throw new DockerfileError(`${keyword} requires at least one argument`);
  if (!words[0].includes('=')) return [parseOldPair(text, keyword)];
  return words.map((word) => {
    const at = word.indexOf('=');
    if (at < 0) throw new DockerfileError(`can't find = in '${word}'; it must be name=value`);
    if (at === 0) throw new DockerfileError(`${keyword} names can not be blank`);
    return { name: word.slice(0, at), value: word.slice(at + 1) };
  });
}

function parseOldPair(text: string, keyword: string): Pair {
  const blank = BLANKS.exec(text);
  if (blank === null) throw new DockerfileError(`${keyword} must have two arguments`);
  return { name: text.slice(0, blank.index), value: text.slice(blank.index + blank[0].length) };
}

/** A heredoc (`COPY <<EOF /etc/motd`), whose body is text of the Dockerfile and no file. */
interface Heredoc {
  readonly name: string;
  /** True for `<<-`, which drops tabs at the start of lines, the last one included. */
  readonly chomp: boolean;
}

const HEREDOC = /^\d*<<(-?)([^<]*)$/;

const nothing = () => undefined;

/** Returns the heredoc that a word opens, or undefined. Throws `DockerfileError` on open quotes. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const match = HEREDOC.exec(word);
  const rest = (match?.[2] ?? '').replace(/^[\t\n\f\r ]+/, '');
  if (rest === '') return undefined;
  const { words } = expandVariables(rest, {
    escapeMark: '\\',
    lookup: nothing,
    raw: { quotes: false, escapes: false },
  });
  const [name] = words;
  return words.length === 1 && name !== undefined ? { name, chomp: match?.[1] === '-' } : undefined;
}

/** Returns all heredocs that an instruction opens, in order. A line that cannot be split into words opens none. */
function findHeredocs(line: string): readonly Heredoc[] {
  return splitQuoted(line)
    .map(parseHeredoc)
    .filter((heredoc) => heredoc !== undefined);
}

function splitQuoted(line: string): readonly string[] {
  try {
    return expandVariables(line, { escapeMark: '\\', lookup: nothing, raw: { quotes: true, escapes: true } }).words;
  } catch {
    return [];
  }
}
