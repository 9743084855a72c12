// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { expandVariables } from '../../../core/dockerfile/shell/shell-lexer';

const VALUES: Readonly<Record<string, string | null>> = { set: 'value', empty: '', path: 'a/b/c.tar.gz', hidden: null };

function expand(text: string, escapeMark = '\\') {
  return expandVariables(text, { escapeMark, lookup: (name) => VALUES[name] });
}

describe('words of instructions', () => {
  it.each([
    ['plain', 'plain'],
    ['$set', 'value'],
    ['${set}', 'value'],
    ['x$set/y', 'xvalue/y'],
    ['$unset', ''],
    ['$', '$'],
    ['$/x', '$/x'],
    ['\\$set', '$set'],
    ['\\a', 'a'],
    ['a\\', 'a'],
    ["'$set'", '$set'],
    ['"$set"', 'value'],
    ['"a b"\'c d\'', 'a bc d'],
    ['"\\$set \\" \\x"', '$set " \\x'],
    ['${set:-other}', 'value'],
    ['${empty:-other}', 'other'],
    ['${unset:-other}', 'other'],
    ['${empty-other}', ''],
    ['${unset-other}', 'other'],
    ['${set:+other}', 'other'],
    ['${empty:+other}', ''],
    ['${unset:+other}', ''],
    ['${empty+other}', 'other'],
    ['${unset+other}', ''],
    ['${unset:-${empty:-deep}}', 'deep'],
    ['${unset:-"a b"}', 'a b'],
    ['${set:?message}', 'value'],
    ['${path#*/}', 'b/c.tar.gz'],
    ['${path##*/}', 'c.tar.gz'],
    ['${path%.*}', 'a/b/c.tar'],
    ['${path%%.*}', 'a/b/c'],
    ['${path#?/}', 'b/c.tar.gz'],
    ['${path/b/x}', 'a/x/c.tar.gz'],
    ['${path//\\//-}', 'a-b-c.tar.gz'],
    ['${path/a*c/x}', 'x.tar.gz'],
    ['$12', ''],
    ['<<EOF', '<<EOF'],
  ])('%s becomes %j', (text, expected) => {
    expect(expand(text).text).toBe(expected);
  });

  it('know the backtick as escape where the file says so', () => {
    expect(expand('`$set\\x', '`').text).toBe('$set\\x');
  });

  it.each([
    '"open',
    "'open",
    '${set',
    '${',
    '${}',
    '${:x}',
    '${set!x}',
    '${set:#x}',
    '${unset?}',
    '${unset:?message}',
    '${empty:?}',
  ])('are refused: %s', (text) => {
    expect(() => expand(text)).toThrow();
  });

  it('name the variables that only the build knows', () => {
    expect(expand('$set/$hidden/${hidden:-x}').unknown).toEqual(['hidden']);
  });

  it('are split at white space that is not quoted', () => {
    expect(expand('a "b c" d\\ e $set').words).toEqual(['a', 'b c', 'd e', 'value']);
  });

  it('take the white space behind << with it, for the name of a heredoc', () => {
    expect(expand('a << \tEOF <b').words).toEqual(['a', '<< \tEOF', '<b']);
    expect(expand('a<b').text).toBe('a<b');
  });

  it('name the variables that have no value and no other one for it', () => {
    const { unset, unknown } = expand('$unset ${none} ${other:-x} $hidden ${set}');

    expect([unset, unknown]).toEqual([['unset', 'none'], ['hidden']]);
    expect(expand('a${hidden:?message}${hidden?}b')).toMatchObject({ text: 'ab', unknown: ['hidden'] });
  });

  it.each([
    ['${', "missing '}' in ${"],
    ['${}', 'bad substitution in ${}'],
    ['${{set}', 'bad substitution in ${{set}'],
    ['${set', 'unsupported modifier () in ${set'],
  ])('are refused with a reason: %s', (text, reason) => {
    expect(() => expand(text)).toThrow(reason);
  });
});

describe('limits of words', () => {
  const nested = (depth: number) => `${'${unset:-'.repeat(depth)}x${'}'.repeat(depth)}`;

  it('are 100 levels, however many substitutions are side by side', () => {
    expect(expand(nested(99)).text).toBe('x');
    expect(expand('${unset:-x}'.repeat(200)).text).toBe('x'.repeat(200));
    expect(() => expand(nested(100))).toThrow('substitutions are nested more than 100 deep');
  });

  it.each(['$big$one', '"$big$one"', '${big/x/$two}'])('are 131,072 characters of a result: %s', (text) => {
    const values: Readonly<Record<string, string>> = { big: 'x'.repeat(131_072), one: 'x', two: 'xx' };
    const lookup = (name: string) => values[name];

    expect(expandVariables('$big', { escapeMark: '\\', lookup }).text).toHaveLength(131_072);
    expect(expandVariables('"$big"', { escapeMark: '\\', lookup }).text).toHaveLength(131_072);
    expect(() => expandVariables(text, { escapeMark: '\\', lookup })).toThrow(
      'expands to more than 131072 characters; Linux takes no longer ones',
    );
  });

  it('are the characters that all variables of a file may bring in', () => {
    const budget = { left: 10 };
    const use = (text: string) => expandVariables(text, { escapeMark: '\\', lookup: () => 'value', budget }).text;

    expect(use('$a$b')).toBe('valuevalue');
    expect(budget.left).toBe(0);
    expect(use('none')).toBe('none');
    expect(() => use('$a')).toThrow('the variables of this Dockerfile expand to more than 4194304 characters in all');
  });
});
