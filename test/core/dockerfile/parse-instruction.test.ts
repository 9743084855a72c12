/** Single instructions: what is kept of each, and what Docker refuses. */
import { parseInstruction } from '../../../core/dockerfile/parse/parse-instruction';

const parse = (text: string, heredocs: readonly string[] = []) =>
  parseInstruction({ line: 7, text, heredocs }, '\\') as unknown;

const copy = (rest: object) => ({
  kind: 'copy',
  line: 7,
  sources: ['a'],
  destination: '/',
  from: undefined,
  parents: false,
  excludes: [],
  checksum: undefined,
  unknownFlags: [],
  ...rest,
});

test.each<[string, object]>([
  ['COPY a /', {}],
  ['copy --from= a b /', { sources: ['a', 'b'] }],
  ['COPY --from=x a /', { from: 'x' }],
  ['COPY --parents --exclude=b a /', { parents: true, excludes: ['b'] }],
  ['COPY --parents=FALSE --link a /', {}],
  ['COPY --parents=true --new --other=1 a /', { parents: true, unknownFlags: ['--new', '--other=1'] }],
  ['COPY a <<"E', { destination: '<<"E' }],
  ['ADD --checksum=sha256:1 --unpack --keep-git-dir=false a /', { kind: 'add', checksum: 'sha256:1' }],
])('%s is a copy with %j', (text, expected) => {
  expect(parse(text)).toEqual(copy(expected));
});

test.each<[string, object]>([
  [
    'ARG a b=c d= e=f=g',
    {
      kind: 'arg',
      args: [
        ['a', undefined],
        ['b', 'c'],
        ['d', ''],
        ['e', 'f=g'],
      ],
    },
  ],
  ['arg a="b c"', { kind: 'arg', args: [['a', '"b c"']] }],
])('%s declares %j', (text, { args, ...rest }: { args?: [string, string | undefined][] }) => {
  expect(parse(text)).toEqual({ line: 7, ...rest, args: args?.map(([name, value]) => ({ name, value })) });
});

test.each([
  'CMD',
  'cmd x',
  'ENTRYPOINT',
  'Entrypoint ["x"]',
  'LABEL a=b',
  'EXPOSE 1',
  'user x',
  'WORKDIR /',
  'SHELL ["x"]',
])('%s decides nothing about files', (text) => expect(parse(text)).toBeUndefined());

const mount = (rest: object) => ({ type: 'bind', from: undefined, source: '', error: undefined, ...rest });

test.each<[string, object, readonly string[]]>([
  ['source=a', { source: 'a' }, []],
  ['SRC=a,type=cache,from=', { source: 'a', type: 'cache' }, []],
  ['from=base$', { from: 'base$' }, []],
  ['from=$', { from: '$' }, []],
  ['ro,required,RW,target=/,id=1,sharing=locked,uid=0,size=1,env=A', {}, []],
  ['one=1,two=2', {}, ['--mount one=', '--mount two=']],
  ['=1', {}, ['--mount =']],
  ['source', { error: "invalid field 'source' in --mount; it must be key=value" }, []],
])('the mount %s is %j, with the unknown keys %j', (text, expected, unknownFlags) => {
  expect(parse(`RUN --mount=${text} x`)).toMatchObject({ mounts: [mount(expected)], unknownFlags });
});

test.each<[string, string, boolean]>([
  ['type=secret,id=npm', 'npm', false],
  ['type=secret,id=npm,required', 'npm', true],
  ['type=secret,id=npm,required=T', 'npm', true],
  ['type=secret,id=npm,required=false', 'npm', false],
  ['type=secret,source=npm,target=/a', 'npm', false],
  ['type=secret,target=/root/.npmrc', '.npmrc', false],
  ['type=secret,dst=/root/.npmrc/', '.npmrc', false],
  ['type=ssh', 'default', false],
  ['type=SSH,id=libs,target=/a,required', 'libs', true],
  ['type=cache,id=x,target=/a', 'x', false],
])('the mount %s has the id %j, and is required: %j', (text, id, isRequired) => {
  expect(parse(`RUN --mount=${text} x`)).toMatchObject({ mounts: [{ id, isRequired }] });
});

// Quotes around a whole field: once for the flag itself, and once for the field.
test('a mount is a line of CSV, in which a field in quotes may have commas and doubled quotes', () => {
  expect(parse(`RUN --mount='"source=a,""b""",target=/' x`)).toMatchObject({ mounts: [mount({ source: 'a,"b"' })] });
});

test.each<[string, readonly string[], string]>([
  ['RUN a  b', [], 'a  b'],
  ['RUN ["a", "b c"]', [], 'a b c'],
  ['RUN cat <<A <<B', ['one', 'two'], 'cat <<A <<B\none\ntwo'],
])('the command of %s with the heredocs %j is %j', (text, heredocs, command) => {
  expect(parse(text, heredocs)).toEqual({ kind: 'run', line: 7, mounts: [], command, unknownFlags: [] });
});

test.each<[string, string]>([
  ['ARG', 'ARG requires at least one argument'],
  ['ARG =b', 'ARG names can not be blank'],
  ['LABEL', 'LABEL requires at least one argument'],
  ['volume', 'VOLUME requires at least one argument'],
  ['COPY', 'COPY requires at least two arguments, a source and a destination'],
  ['add a', 'ADD requires at least two arguments, a source and a destination'],
  ['COPY --link=no a /', "--link must be true or false, not 'no'"],
  ['COPY --from=a --from=b a /', 'duplicate flag --from'],
  ['COPY --from=a$b a /', '--from=a$b cannot contain a variable; define a stage with FROM a$b instead'],
  ['RUN --mount x', 'missing a value on flag --mount'],
  ['RUN --mount=from=a$b x', '--mount from=a$b cannot contain a variable; define a stage with FROM a$b instead'],
  [`RUN --mount='a"b' x`, '--mount=a"b has a misplaced quote'],
  ['ONBUILD', 'ONBUILD requires at least one argument'],
  ['ONBUILD onbuild RUN x', "ONBUILD isn't allowed as an ONBUILD trigger"],
  ['ONBUILD maintainer x', "MAINTAINER isn't allowed as an ONBUILD trigger"],
  ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
])('%s is refused: %s', (text, message) => {
  const refusal = `${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
  expect(() => parse(text)).toThrow(new RegExp(`^${refusal}`));
});

test('an error of a trigger counts only where the trigger runs', () => {
  expect(parse('ONBUILD COPY a')).toMatchObject({
    kind: 'onbuild',
    trigger: { error: { message: 'COPY requires at least two arguments, a source and a destination' } },
  });
  expect(parse('ONBUILD COPY a /')).toEqual({ kind: 'onbuild', line: 7, trigger: { instruction: copy({}) } });
  expect(parse('ONBUILD CMD x')).toEqual({ kind: 'onbuild', line: 7, trigger: { instruction: undefined } });
});
