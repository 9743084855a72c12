/** The tests of an image belong to its digest: what they read or are makes them run again, and nothing else does. */
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
