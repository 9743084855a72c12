/**
 * Expands variables and removes quotes as Docker does for the words of an instruction. The rules are those of BuildKit's
 * `frontend/dockerfile/shell`, which are close to those of a POSIX shell but not the same.
 */

import { isSpace } from '../../text/white-space';
import { DockerfileError } from '../instruction';
import { replacePattern, withoutPrefix, withoutSuffix } from './shell-pattern';

interface ExpandOptions {
  /** The Dockerfile's escape character. */
  readonly escapeMark: string;
  /** Returns a variable's value: text, undefined if it is not set, null if only the build knows it, as a base image may set it. */
  readonly lookup: (name: string) => string | undefined | null;
  /** Keeps quotes and escapes in the result, and variables that are not set. Used to find heredocs. */
  readonly raw?: { readonly quotes: boolean; readonly escapes: boolean };
  /** The characters that variables may still bring in; each use of a variable takes its own. Default: enough for one Dockerfile. */
  readonly budget?: { left: number };
}

/** Each level takes a part of the call stack. */
const DEEPEST = 100;

/** Linux starts no process with a longer argument or variable (MAX_ARG_STRLEN). */
const LONGEST_WORD = 131_072;

/** The characters that variables may bring into the words of a Dockerfile. Values that double from line to line end here. */
export const MAX_EXPANDED = 4_194_304;

export interface Expanded {
  readonly text: string;
  /** The text split at white space that is not quoted. */
  readonly words: readonly string[];
  /** Variables that decide about the text and whose value is not known. */
  readonly unknown: readonly string[];
  /** Variables that are not set, so that nothing stands in their place. */
  readonly unset: readonly string[];
}

/**
 * Expands a text. Throws `DockerfileError` like Docker for open quotes, bad substitutions and `${x?message}`. Also throws it for a result of
 * more than 131,072 characters and for an exhausted budget.
 */
export function expandVariables(text: string, options: ExpandOptions): Expanded {
  const lexer = new ShellLexer(text, options);
  const { result, words } = lexer.readUntil(undefined, options.raw?.escapes ?? false);
  return { text: result, words, unknown: [...lexer.unknown], unset: [...lexer.unset] };
}

const NAME = /[\p{L}\p{Nd}_]/u;

const DIGIT = /\p{Nd}/u;

