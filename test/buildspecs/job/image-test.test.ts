import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testArguments } from '../../../buildspecs/job/image-test';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { serviceOf } from '../../support/docker/docker-context';

const ORDER = { candidate: 'registry.example/candidates:app.key', inputDigest: 'd'.repeat(40), commit: 'c'.repeat(40) };
const CACHES = ['--cache-from=type=registry,ref=x'];

let directory: string;
let out: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'image-test-source-'));
  out = mkdtempSync(join(tmpdir(), 'image-test-job-'));
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch AS app\nCOPY a /');
});
afterEach(() => {
  for (const folder of [directory, out]) rmSync(folder, { recursive: true });
});

const bothOf = (service: Parameters<typeof serviceOf>[0], ownBuilder = true) =>
  testArguments(serviceOf({ dockerfile: 'Dockerfile', ...service }), ORDER, {
    directory,
    out,
    ownBuilder,
    caches: CACHES,
  });
const argumentsOf = async (...given: Parameters<typeof bothOf>) => (await bothOf(...given)).test;
const written = () => readFileSync(join(out, 'test.Dockerfile'), 'utf8');

test('a service without a test has no arguments', async () => {
  expect(await bothOf({})).toEqual({ test: [], untested: [] });
});

test('a target is built from the same Dockerfile, reads the caches, and pushes and tags nothing', async () => {
  const list = await argumentsOf({
    target: 'app',
    test: { target: 'tests' },
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  expect(list).toEqual(
    expect.arrayContaining(['--target=tests', `--file=${directory}/Dockerfile`, ...CACHES, '--output=type=cacheonly']),
  );
  expect(list).toContain('--platform=linux/amd64');
  expect(list.join(' ')).not.toMatch(/--tag|--push|--target=app|--cache-to/);
  expect((await argumentsOf({ test: { target: 'tests' } }, false)).join(' ')).not.toMatch(/--output|--cache/);
});

test('the build without the tests is that of the image, and pushes and tags nothing', async () => {
  for (const test of [{ target: 'tests' }, { command: ['true'] }]) {
    const { untested } = await bothOf({ target: 'app', test });
    const expected = ['--target=app', `--file=${directory}/Dockerfile`, ...CACHES, '--output=type=cacheonly'];
    expect(untested).toEqual(expect.arrayContaining(expected));
    expect(untested.join(' ')).not.toMatch(/--tag|--push|--cache-to|tests/);
  }
});

test('a command is the last instruction of the image, and never shell text of the job', async () => {
  const command = ['sh', '-c', 'echo "$HOME" && exit 1'];
  const list = await argumentsOf({ test: { command } });
  expect(list).toContain(`--file=${join(out, 'test.Dockerfile')}`);
  expect(list.at(-1)).toBe(directory);
  expect(written()).toBe(`FROM scratch AS app\nCOPY a /\n${'RUN '}${JSON.stringify(command)}\n`);
});

test('a command in a stage that is not the last runs in a stage of its own', async () => {
  const list = await argumentsOf({ target: 'app', test: { command: ['true'] } });
  expect(written()).toMatch(/\nFROM app AS image-pipeline-test\nRUN \["true"\]\n$/);
  expect(list.join(' ')).not.toContain('--target');
});

test('a command in a stage without a name is refused', async () => {
  await expect(argumentsOf({ target: '0', test: { command: ['true'] } })).rejects.toThrow(
    'target: is 0, and a command can be tested only in a stage with a name',
  );
});

test('the ignore file of the Dockerfile holds for the tests, too', async () => {
  writeFileSync(join(directory, 'Dockerfile.dockerignore'), 'secret\n');
  await argumentsOf({ test: { command: ['true'] } });
  expect(readFileSync(join(out, 'test.Dockerfile.dockerignore'), 'utf8')).toBe('secret\n');
});

const catalog = (text: string) =>
  parseCatalog(`platform: v1.0.0\nservices:\n  app: { test: ${text} }\n`).services[0]?.test;

test.each([
  ['{ target: tests }', { target: 'tests' }],
  ['{ command: [pytest, -q] }', { command: ['pytest', '-q'] }],
  ["{ command: 'npm test && true' }", { command: ['sh', '-c', 'npm test && true'] }],
])('the catalog takes %s', (text, expected) => expect(catalog(text)).toEqual(expected));

test.each([
  ['{}', 'must have either a target'],
  ['{ target: a, command: b }', 'must have either a target'],
  ['{ target: "-x" }', 'a target is the name or number of a stage'],
  ['{ command: [] }', 'services.app.test.command (line 3): must not be empty'],
  ['{ command: "a\\nRUN b" }', 'one line of text'],
  ['{ command: 7 }', 'must be one line, or a list of words'],
  ['{ comand: x }', "did you mean 'command'?"],
  ['true', 'services.app.test'],
])('the catalog refuses %s', (text, message) => expect(() => catalog(text)).toThrow(message));
