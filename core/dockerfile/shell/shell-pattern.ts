/** The patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*` and `?` only, `\` escapes (POSIX shell, without brackets). */
import type { RE2JS } from 're2js';
import { compileGoExpression } from '../../text/glob';
import { DockerfileError } from '../instruction';

/** Matching takes time by the product of pattern and value. No pattern that a person writes comes near to it. */
const LONGEST_PATTERN = 256;

/** Returns the value without the shortest start that matches (`${value#pattern}`), or the longest one (`##`). */
export function withoutPrefix(value: string, pattern: string, isGreedy: boolean): string {
  const matcher = compile(pattern, isGreedy, '^').matcher(value);
  return matcher.find() ? value.slice(matcher.end()) : value;
}

/** Returns the value without the shortest end that matches (`${value%pattern}`), or the longest one (`%%`). */
export function withoutSuffix(value: string, pattern: string, isGreedy: boolean): string {
  return reverse(withoutPrefix(reverse(value), reversePattern(pattern), isGreedy));
}

/** Returns the parts of `${value/pattern/replacement}` in order. Only the first match is replaced, or every match (`//`). */
export function* replacePattern(
  value: string,
  pattern: string,
  replacement: string,
  isEvery: boolean,
): Iterable<string> {
  const matcher = compile(pattern, true, '').matcher(value);
  let done = 0;
  for (let isLast = false; !isLast && matcher.find(); isLast = !isEvery) {
    const [start, end] = [matcher.start(), matcher.end()];
    // As in Go, no empty match counts right behind another match.
    if (start === end && start === done && done > 0) continue;
    yield value.slice(done, start);
    yield isEvery ? expandTemplate(replacement, value.slice(start, end)) : replacement;
    done = end;
  }
  yield value.slice(done);
}

/** With `//`, Docker hands the replacement to Go's `ReplaceAllString`, where `$0` is the match and other names are empty. */
function expandTemplate(template: string, match: string): string {
  return template.replace(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (text, braced, plain) => {
    if (text === '$$') return '$';
    return (braced ?? plain) === '0' ? match : '';
  });
}

function compile(pattern: string, isGreedy: boolean, anchor: string): RE2JS {
  if (pattern.length > LONGEST_PATTERN) {
    throw new DockerfileError(`a pattern has ${pattern.length} characters; at most ${LONGEST_PATTERN} are matched`);
  }
  const compiled = compileGoExpression(anchor + toExpression(pattern, isGreedy));
  if (compiled === undefined) throw new DockerfileError(`invalid pattern (${pattern}) in a substitution`);
  return compiled;
}

function toExpression(pattern: string, isGreedy: boolean): string {
  let expression = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '*') {
      expression += isGreedy ? '.*' : '.*?';
    } else if (character === '?') {
      expression += '.';
    } else if (character === '\\') {
      const next = pattern.charAt(at + 1);
      if (next === '}' || next === '/') continue;
      if (next === '' || !'*?\\'.includes(next)) throw new DockerfileError(`invalid escape '\\${next}' in ${pattern}`);
      expression += `\\${next}`;
      at++;
    } else {
      expression += character.replace(/[[\]{}.+()|^$]/, '\\$&');
    }
  }
  return expression;
}

function reverse(text: string): string {
  return [...text].reverse().join('');
}

/** Reverses the pattern but keeps each escape before the character that it escapes. */
function reversePattern(pattern: string): string {
  const parts = pattern.match(/\\.|./gsu) ?? [];
  return parts.reverse().join('');
}
