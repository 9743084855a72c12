// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/** What each instruction reads of the build context, by which rule, and where that is not certain. */
import { isGitSource, isRemoteSource } from '../../../core/dockerfile/evaluate/evaluate-stage';
import { isPinned, repositoryOf, tagOf } from '../../../core/dockerfile/evaluate/stages';
import { DockerfileError } from '../../../core/dockerfile/instruction';
import { discover, type Files, inputsOf } from '../../support/docker/docker-context';

const files: Files = { a: '', 'd/b': '', 'known/c': '' };

/** The files that a Dockerfile reads with the first rule of each, and what is in doubt. */
function reads(...lines: readonly string[]) {
  const inputs = inputsOf({ ...files, Dockerfile: lines.join('\n') });
  return {
    files: inputs.files.map(({ path, rule }) => `${path}: ${rule}`),
    doubts: inputs.doubts.map(({ text }) => text),
  };
}

function refusalOf(...lines: readonly string[]): string {
  const { problems } = discover({ files: { ...files, Dockerfile: lines.join('\n') } });
  return problems.map(({ message }) => message).join();
}

const ALL = ['Dockerfile', 'a', 'd/b', 'known/c'];
const everything = (line: number) => ALL.map((path) => `${path}: everything, in doubt (line ${line})`);

test.each([
  ['COPY d /', ['d/b: COPY d (line 2)'], []],
  ['ADD a d /', ['a: ADD a (line 2)', 'd/b: ADD d (line 2)'], []],
  ['RUN --mount=source=d,target=/m x', ['d/b: RUN --mount d (line 2)'], []],
  ['RUN --mount=target=/m x', ALL.map((path) => `${path}: RUN --mount . (line 2)`), []],
  ['RUN --mount=type=secret,id=$X x', [], []],
  ['ADD http://example.com/a /', [], []],
  ['ADD https://example.com/$V /', [], []],
  ['ADD git@example.com:a/b /', [], []],
  ['ARG U=https://example.com/a\nADD $U /', [], []],
  ['ENV P=${PATH:+known}\nCOPY $P /', ['known/c: COPY known (line 3)'], []],
])('%j reads its files by its own rule', (lines, expected, doubts) => {
  expect(reads('FROM scratch', ...lines.split('\n'))).toEqual({ files: expected, doubts });
});

test.each([
  ['RUN --new=1 --other x', 'RUN --new=1 --other is not supported, so everything counts as read'],
  ['COPY --new a /', 'COPY --new is not supported, so everything counts as read'],
  ['RUN --mount=source=$X,target=/m x', 'RUN --mount depends on $X, which only the build knows'],
  ['RUN --mount=type=$T,source=$X,target=/m x', 'RUN --mount depends on $T, $X, which only the build knows'],
  ['COPY $X$Y /', 'COPY $X$Y depends on $X, $Y, which only the build knows'],
  ['ADD $X /', 'ADD $X depends on $X, which only the build knows'],
])('%j on an image that may set any variable reads everything, in doubt', (line, doubt) => {
  expect(reads('FROM alpine', line)).toEqual({ files: everything(2), doubts: [`line 2: ${doubt}`] });
});

test('a URL is fetched, whatever its variables are', () => {
  expect(reads('FROM alpine', 'ADD https://example.com/$X /')).toEqual({ files: [], doubts: [] });
});

test('an image whose tag says onbuild may read everything', () => {
  const doubt = 'FROM python:3-onbuild may contain ONBUILD instructions that read the build context';

  expect(reads('FROM python:3-onbuild')).toEqual({ files: everything(1), doubts: [`line 1: ${doubt}`] });
  expect(reads('FROM python-onbuild:3').files).toEqual([]);
});

test.each(['FROM ${NO_VALUE}', 'ARG TARGETARCH\nFROM $TARGETARCH'])(
  'the base of %j counts as written',
  (dockerfile) => {
    expect(inputsOf({ Dockerfile: `${dockerfile}\n` }).bases).toEqual([dockerfile.split('FROM ')[1]]);
  },
);

test('FROM names a stage above it; one of that name below is another', () => {
  const inputs = inputsOf({ ...files, Dockerfile: 'FROM b AS a\nFROM scratch AS b\nCOPY a /\nFROM a\n' });

  expect([inputs.bases, inputs.files]).toEqual([['b'], []]);
});

