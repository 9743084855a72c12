/** Splits one logical line into keyword, flags and the rest. */
import { isSpace, trimSpace } from '../white-space';

export interface SplitInstruction {
  /** As written. */
  readonly keyword: string;
  /** `--name` or `--name=value`, quotes and escapes removed. */
  readonly flags: readonly string[];
  readonly rest: string;
}

/** Separators of keyword and of plain lists; unlike `isSpace`, ASCII only. */
export const BLANKS = /[\t\v\f\r ]+/;

/** Splits the line. Flags are the words right behind the keyword that start with `--`; a lone `--` ends them. */
export function splitInstruction(line: string, escapeMark: string): SplitInstruction {
  const trimmed = trimSpace(line);
  const blank = BLANKS.exec(trimmed);
  if (blank === null) return { keyword: trimmed, flags: [], rest: '' };
  const { flags, rest } = splitFlags(toBytes(trimmed.slice(blank.index + blank[0].length)), escapeMark);
  return { keyword: trimmed.slice(0, blank.index), flags, rest: trimSpace(fromBytes(rest)) };
}

/**
 * Docker reads flags byte by byte and takes each byte for a character, so that `--mount=source=é` looks for `Ã©` (BuildKit's
 * `extractBuilderFlags`). What follows the flags is read right.
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
