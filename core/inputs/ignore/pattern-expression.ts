/** Turns an ignore pattern into the text of a Go expression as moby's patternmatcher does, quirks included (`[*]` is no literal star). */

/** How a pattern is compared: as a text, by its start, by its end, or by an expression. */
export type PatternKind = 'exact' | 'prefix' | 'suffix' | 'expression';

/**
 * The Go expression that moby builds for a cleaned pattern, and whether a plain comparison does instead. `{`, `|` and `}` keep
 * their meaning in it: moby means to escape them, but looks them up in a table that ends before them (`shouldEscape`).
 */
export function toGoExpression(pattern: string): { readonly kind: PatternKind; readonly expression: string } {
  const { expression, kinds } = translate(pattern, '.+()$');
  return { kind: kinds.reduce(nextKind, 'exact'), expression };
}

/** The same for Docker 20.10 and before, which always used the expression, and left `+()` their meaning in it. */
export function toEarlierExpression(pattern: string): string {
  return translate(pattern, '.$').expression;
}

/** What a part of the pattern does to the comparison. */
type Part = 'plain' | 'special' | 'leading **' | 'last **';

/** A leading `**` makes the rest a suffix, a trailing one the rest a prefix, unless something special stands elsewhere. */
function nextKind(kind: PatternKind, part: Part): PatternKind {
  if (part === 'plain') return kind;
  if (part === 'leading **') return 'suffix';
  return part === 'last **' && kind === 'exact' ? 'prefix' : 'expression';
}

function translate(pattern: string, escaped: string): { expression: string; kinds: readonly Part[] } {
  const characters = [...pattern];
  const kinds: Part[] = [];
  let expression = '^';
  for (let at = 0; at < characters.length; ) {
    const first = at === 0;
    const character = characters[at++] ?? '';
    if (character === '*' && characters[at] === '*') {
      at += characters[at + 1] === '/' ? 2 : 1;
      const last = at >= characters.length;
      expression += last ? '.*' : '(.*/)?';
      kinds.push(first ? 'leading **' : last ? 'last **' : 'special');
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      kinds.push('special');
    } else if (character === '\\') {
      expression += `\\${characters[at++] ?? ''}`;
      kinds.push('special');
    } else {
      expression += escaped.includes(character) ? `\\${character}` : character;
      kinds.push(character === '[' || character === ']' ? 'special' : 'plain');
    }
  }
  return { expression: `${expression}$`, kinds };
}