test('instructions of ONBUILD count in each stage where they run', () => {
  const triggers = Array.from({ length: 4_000 }, () => 'ONBUILD RUN x');
  const stages = (count: number) => Array.from({ length: count }, (_, index) => `FROM a AS s${index}`);
  const used = (count: number) => Array.from({ length: count }, (_, index) => `COPY --from=s${index} / /`);

  expect(refusalOf('FROM scratch AS a', ...triggers, ...stages(1), 'FROM scratch', ...used(1))).toBe('');
  expect(refusalOf('FROM scratch AS a', ...triggers, ...stages(3), 'FROM scratch', ...used(3))).toMatch(
    /the stages have more than 10000 instructions, those of ONBUILD included$/,
  );
});

test('a COPY of a URL reads a file of that name, and the build fails', () => {
  const { doubts } = reads('FROM scratch', 'COPY http://example.com/a /');

  expect(doubts[0]).toMatch(/^line 2: COPY http:\/\/example\.com\/a: /);
});

test.each([
  ['COPY a ${x:?place}', 'Dockerfile:2: x: place'],
  ['COPY --from=alpine ${x:?source} /', 'Dockerfile:2: x: source'],
  ['RUN --mount=type=tmp,target=/m x', "Dockerfile:2: unsupported mount type 'tmp'"],
  [`RUN --mount='a"b,target=/m' x`, 'Dockerfile:2: --mount=a"b,target=/m has a misplaced quote'],
  ['COPY --from=-1 a /', 'Dockerfile:2: invalid stage index -1'],
  ['COPY --from=12 a /', 'Dockerfile:2: invalid stage index 12'],
])('%j is refused with its line', (line, message) => {
  expect(refusalOf('FROM scratch', line)).toBe(message);
});

test('a target of a file without names is refused', () => {
  const all = discover({ files: { Dockerfile: 'FROM scratch\n' }, services: [{ target: 'x' }] });

  expect(all.problems.map(({ message }) => message)).toEqual([
    "Dockerfile: target stage 'x' could not be found; named stages: none",
  ]);
});

test('a stage may be copied from by a number with a sign, and RUN takes the number for an image', () => {
  expect(reads('FROM scratch', 'COPY a /', 'FROM scratch', 'COPY --from=+0 / /').files).toHaveLength(1);
  const { bases, doubts } = inputsOf({ Dockerfile: 'FROM scratch\nFROM scratch\nRUN --mount=from=0,target=/m x\n' });
  expect(bases).toEqual(['0']);
  expect(doubts.map(({ text }) => text).join()).toContain('RUN --mount=from=0 is an image of that name');
});

test.each([
  ['git://example.com/a', true],
  ['SSH://git@example.com/a', true],
  ['git@example.com:a/b', true],
  ['http://example.com/a.git', true],
  ['https://example.com/a.git#v1:d', true],
  ['https://example.com/a.git?ref=v1', true],
  ['https://example.com/a', false],
  ['https://example.com/a.gitx', false],
  ['https://example.com/a#b.git', false],
  ['https://example.com/a?b.git', false],
  ['ftp://example.com/a.git', false],
  ['example.com/a.git', false],
  ['x git://example.com/a', false],
  ['a/git@example.com:b', false],
  ['git@example.com/a', false],
])('%s is a git repository: %p', (source, expected) => {
  expect(isGitSource(source)).toBe(expected);
  expect(isRemoteSource(source)).toBe(expected || /^https?:\/\//.test(source));
});

const HEX = 'a'.repeat(64);
test.each([
  ['registry:5000/team/app:1', 'registry:5000/team/app', '1', false],
  ['registry:5000/team/app', 'registry:5000/team/app', undefined, false],
  [`app:1@sha256:${HEX}`, 'app', '1', true],
  [`app@sha256:${HEX}`, 'app', undefined, true],
  [`app@sha256:${HEX}0`, 'app', undefined, false],
  [`app@sha256:${HEX.slice(1)}`, 'app', undefined, false],
  ['app:', 'app', '', false],
])('the image %s', (image, repository, tag, isFixed) => {
  expect([repositoryOf(image), tagOf(image), isPinned(image)]).toEqual([repository, tag, isFixed]);
});

test('the message of an error is cut, keeps its first line number, and has a name', () => {
  const error = new DockerfileError('x'.repeat(401));

  expect([error.message, error.name]).toEqual([`${'x'.repeat(400)}...`, 'DockerfileError']);
  expect(new DockerfileError('x'.repeat(400)).message).toHaveLength(400);
  expect([error.at(3).line, new DockerfileError('x', 2).at(3).line]).toEqual([3, 2]);
});
