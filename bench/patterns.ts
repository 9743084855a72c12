// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/**
 * Measures how the time of each kind of pattern grows with ten times the text and stars, and compares re2js with JavaScript's engine on usual
 * ignore patterns. Run by `npm run bench:patterns`. Exit code 1 if ten times the size takes 30 times the time.
 */
import { expandVariables } from '../core/dockerfile/shell/shell-lexer';
import { compilePattern } from '../core/dockerignore/pattern';
import { compileGlob, compileGoExpression, matchesWildcard } from '../core/text/glob';

/** A linear matcher needs 10; the rest is room for a loaded machine. */
const MAX_GROWTH = 30;
const SIZES = [10_000, 100_000];
/** Stars that a backtracking engine would try in all combinations. */
const STARS = '*a'.repeat(8);

interface Kind {
  readonly name: string;
  /** Returns one match of a text of so many characters. */
  readonly prepare: (size: number) => () => unknown;
}

const KINDS: readonly Kind[] = [
  { name: '.dockerignore a/*a*a...b', prepare: (size) => ignoreMatch(`a/${STARS}*b`, `a/${'a'.repeat(size)}`) },
  {
    name: '.dockerignore **/*a**a...b',
    prepare: (size) => ignoreMatch(`**/${'*a**a'.repeat(4)}b`, 'a/'.repeat(size / 2)),
  },
  { name: '.dockerignore **/*.py', prepare: (size) => ignoreMatch('**/*.py', `${'a/'.repeat(size / 2)}.pyc`) },
  { name: 'COPY *a*a...b', prepare: (size) => globMatch(`${STARS}*b`, 'a'.repeat(size)) },
  { name: '${A##*a*a...b}', prepare: (size) => substitution(`\${A##${STARS}*b}`, size) },
  { name: '${A%%b*a*a...}', prepare: (size) => substitution(`\${A%%b${STARS}*}`, size) },
  { name: '${A//a*b/x}', prepare: (size) => substitution('${A//a*b/x}', size) },
  { name: 'branch rule *a*a...b', prepare: (size) => () => matchesWildcard(`${STARS}*b`, 'a'.repeat(size)) },
];

/** Usual ignore patterns with the expressions that Docker makes of them. */
const USUAL = [
  ['**/*.pyc', '^(.*/)?[^/]*\\.pyc$'],
  ['**/node_modules', '^(.*/)?node_modules$'],
  ['*.md', '^[^/]*\\.md$'],
  ['docs/*/x?.txt', '^docs/[^/]*/x[^/]\\.txt$'],
  ['test[0-9]*/**', '^test[0-9][^/]*/.*$'],
] as const;
const PATHS = Array.from(
  { length: 2_000 },
  (_, at) => `services/service${at % 70}/src/package${at % 13}/module_${at}.${['py', 'pyc', 'ts', 'md'][at % 4]}`,
);

process.stdout.write(`time of ${SIZES[0]} characters, of ${SIZES[1]}, ratio\n`);
for (const { name, prepare } of KINDS) {
  const [small = 0, large = 0] = SIZES.map((size) => microseconds(prepare(size)));
  const ratio = large / small;
  process.stdout.write(
    `  ${name.padEnd(28)} ${small.toFixed(1).padStart(9)} us ${large.toFixed(1).padStart(9)} us  x ${ratio.toFixed(1)}\n`,
  );
  if (ratio > MAX_GROWTH) process.exitCode = 1;
}
process.stdout.write(`\nusual patterns on ${PATHS.length} paths: re2js against JavaScript's engine, ratio\n`);
for (const [pattern, expression] of USUAL) compareEngines(pattern, expression);

function ignoreMatch(pattern: string, path: string): () => unknown {
  const compiled = compilePattern(pattern);
  return () => compiled?.matches(path);
}

function globMatch(pattern: string, path: string): () => unknown {
  const compiled = compileGlob(pattern);
  return () => compiled?.matches(path);
}

function substitution(word: string, size: number): () => unknown {
  const value = 'a'.repeat(size);
  return () => expandVariables(word, { escapeMark: '\\', lookup: () => value });
}

function compareEngines(pattern: string, expression: string): void {
  const [re2, own] = [compileGoExpression(expression), new RegExp(expression, 'u')];
  const linear = microseconds(() => PATHS.filter((path) => re2?.test(path)));
  const backtracking = microseconds(() => PATHS.filter((path) => own.test(path)));
  process.stdout.write(
    `  ${pattern.padEnd(28)} ${linear.toFixed(0).padStart(9)} us ${backtracking.toFixed(0).padStart(9)} us  x ${(linear / backtracking).toFixed(1)}\n`,
  );
}

/** Returns the least time of several rounds, each long enough for the clock, after a first call that compiles. */
function microseconds(work: () => unknown): number {
  work();
  const rounds = Array.from({ length: 9 }, () => {
    const start = process.hrtime.bigint();
    let calls = 0;
    do {
      work();
      calls++;
    } while (process.hrtime.bigint() - start < 5_000_000n);
    return Number(process.hrtime.bigint() - start) / calls / 1_000;
  });
  return Math.min(...rounds);
}
