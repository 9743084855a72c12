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
});
