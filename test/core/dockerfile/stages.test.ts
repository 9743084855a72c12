// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { discover, type Files, inputsOf, pathsRead } from '../../support/docker/docker-context';

const files = { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c', 'd/e.txt': 'e' };
const EVERYTHING = ['Dockerfile', ...Object.keys(files)].sort();

function paths(...lines: readonly string[]): readonly string[] {
  return pathsRead(lines.join('\n'), files);
}

function messageOf(...lines: readonly string[]): string {
  return discover({ files: { ...files, Dockerfile: lines.join('\n') } })
    .problems.map(({ message }) => message)
    .join();
}

describe('stages', () => {
  it('count only if the last one needs them', () => {
    expect(paths('FROM scratch AS no', 'COPY a.txt /', 'FROM scratch', 'COPY b.txt /')).toEqual(['b.txt']);
  });

  it.each([
    ['FROM', ['FROM x', 'COPY b.txt /']],
    ['FROM with a variable', ['FROM ${BASE}', 'COPY b.txt /']],
    ['COPY --from a name', ['FROM scratch', 'COPY --from=X / /', 'COPY b.txt /']],
    ['COPY --from a number', ['FROM scratch', 'COPY --from=0 / /', 'COPY b.txt /']],
    ['RUN --mount from', ['FROM scratch', 'RUN --mount=from=x,target=/m true', 'COPY b.txt /']],
    ['RUN --mount=type=cache from', ['FROM scratch', 'RUN --mount=type=cache,from=x,target=/m true', 'COPY b.txt /']],
    ['ONBUILD', ['FROM scratch AS y', 'ONBUILD COPY --from=x / /', 'FROM y', 'COPY b.txt /']],
  ])('are needed by %s', (_, lines) => {
    expect(paths('ARG BASE=x', 'FROM scratch AS x', 'COPY a.txt /', ...lines)).toEqual(['a.txt', 'b.txt']);
  });

  it('end with the target', () => {
    const dockerfile = 'FROM scratch AS x\nCOPY a.txt /\nFROM scratch AS y\nCOPY b.txt /\n';
    expect(pathsRead(dockerfile, files, { target: 'X' })).toEqual(['a.txt']);
  });

  it('of the same name: the last one above counts', () => {
    const twice = ['FROM scratch AS x', 'COPY a.txt /', 'FROM scratch AS x', 'COPY b.txt /'];
    expect(paths(...twice, 'FROM x')).toEqual(['b.txt']);
    expect(paths(...twice, 'FROM scratch', 'COPY --from=x / /')).toEqual(['b.txt']);
  });

  it('are named exactly in FROM: other letters mean an image', () => {
    const inputs = inputsOf({ ...files, Dockerfile: 'FROM scratch AS x\nCOPY a.txt /\nFROM X\n' });
    expect([inputs.files, inputs.bases]).toEqual([[], ['X']]);
  });

  it('leave triggers to the next stage only', () => {
    const lines = ['FROM scratch AS x', 'ONBUILD COPY a.txt /', 'FROM x AS y', 'COPY b.txt /'];
    expect(paths(...lines)).toEqual(['a.txt', 'b.txt']);
    expect(paths(...lines.slice(0, 2))).toEqual([]);
    expect(paths('FROM scratch AS x', 'ONBUILD COPY a.txt /', 'FROM x AS y', 'FROM y')).toEqual(['a.txt']);
  });

  it.each([
    [['FROM scratch', 'COPY --from=1 / /'], 'Dockerfile:2: invalid stage index 1'],
    [['FROM scratch', 'COPY --from=0 / /'], "Dockerfile:2: stage '0' needs to be defined before"],
    [['FROM scratch', 'COPY --from=later / /', 'FROM scratch AS later', 'FROM 0'], ''],
    [['FROM ""', 'COPY a.txt /'], 'Dockerfile:1: base name ("") should not be blank'],
    [['FROM scratch', 'COPY ${a:?give} /'], 'Dockerfile:2: a: give'],
    [['FROM scratch', 'COPY "a /'], 'Dockerfile:2: missing " at the end'],
    [['FROM scratch', 'RUN --mount=type=bogus,target=/m true'], "Dockerfile:2: unsupported mount type 'bogus'"],
    [['FROM scratch', 'RUN --mount=bogus,target=/m true'], "Dockerfile:2: invalid field 'bogus'"],
    [['FROM scratch AS x', 'ONBUILD BOGUS', 'FROM x'], 'Dockerfile:3: unknown instruction: BOGUS'],
    [['FROM scratch', 'COPY --exclude=[ a.txt /'], "Dockerfile:2: '[' is no valid pattern"],
  ])('that Docker refuses are problems: %j', (lines, message) => {
    expect(messageOf(...lines)).toContain(message);
  });

  it('name a target that exists', () => {
    const { problems } = discover({ files: { Dockerfile: 'FROM scratch AS x\n' }, services: [{ target: 'y' }] });
    expect(problems).toEqual([
      {
        path: 'services.app.dockerfile',
        message: "Dockerfile: target stage 'y' could not be found; named stages: x",
      },
    ]);
  });
});

describe('variables', () => {
  it.each<[string, readonly string[], string, Files?]>([
    ['ENV', ['ENV F=a.txt'], '$F'],
    ['ENV in the old form', ['ENV F a.txt'], '${F}'],
    ['ARG with a default', ['ARG F=a.txt'], '$F'],
    ['ARG made of another one', ['ARG N=a E=.txt', 'ARG F=$N$E'], '$F'],
    ['the last value', ['ENV F=b.txt', 'ENV F=a.txt'], '$F'],
    ['ENV that does not see its own line', ['ENV F=a.txt', 'ENV F=b.txt G=$F'], '$G'],
    ['a default in place', [], '${F:-a.txt}'],
    ['a part cut off', ['ENV F=x/a.txt.gz'], '${F#*/}', { 'a.txt.gz': '' }],
    ['quotes', ["ENV F='a.txt'"], '"$F"'],
  ])('come from %s', (_, lines, source, extra = {}) => {
    const dockerfile = ['FROM scratch', ...lines, `COPY ${source} /`].join('\n');
    expect(pathsRead(dockerfile, { ...files, ...extra })).toEqual([Object.keys(extra)[0] ?? 'a.txt']);
  });

  it.each([
    ['are seen by FROM only', 'ARG F=a.txt\nFROM scratch\nCOPY ${F:-b.txt} /', {}, ['b.txt']],
    ['are asked for in the stage', 'ARG F=a.txt\nFROM scratch\nARG F\nCOPY $F /', {}, ['a.txt']],
    ['give way to build arguments', 'ARG F=a.txt\nFROM scratch\nARG F\nCOPY $F /', { F: 'b.txt' }, ['b.txt']],
    ['give way to a default in the stage', 'ARG F=a.txt\nFROM scratch\nARG F=c.txt\nCOPY $F /', {}, ['c.txt']],
    ['that are given win over defaults', 'FROM scratch\nARG F=c.txt\nCOPY $F /', { F: 'b.txt' }, ['b.txt']],
    ['that are given but not asked for do not count', 'FROM scratch\nCOPY ${F:-c.txt} /', { F: 'b.txt' }, ['c.txt']],
    ['behind ENV win over it', 'FROM scratch\nENV F=a.txt\nARG F=b.txt\nCOPY $F /', {}, ['b.txt']],
    ['end with the stage', 'FROM scratch AS x\nARG F=a.txt\nFROM scratch\nCOPY ${F:-c.txt} /', {}, ['c.txt']],
    [
      'continue in stages that are built from it',
      'FROM scratch AS x\nARG F=a.txt\nFROM x\nCOPY ${F:-c.txt} /',
      {},
      ['a.txt'],
    ],
  ])('ARGs %s', (_, dockerfile, buildArgs, expected) => {
    expect(pathsRead(dockerfile, files, { buildArgs })).toEqual(expected);
  });

  it('that a base image can set make the whole context an input', () => {
    const inputs = inputsOf({ ...files, Dockerfile: 'FROM alpine\nCOPY $F/a.txt /\n' });
    expect(inputs.files.map(({ path }) => path)).toEqual(EVERYTHING);
    expect(inputs.doubts).toEqual([
      { kind: 'doubt', path: 'Dockerfile', text: 'line 2: COPY $F/a.txt depends on $F, which only the build knows' },
    ]);
  });

  it('that the file sets itself are known on any base image', () => {
    expect(inputsOf({ ...files, Dockerfile: 'FROM alpine\nARG F=a.txt\nCOPY $F /\n' }).doubts).toEqual([]);
  });

  it.each([
    ['linux/arm64', ['arm64/x']],
    ['linux/arm64/v8', ['arm64/x']],
    ['linux/amd64', ['amd64/x']],
    ['linux/arm/v7', []],
  ])('of the platform %s are known', (platform, expected) => {
    const binaries = { 'amd64/x': '1', 'arm64/x': '2' };
    const dockerfile = 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH/* /\n';
    expect(pathsRead(dockerfile, binaries, { platforms: [platform] })).toEqual(expected);
  });

  it('of several platforms count together', () => {
    const dockerfile = 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH/x /\n';
    const binaries = { 'amd64/x': '1', 'arm64/x': '2', 'other/x': '3' };
    const platforms = ['linux/amd64', 'linux/arm64'];
    expect(pathsRead(dockerfile, binaries, { platforms })).toEqual(['amd64/x', 'arm64/x']);
  });

  it('of the machine that builds are not known', () => {
    const dockerfile = 'FROM scratch\nARG BUILDARCH\nCOPY $BUILDARCH/x /\n';
    expect(inputsOf({ Dockerfile: dockerfile }, { platforms: ['linux/amd64'] }).doubts).toHaveLength(1);
  });

  it('in the name of a stage that only the build knows take every stage above', () => {
    const lines = ['FROM scratch AS base-amd64', 'COPY a.txt /', 'FROM base-${TARGETARCH}', 'COPY b.txt /'];
    const inputs = inputsOf({ ...files, Dockerfile: lines.join('\n') });
    expect(inputs.files.map(({ path }) => path)).toEqual(EVERYTHING);
    expect(inputs.doubts[0]?.text).toContain('FROM base-${TARGETARCH} depends on $TARGETARCH');
    expect(inputsOf({ ...files, Dockerfile: lines.join('\n') }, { platforms: ['linux/amd64'] }).doubts).toEqual([]);
  });
});

it('a base image without a value is a doubt, and can be any stage above', () => {
  const lines = ['ARG BASE', 'FROM scratch AS x', 'COPY a.txt /', 'FROM ${BASE}', 'COPY b.txt /'];
  const inputs = inputsOf({ ...files, Dockerfile: lines.join('\n') });
  expect(inputs.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
  expect(inputs.doubts.map(({ text }) => text)).toEqual([
    'line 4: FROM ${BASE}: $BASE has no value; set a default or a build argument in the catalog',
  ]);
  expect(inputsOf({ ...files, Dockerfile: lines.join('\n') }, { buildArgs: { BASE: 'alpine' } }).doubts).toEqual([]);
});

describe('mounts', () => {
  it.each([
    ['a file', '--mount=type=bind,source=a.txt,target=/m', ['a.txt']],
    ['a folder', '--mount=source=d,target=/m', ['d/e.txt']],
    ['everything without a source', '--mount=target=/m', EVERYTHING],
    ['what a variable names', '--mount=source=$F,target=/m', ['b.txt']],
    ['the type that a variable names', '--mount=type=$T,source=a.txt,target=/m', []],
    ['a name that is no pattern', '--mount=source=*.txt,target=/m', []],
    ['nothing for a cache', '--mount=type=cache,source=d,target=/m', []],
    ['nothing for a secret', '--mount=type=secret,id=a.txt', []],
    ['nothing for a tmpfs', '--mount=type=tmpfs,target=/m', []],
    ['nothing from an image', '--mount=from=alpine,source=a.txt,target=/m', []],
    ['several', '--mount=source=a.txt,target=/m --mount=source=b.txt,target=/n', ['a.txt', 'b.txt']],
  ])('of the context read %s', (_, flags, expected) => {
    expect(paths('FROM scratch', 'ENV F=b.txt T=cache', `RUN ${flags} true`)).toEqual(expected);
  });
});

it.each([
  ['a flag that is not known', 'FROM scratch\nCOPY --new=1 a.txt /'],
  ['a mount key that is not known', 'FROM scratch\nRUN --mount=new=1,target=/m true'],
  ['a RUN flag that is not known', 'FROM scratch\nRUN --new=1 true'],
  ['an image that may have triggers', 'FROM node:18-onbuild\n'],
  ['another language', '# syntax=example/other\nINCLUDE x\n'],
])('everything counts in doubt: %s', (_, dockerfile) => {
  const inputs = inputsOf({ ...files, Dockerfile: dockerfile });
  expect([inputs.files.map(({ path }) => path), inputs.doubts.length]).toEqual([EVERYTHING, 1]);
});

it('a number is a stage in COPY --from, and an image in RUN --mount=from', () => {
  const files = { Dockerfile: 'FROM scratch\nCOPY a /\nFROM alpine\nRUN --mount=from=0 x\n', a: '' };
  expect(inputsOf(files).bases).toEqual(['0', 'alpine']);
  expect(inputsOf(files).files).toEqual([]);
  expect(
    inputsOf({ ...files, Dockerfile: files.Dockerfile.replace('RUN --mount=from=0 x', 'COPY --from=0 / /') }).bases,
  ).toEqual(['alpine']);
});
