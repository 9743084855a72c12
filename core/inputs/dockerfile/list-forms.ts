/** The ways in which instructions write lists: JSON, words with quotes, `name=value` pairs. */

import { isSpace, trimStart } from '../white-space';
import { DockerfileError } from './dockerfile-error';
import { BLANKS } from './split-instruction';

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** The strings of a JSON array; undefined if the text is no JSON array. Throws if it has something else than strings. */
export function parseJsonForm(text: string): readonly string[] | undefined {
  const trimmed = trimStart(text);
  if (!trimmed.startsWith('[')) return undefined;
  const value = parseJson(trimmed);
  if (!Array.isArray(value)) return undefined;
  if (!value.every((item) => typeof item === 'string')) {
    throw new DockerfileError('a list in JSON form can hold strings only');
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list in JSON form, or else separated by blanks without regard to quotes. */
export function parseList(text: string): readonly string[] {
  return parseJsonForm(text) ?? (text === '' ? [] : text.split(BLANKS));
}

/** Words separated by white space; quotes and escapes keep words together and stay in the result. */
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

/** The pairs of `ENV` or `LABEL`: `name=value name=value`, or the old form `name value`. Values keep their quotes. */
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
