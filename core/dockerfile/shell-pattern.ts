/** The patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*` and `?` only, `\` escapes (POSIX shell, without brackets). */
import { DockerfileError } from './instruction';

/** A regular expression for the pattern, to be tried at any place of a text. */
function toExpression(pattern: string, greedy: boolean, anchored: boolean): RegExp {
  let source = anchored ? '^' : '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '*') {
      source += greedy ? '[^\\n]*' : '[^\\n]*?';
    } else if (character === '?') {
      source += '[^\\n]';
    } else if (character === '\\') {
      const next = pattern.charAt(at + 1);
      if (next === '}' || next === '/') continue;
      if (next !== '*' && next !== '?' && next !== '\\')
        throw new DockerfileError(`invalid escape '\\${next}' in ${pattern}`);
      source += `\\${next}`;
      at++;
    } else {
      source += character.replace(/[[\]{}.+()|^$]/, '\\$&');
    }
  }
  return new RegExp(source, 'u');
}

/** `${value#pattern}`: without the shortest start that matches; `##` (greedy) without the longest. */
export function withoutPrefix(value: string, pattern: string, greedy: boolean): string {
  return value.replace(toExpression(pattern, greedy, true), '');
}

/** `${value%pattern}`: without the shortest end that matches; `%%` (greedy) without the longest. */
export function withoutSuffix(value: string, pattern: string, greedy: boolean): string {
  return reverse(withoutPrefix(reverse(value), reversePattern(pattern), greedy));
}

/** `${value/pattern/replacement}`: the first match is replaced, with `//` every match. */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  const expression = toExpression(pattern, true, false);
  const global = all ? new RegExp(expression.source, 'gu') : expression;
  return value.replace(global, () => replacement);
}

function reverse(text: string): string {
  return [...text].reverse().join('');
}

/** Reverses the pattern but keeps each escape before the character it escapes. */
function reversePattern(pattern: string): string {
  const parts = pattern.match(/\\.|./gsu) ?? [];
  return parts.reverse().join('');
}
