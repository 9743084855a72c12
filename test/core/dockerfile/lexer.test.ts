// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/** How a Dockerfile is cut into instructions, flags, words and pairs, as BuildKit's `frontend/dockerfile/parser` does it. */
import {
  parseHeredoc,
  parseJsonForm,
  parseList,
  parsePairs,
  parseWords,
  splitInstruction,
  splitLines,
  withoutReturns,
} from '../../../core/dockerfile/parse/lexer';

const lines = (text: string, mark = '\\') => splitLines(text, mark).map(({ text: joined }) => joined);
const bodies = (text: string, mark = '\\') => splitLines(text, mark).flatMap(({ heredocs }) => heredocs);

test.each<[string, string, readonly string[]]>([
  ['a continued first line', 'A \\\nB', ['A B']],
  ['several continued lines', 'A \\\nBC\\\nD', ['A BCD']],
  ['a mark alone on its line', 'A \\\n\\\nB', ['A B']],
  ['a third mark in a row, as Docker looks at two', 'A\\\\\\\nB', ['A\\\\\\', 'B']],
  ['a mark at the end of the file', 'A \\', ['A ']],
  ['two in a row', 'A\\\\\nB', ['A\\\\', 'B']],
  ['white space before a comment', '  # no\n\t#no\nA', ['A']],
])('lines with %s', (_, text, expected) => {
  expect(lines(text)).toEqual(expected);
});

test('a line has its number, that of its first part', () => {
  expect(splitLines('\n# no\nA \\\nB\n\nC', '\\').map(({ line }) => line)).toEqual([3, 6]);
});

test('a line has at most 65,535 bytes, whatever its characters', () => {
  expect(lines(`A ${'x'.repeat(65_533)}`)).toHaveLength(1);
  expect(lines(`A ${'x'.repeat(20_000)}`)).toHaveLength(1);
  expect(() => lines(`A\nB ${'x'.repeat(65_534)}`)).toThrow(
    expect.objectContaining({ line: 2, message: 'the line is longer than 65535 bytes, the most that Docker reads' }),
  );
  expect(() => lines(`B ${'é'.repeat(32_767)}`)).toThrow('longer than 65535 bytes');
});

test.each<[string, string, readonly string[]]>([
  ['of RUN', 'RUN <<EOF\n a\n\nb\nEOF\nX', [' a\n\nb\n']],
  ['of COPY and ADD', 'COPY <<A /\n1\nA\nADD <<B /\n2\nB', ['1\n', '2\n']],
  ['behind ONBUILD', 'ONBUILD RUN <<A\n1\nA', ['1\n']],
  ['in lower case', 'run <<A\n1\nA', ['1\n']],
  ['with tabs that are dropped at its end only', 'RUN <<-A\n\t1\ta\n\t\tA', ['\t1\ta\n']],
  ['with a line that only begins like its end', 'RUN <<-A\nA\t\nb\n\tA', ['A\t\nb\n']],
  ['without a line', 'RUN <<A\nA', ['']],
  ['with an empty line', 'RUN <<A\n\nA', ['\n']],
  ['with carriage returns, which are content', 'RUN <<A\r\n1\r\nA\r\n', ['1\r\n']],
  ['with a name in quotes', "RUN <<'A B'\n1\nA B", ['1\n']],
  ['with an escaped name', 'RUN <<\\A\n1\nA', ['1\n']],
  ['behind a number', 'RUN 3<<A\n1\nA', ['1\n']],
  ['behind white space', 'RUN << A\n1\nA', ['1\n']],
])('a heredoc %s', (_, text, expected) => {
  expect(bodies(text)).toEqual(expected);
});

test.each([
  ['another instruction', 'LABEL a <<A\nRUN x'],
  ['a list in JSON form', 'RUN ["a", "<<A"]\nRUN x'],
  ['a here-string', 'RUN <<<A\nRUN x'],
  ['an open quote', 'RUN " <<A\nRUN x'],
  ['a text in quotes', 'RUN "<<A"\nRUN x'],
  ['nothing behind it', 'RUN <<\nRUN x'],
])('%s opens no heredoc', (_, text) => {
  expect(bodies(text)).toEqual([]);
  expect(lines(text)).toHaveLength(2);
});

test('a heredoc without an end is refused with the line that opens it', () => {
  expect(() => bodies('X\nRUN <<A\n1\n A')).toThrow(
    expect.objectContaining({ line: 2, message: "unterminated heredoc 'A'" }),
  );
});

