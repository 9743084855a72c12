/** Turns an ignore pattern into the text of a Go expression as moby's patternmatcher does, quirks included (`[*]` is no literal star). */

/** How a pattern is compared: as a text, by its start, by its end, or by an expression. */
export type PatternKind = 'exact' | 'prefix' | 'suffix' | 'expression';

/** The Go expression that moby builds for a cleaned pattern, and whether a plain comparison does instead. */
export function toGoExpression(pattern: string): { readonly kind: PatternKind; readonly expression: string } {
  const characters = [...pattern];
  let expression = '^';
  let kind: PatternKind = 'exact';
  let index = 0;
  for (let at = 0; at < characters.length; index++) {
    const character = characters[at++] ?? '';
    if (character === '*' && characters[at] === '*') {
      at++;
      if (characters[at] === '/') at++;
      if (at < characters.length) {
        expression += '(.*/)?';
        kind = 'expression';
      } else if (kind === 'exact') {
        kind = 'prefix';
      } else {
        expression += '.*';
        kind = 'expression';
      }
      if (index === 0) kind = 'suffix';
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      kind = 'expression';
    } else if ('.+()|{}$'.includes(character)) {
      expression += `\\${character}`;
    } else if (character === '\\') {
      const next = characters[at++];
      expression += `\\${next ?? ''}`;
      if (next !== undefined) kind = 'expression';
    } else {
      if (character === '[' || character === ']') kind = 'expression';
      expression += character;
    }
  }
  return { kind, expression: `${expression}$` };
}
