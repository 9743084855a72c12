// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/**
 * A service is built once for each of its platforms, and with its tests. What any of these builds reads counts: it makes image and tests again, and
 * nothing else does.
 */
import { discover, type Files, inputsOf, serviceOf } from '../../support/docker/docker-context';

const DOCKERFILE = 'FROM scratch AS app\nCOPY a /\nFROM app AS tests\nCOPY t /t\nRUN run-tests\n';
const files: Files = { Dockerfile: DOCKERFILE, 'a/x': '1', 't/x': '1', other: '1' };
const app = { target: 'app' };
const tested = { ...app, test: { target: 'tests' } };
const digest = (service: object, all: Files = files) => inputsOf(all, service).inputDigest;

test('a service without tests has the digest that it had before', () => {
  expect(inputsOf(files, app).files.map(({ path }) => path)).toEqual(['a/x']);
  expect(inputsOf(files, app).recipe.some(({ name }) => name === 'test')).toBe(false);
});

test('the files of the tests are inputs of a service with tests only', () => {
  const changed = { ...files, 't/x': '2' };
  expect(digest(app, changed)).toBe(digest(app));
  expect(digest(tested, changed)).not.toBe(digest(tested));
  expect(inputsOf(files, tested).files.map(({ path }) => path)).toEqual(['a/x', 't/x']);
});

test('another test, and one that was added, run', () => {
  const digests = [app, tested, { ...app, test: { command: ['a'] } }, { ...app, test: { command: ['a', 'b'] } }].map(
    (each) => digest(each),
  );
  expect(new Set(digests).size).toBe(4);
});

test('a file that neither image nor tests read changes nothing', () => {
  expect(digest(tested, { ...files, other: '2' })).toBe(digest(tested));
});

test('a stage for tests that is not there is a problem of the plan, before anything is built', () => {
  const services = [serviceOf({ ...app, test: { target: 'nothing' } })];
  expect(discover({ files, services }).problems).toEqual([
    {
      path: 'services.app.dockerfile',
      message: "Dockerfile: target stage 'nothing' could not be found; named stages: app, tests",
    },
  ]);
});

const BOTH = { platforms: ['linux/amd64', 'linux/arm64'] };
const BY_PLATFORM = `ARG TARGETARCH
FROM debian:1 AS amd64
COPY --from=team/a / /
COPY $ONE /
RUN apt-get install one
FROM alpine:3 AS arm64
COPY $TWO /
RUN apt-get install two
FROM \${TARGETARCH}
COPY none /
`;
const services = [
  serviceOf({ name: 'a', dockerfile: 'a/Dockerfile' }),
  serviceOf({ name: 'app', dockerfile: 'app/Dockerfile', ...BOTH }),
];
const ownImages = new Map([['team/a', 'a']]);

test('the images, doubts and unpinned inputs of every platform count', () => {
  const files: Files = { 'a/Dockerfile': 'FROM scratch\n', 'app/Dockerfile': BY_PLATFORM };
  const app = discover({ files, services, ownImages }).inputs.get('app');

  expect(app).toMatchObject({ images: ['a'], bases: ['alpine:3', 'debian:1'] });
  expect(app?.doubts.map(({ text }) => text)).toEqual([
    'line 4: COPY $ONE depends on $ONE, which only the build knows',
    'line 7: COPY $TWO depends on $TWO, which only the build knows',
    'COPY none (line 10): source not found, so the build will fail',
  ]);
  expect(app?.impurities.map(({ text }) => text)).toEqual([
    'debian:1 is not pinned by a digest; its content may change',
    'RUN installs packages without a version: apt-get install one',
    'alpine:3 is not pinned by a digest; its content may change',
    'RUN installs packages without a version: apt-get install two',
  ]);
});

test('a doubt that all platforms have is named once', () => {
  const dockerfile = 'FROM ${NO_VALUE}\n';
  expect(inputsOf({ Dockerfile: dockerfile }, BOTH).doubts).toHaveLength(1);
});

describe('an image that is built on one of several platforms', () => {
  /** The paths that `app` reads if it copies a folder that a variable of its base image names. */
  function pathsRead(base: string): readonly string[] {
    const files: Files = {
      'base/Dockerfile': base,
      'app/Dockerfile': 'FROM team/base\nCOPY $DIR/x /\n',
      'shared/x': '',
      'amd64/x': '',
      'arm64/x': '',
    };
    const { inputs } = discover({
      files,
      services: [
        { name: 'base', dockerfile: 'base/Dockerfile', ...BOTH },
        { name: 'app', dockerfile: 'app/Dockerfile' },
      ],
      ownImages: new Map([['team/base', 'base']]),
    });
    return inputs.get('app')?.files.map(({ path }) => path) ?? [];
  }
  const EVERYTHING = ['amd64/x', 'app/Dockerfile', 'arm64/x', 'base/Dockerfile', 'shared/x'];

  it.each([
    ['is known if it is the same on all', 'FROM scratch\nENV DIR=shared\n', ['shared/x']],
    ['is not known if it differs', 'FROM scratch\nARG TARGETARCH\nENV DIR=$TARGETARCH\n', EVERYTHING],
    [
      'is not known if only one has it',
      'ARG TARGETARCH\nFROM scratch AS amd64\nENV DIR=amd64\nFROM scratch AS arm64\nFROM $TARGETARCH\n',
      EVERYTHING,
    ],
    [
      'is not known if the base image of one may set it',
      'ARG TARGETARCH\nFROM scratch AS amd64\nFROM alpine:3 AS arm64\nFROM $TARGETARCH\n',
      EVERYTHING,
    ],
  ])('has a variable that %s', (_, base, expected) => {
    expect(pathsRead(base)).toEqual(expected);
  });
});

describe('a Dockerfile in another language', () => {
  const FOREIGN = '# syntax=example/earthly\nBUILD all\n';

  it.each<[string, Files, object]>([
    ['by its first line', { Dockerfile: FOREIGN, x: '' }, {}],
    [
      'by its build argument',
      { Dockerfile: 'FROM scratch\n', x: '' },
      { buildArgs: { BUILDKIT_SYNTAX: 'example/earthly' } },
    ],
  ])('%s may read everything', (_, all, service) => {
    const inputs = inputsOf(all, service);
    expect(inputs.files.map(({ path }) => path)).toEqual(['Dockerfile', 'x']);
    expect(inputs.doubts.map(({ text }) => text)).toEqual([
      "line 1: syntax=example/earthly is not Docker's own Dockerfile language",
    ]);
    expect(inputs).toMatchObject({ images: [], bases: [], impurities: [] });
  });

  it('may set any variable of an image that is built from it', () => {
    const { inputs } = discover({
      files: { 'base/Dockerfile': FOREIGN, 'app/Dockerfile': 'FROM team/base\nCOPY $DIR/x /\n', 'a/x': '' },
      services: ['base', 'app'].map((name) => ({ name, dockerfile: `${name}/Dockerfile` })),
      ownImages: new Map([['team/base', 'base']]),
    });
    expect(inputs.get('app')?.files.map(({ path }) => path)).toEqual(['a/x', 'app/Dockerfile', 'base/Dockerfile']);
  });
});