test.each([
  ['<<A', { name: 'A', chomp: false }],
  ['<<-A', { name: 'A', chomp: true }],
  ['2<<- \tA', { name: 'A', chomp: true }],
  ['<<"A"', { name: 'A', chomp: false }],
  ['<<$A', { name: '$A', chomp: false }],
  ['<<${A:-b}', { name: '${A:-b}', chomp: false }],
  ['<<A B', undefined],
  ['<<-', undefined],
  ['<<""', undefined],
  ['<<\t  A', { name: 'A', chomp: false }],
  ['<<${A}', { name: '${A}', chomp: false }],
  ['<<${A+b}', { name: '${A+b}', chomp: false }],
  ['x<<A', undefined],
  ['<A', undefined],
])('the word %j opens %j', (word, expected) => {
  expect(parseHeredoc(word)).toEqual(expected);
});

test.each<[string, string, readonly string[], string]>([
  ['COPY a b', 'COPY', [], 'a b'],
  ['  EXPOSE  ', 'EXPOSE', [], ''],
  ['COPY\t--a  --b=c  d', 'COPY', ['--a', '--b=c'], 'd'],
  ['COPY --a="b c" d', 'COPY', ['--a=b c'], 'd'],
  ["COPY --a='b \"c' d", 'COPY', ['--a=b "c'], 'd'],
  ['COPY --a=b\\ c d', 'COPY', ['--a=b c'], 'd'],
  ['COPY --a="b\\"c" d', 'COPY', ['--a=b"c'], 'd'],
  ['COPY --a="b"c"d" e', 'COPY', ['--a=bcd'], 'e'],
  ['COPY -- --a b', 'COPY', [], '--a b'],
  ['COPY - a', 'COPY', [], '- a'],
  ['COPY --a', 'COPY', ['--a'], ''],
  ['COPY --a=é ü', 'COPY', ['--a=Ã©'], 'ü'],
])('%j is split into keyword, flags and rest', (line, keyword, flags, rest) => {
  expect(splitInstruction(line, '\\')).toEqual({ keyword, flags, rest });
});

test('flags know the backtick as escape where the file says so', () => {
  expect(splitInstruction('COPY --a=b` c\\ d', '`')).toMatchObject({ flags: ['--a=b c\\'], rest: 'd' });
});

test.each<[string, readonly string[]]>([
  ['', []],
  ['a  b\tc', ['a', 'b', 'c']],
  ['"a b" c', ['"a b"', 'c']],
  ["'a b' c", ["'a b'", 'c']],
  ["'a\\' b", ["'a\\'", 'b']],
  ['"a\\" b" c', ['"a\\" b"', 'c']],
  ['a\\ b c', ['a\\ b', 'c']],
  ['a"b c"d e', ['a"b c"d', 'e']],
  [`"it's" b`, [`"it's"`, 'b']],
  [`'say "a' b`, [`'say "a'`, 'b']],
  ['a \\', ['a']],
  ['a b\\', ['a', 'b']],
  ['  a  ', ['a']],
])('the words of %j keep quotes and escapes', (text, expected) => {
  expect(parseWords(text, '\\')).toEqual(expected);
});

test.each<[string, ReturnType<typeof parsePairs>]>([
  ['a=b', [{ name: 'a', value: 'b' }]],
  [
    'a=b=c d="e f"',
    [
      { name: 'a', value: 'b=c' },
      { name: 'd', value: '"e f"' },
    ],
  ],
  ['a=', [{ name: 'a', value: '' }]],
  ['a b c=d', [{ name: 'a', value: 'b c=d' }]],
  ['a\t  b', [{ name: 'a', value: 'b' }]],
])('the pairs of %j', (text, expected) => {
  expect(parsePairs(text, '\\', 'ENV')).toEqual(expected);
});

test.each([
  ['', 'ENV requires at least one argument'],
  ['a', 'ENV must have two arguments'],
  ['a=b c', "can't find = in 'c'; it must be name=value"],
  ['=b', 'ENV names can not be blank'],
])('the pairs of %j are refused', (text, message) => {
  expect(() => parsePairs(text, '\\', 'ENV')).toThrow(message);
});

test.each<[string, readonly string[] | undefined]>([
  ['["a", "b c"]', ['a', 'b c']],
  [' \t["a"] ', ['a']],
  ['[]', []],
  ['["a"', undefined],
  ["['a']", undefined],
  ['{"a": 1}', undefined],
  ['"a"', undefined],
  ['', undefined],
])('the JSON form of %j is %j', (text, expected) => {
  expect(parseJsonForm(text)).toEqual(expected);
});

test('a list in JSON form has strings only', () => {
  expect(() => parseJsonForm('["a", 1]')).toThrow('a list in JSON form can contain strings only');
});

test.each<[string, readonly string[]]>([
  ['', []],
  ['"a b" c', ['"a', 'b"', 'c']],
  ['a\u00a0b c', ['a\u00a0b', 'c']],
  ['["a b", "c"]', ['a b', 'c']],
])('the list %j', (text, expected) => {
  expect(parseList(text)).toEqual(expected);
});

test('carriage returns are dropped at the end of a line only', () => {
  expect(withoutReturns('a\rb\r\r')).toBe('a\rb');
});
