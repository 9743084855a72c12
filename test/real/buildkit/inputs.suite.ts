/**
 * Compares the files that input discovery finds with those that the newest BuildKit takes, over random builds with what only newer releases
 * have. By hand with more: `INPUTS_CASES=5000 INPUTS_SEED=1 npm run test:buildkit -- buildkit/inputs`.
 */
import { inputsOf } from '../../support/docker/docker-context';
import { buildCaseWith } from '../../support/docker/docker-context-build';
import { newBuildCase } from '../../support/docker/docker-context-cases';
import { fuzzWith } from '../../support/docker/docker-context-fuzz';
import { REFUSED_LINES, TAKEN_LINES } from '../../support/docker/refused-lines';
import { type InputsBuilder, openInputsBuilder } from './inputs-builder';

const CASES = Number(process.env.INPUTS_CASES ?? 100);
const SEED = Number(process.env.INPUTS_SEED ?? 20_261_129);

let builder: InputsBuilder;
beforeAll(async () => {
  builder = await openInputsBuilder();
}, 3_600_000);
afterAll(() => builder?.close());

test(
  `${CASES} random builds read exactly the files that were discovered`,
  async () => {
    await expect(fuzzWith(builder.build, newBuildCase, CASES, SEED)).resolves.toBeUndefined();
  },
  CASES * 20_000,
);

describe('what BuildKit refuses, the discovery names:', () => {
  test.each([
    ...REFUSED_LINES,
    'COPY --parents . /x/',
    'COPY --parents a/./ /x/',
    'COPY --parents a/./../b /x/',
    'COPY --parents //a /x/',
    'COPY --parents --exclude=f f /x/',
    'COPY [a /x/',
    'COPY a/[ /x/',
    'COPY user@host:path /x/',
    'COPY https://example.com/f /x/',
    'COPY f/* /x/',
    'COPY none /x/',
    'COPY ["f\\tg", "/x/"]',
    'RUN --mount=from=0,target=/m ["/m/x"]',
  ])('%s', async (line) => {
    const dockerfile = `FROM scratch\nCOPY f /\nFROM scratch\n${line}\n`;
    const files = { 'a/b': 'b', f: 'f', 'f\tg': 'g', Dockerfile: dockerfile };
    const given = { files, context: '', dockerfile: 'Dockerfile', target: undefined, buildArgs: {} };

    expect(await buildCaseWith(builder.build, given)).toMatchObject({ kind: 'failed' });
    const doubts = inputsOf(files).doubts.map(({ text }) => text);
    expect(doubts).toContainEqual(expect.stringMatching(/(will|may) fail/));
  });

  test.each(TAKEN_LINES)('but not %s, which it takes', async (line) => {
    const dockerfile = `FROM scratch\n${line}\n`;
    const given = {
      files: { f: 'f', Dockerfile: dockerfile },
      context: '',
      dockerfile: 'Dockerfile',
      target: undefined,
      buildArgs: {},
    };

    expect(await buildCaseWith(builder.build, given)).toMatchObject({ kind: 'built' });
    expect(inputsOf(given.files).doubts).toEqual([]);
  });
});
