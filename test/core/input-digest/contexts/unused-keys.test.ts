// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/** A context or build argument that the Dockerfile does not use is named, because BuildKit ignores it without a word. */
import { inputsOf } from '../../../support/docker/docker-context';

const FILES = { 'shared/x': '1', 'a/x': '1' };
const unused = (dockerfile: string, service: object) =>
  inputsOf({ ...FILES, Dockerfile: dockerfile }, service).unused.map(({ key, text }) => `${key} ${text}`);
const contexts = { shared: 'shared' };

test.each([
  ['COPY', 'FROM scratch\nCOPY --from=shared x /\n'],
  ['RUN --mount', 'FROM scratch\nRUN --mount=from=shared,target=/s true\n'],
  ['FROM', 'FROM shared\n'],
  ['the name of an image that is the context', 'FROM docker.io/library/shared:latest\n'],
  ['a stage that this target does not need', 'FROM scratch AS one\nCOPY --from=shared x /\nFROM scratch\n'],
  ['ONBUILD', 'FROM scratch\nONBUILD COPY --from=shared x /\n'],
  ['a variable', 'ARG NAME=shared\nFROM ${NAME}\n'],
  ['a variable that only the build knows', 'FROM x-${TARGETARCH}\n'],
])('a context is used by %s', (_, dockerfile) => {
  expect(unused(dockerfile, { contexts })).toEqual([]);
});

test('a context that nothing names has no effect, and the nearest name that is no stage is proposed', () => {
  const why = 'has no effect: no FROM, COPY --from or RUN --mount names it;';

  expect(unused('FROM scratch\nCOPY a /\n', { contexts })).toEqual([`contexts.shared ${why} remove it, or use it`]);
  expect(unused('FROM scratch\nCOPY --from=shard x /\n', { contexts })).toEqual([
    `contexts.shared ${why} did you mean 'shard'?`,
  ]);
  expect(unused('ARG BASE=scratch\nFROM $BASE\n', { contexts })).toHaveLength(1);
  expect(unused('FROM scratch AS shard\nFROM scratch\nCOPY --from=shard / /\n', { contexts })).toEqual([
    `contexts.shared ${why} remove it, or use it`,
  ]);
});

test('a build argument that no ARG declares has no effect, unless Docker itself has it', () => {
  const buildArgs = { MODE: 'x', MODEL: 'y', HTTP_PROXY: 'z', BUILDKIT_INLINE_CACHE: '1', TARGETARCH: 'a' };

  expect(unused('FROM scratch\nARG MODE\n', { buildArgs })).toEqual([
    'buildArgs.MODEL has no effect: no ARG declares it; remove it, or use it',
  ]);
  expect(unused('ARG MODES\nFROM scratch\n', { buildArgs: { MODE: 'x' } })).toEqual([
    "buildArgs.MODE has no effect: no ARG declares it; did you mean 'MODES'?",
  ]);
});

test('a file in another language may use anything', () => {
  expect(unused('# syntax=other/language\nanything\n', { contexts, buildArgs: { A: '1' } })).toEqual([]);
});