/** http://pubs.opengroup.org/onlinepubs/009695399/utilities/xcu_chap02.html#tag_02_05_02 */
const SPECIAL = /[@*#?\-$!0]/;

interface Word {
  readonly result: string;
  readonly words: readonly string[];
}

/** Reads one text, once, character by character: quotes, escapes, and all forms of `$name` and `${name...}`. */
class ShellLexer {
  readonly unknown = new Set<string>();
  readonly unset = new Set<string>();
  private at = 0;
  private depth = 0;
  private rawEscapes = false;
  private readonly text: string;
  private readonly options: ExpandOptions;
  private readonly budget: { left: number };

  constructor(text: string, options: ExpandOptions) {
    this.text = text;
    this.options = options;
    this.budget = options.budget ?? { left: MAX_EXPANDED };
  }

  /** Reads up to the stop character, which is skipped, or to the end if there is none. */
  readUntil(stop: string | undefined, rawEscapes: boolean): Word {
    if (++this.depth > DEEPEST)
      throw new DockerfileError(`substitutions are nested more than ${DEEPEST} deep in ${this.text}`);
    const before = this.rawEscapes;
    this.rawEscapes = rawEscapes;
    const words = new WordList();
    let result = '';
    let isStopped = false;
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at);
      if (character === stop) {
        this.at++;
        isStopped = true;
        break;
      }
      if (character === '$') {
        const value = this.readDollar();
        words.addText(value);
        result += value;
      } else if (character === "'" || character === '"' || character === '<') {
        const value = character === '<' ? this.readLessThan() : this.readQuoted(character);
        words.addQuoted(value);
        result += value;
      } else {
        result += this.readPlain(words);
      }
      this.checkLength(result);
    }
    if (stop !== undefined && !isStopped) throw new DockerfileError(`missing '${stop}' in ${this.text}`);
    this.rawEscapes = before;
    this.depth--;
    return { result, words: words.finish() };
  }

  private readPlain(words: WordList): string {
    const character = this.text.charAt(this.at++);
    if (character !== this.options.escapeMark) {
      words.addText(character);
      return character;
    }
    const kept = this.rawEscapes ? character : '';
    if (this.at >= this.text.length) {
      if (kept !== '') words.addQuoted(kept);
      return kept;
    }
    const escaped = this.text.charAt(this.at++);
    words.addQuoted(kept + escaped);
    return kept + escaped;
  }

  private readQuoted(quote: string): string {
    this.at++;
    const mark = this.options.raw?.quotes ? quote : '';
    let result = mark;
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at);
      if (character === quote) {
        this.at++;
        return result + mark;
      }
      if (quote === '"' && character === '$') {
        result += this.readDollar();
        this.checkLength(result);
      } else if (quote === '"' && character === this.options.escapeMark) {
        result += this.readEscapedInQuotes();
      } else {
        this.at++;
        result += character;
      }
    }
    throw new DockerfileError(`missing ${quote} at the end of ${this.text}`);
  }

  /** Within double quotes only `"`, `$` and the escape itself can be escaped. */
  private readEscapedInQuotes(): string {
    this.at++;
    const kept = this.rawEscapes ? this.options.escapeMark : '';
    if (this.at >= this.text.length) return kept;
    const next = this.text.charAt(this.at);
    if (next !== '"' && next !== '$' && next !== this.options.escapeMark) return kept + this.options.escapeMark;
    this.at++;
    return kept + next;
  }

  /** Takes the white space behind `<<` into the word, so that `<< EOF` is one word. */
  private readLessThan(): string {
    this.at++;
    if (this.text.charAt(this.at) !== '<') return '<';
    const start = this.at++;
    while (/[\t\r ]/.test(this.text.charAt(this.at))) this.at++;
    return `<${this.text.slice(start, this.at)}`;
  }

  private readDollar(): string {
    this.at++;
    if (this.text.charAt(this.at) !== '{') {
      const name = this.readName();
      if (name === '') return '$';
      return this.plainValue(name, `$${name}`);
    }
    this.at++;
    const next = this.text.charAt(this.at);
    if (next === '') throw new DockerfileError(`missing '}' in ${this.text}`);
    if (next === '{' || next === '}' || next === ':') throw new DockerfileError(`bad substitution in ${this.text}`);
    return this.readSubstitution(this.readName());
  }

  private readSubstitution(name: string): string {
    const colon = this.text.charAt(this.at) === ':';
    if (colon) this.at++;
    const operator = this.text.charAt(this.at++);
    if (operator === '}' && !colon) return this.plainValue(name, `\${${name}}`);
    if (operator === '/' && !colon) return this.readReplacement(name);
    const trims = operator === '#' || operator === '%';
    if (operator === '' || !'+-?#%'.includes(operator) || (colon && trims)) {
      throw new DockerfileError(`unsupported modifier (${colon ? ':' : ''}${operator}) in ${this.text}`);
    }
    const word = this.readUntil('}', trims).result;
    const value = this.valueOf(name);
    const missing = value === undefined || (colon && value === '');
    if (value === undefined && this.options.raw !== undefined) {
      return `\${${name}${colon ? ':' : ''}${operator}${word}}`;
    }
    if (operator === '-') return missing ? word : value;
    if (operator === '+') return missing ? '' : word;
    if (operator === '?') {
      if (!missing) return value;
      if (this.unknown.has(name)) return '';
      throw new DockerfileError(`${name}: ${word || 'is not allowed to be unset or empty'}`);
    }
    const greedy = word.startsWith(operator);
    const pattern = greedy ? word.slice(1) : word;
    return (operator === '#' ? withoutPrefix : withoutSuffix)(value ?? '', pattern, greedy);
  }

  private readReplacement(name: string): string {
    const all = this.text.charAt(this.at) === '/';
    if (all) this.at++;
    const pattern = this.readUntil('/', true).result;
    const replacement = this.readUntil('}', true).result;
    let result = '';
    for (const part of replacePattern(this.valueOf(name) ?? '', pattern, replacement, all)) {
      result += part;
      this.checkLength(result);
    }
    return result;
  }

  private readName(): string {
    const first = this.text.charAt(this.at);
    if (DIGIT.test(first)) return this.readWhile(DIGIT);
    if (SPECIAL.test(first)) {
      this.at++;
      return first;
    }
    return this.readWhile(NAME);
  }

  private readWhile(kind: RegExp): string {
    const start = this.at;
    while (this.at < this.text.length && kind.test(this.text.charAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }

  private valueOf(name: string): string | undefined {
    const value = this.options.lookup(name);
    if (value === null) {
      this.unknown.add(name);
      return undefined;
    }
    this.budget.left -= value?.length ?? 0;
    if (this.budget.left < 0) {
      throw new DockerfileError(
        `the variables of this Dockerfile expand to more than ${MAX_EXPANDED} characters in all`,
      );
    }
    return value;
  }

  private checkLength(result: string): void {
    if (result.length > Math.max(LONGEST_WORD, this.text.length)) {
      throw new DockerfileError(
        `'${this.text}' expands to more than ${LONGEST_WORD} characters; Linux takes no longer ones`,
      );
    }
  }

  /** Returns an empty text for a variable that is not set, or the variable as written in a search for heredocs. */
  private plainValue(name: string, written: string): string {
    const value = this.valueOf(name);
    if (value !== undefined) return value;
    if (!this.unknown.has(name)) this.unset.add(name);
    return this.options.raw === undefined ? '' : written;
  }
}

/** Splits text into words while it is expanded: plain text at white space, quoted text nowhere. */
class WordList {
  private readonly words: string[] = [];
  private word = '';

  addText(text: string): void {
    for (const character of text) {
      if (!isSpace(character)) this.word += character;
      else if (this.word !== '') this.finish();
    }
  }

  addQuoted(text: string): void {
    this.word += text;
  }

  finish(): readonly string[] {
    if (this.word !== '') this.words.push(this.word);
    this.word = '';
    return this.words;
  }
}
