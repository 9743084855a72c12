/** The buildspec of a Go module run by bash, with small programs in place of Go and the AWS command line that note their calls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GO_FILES } from '../local/build/modules/go-sample';
import { useModuleBuildspec } from '../support/modules/module-buildspec';

const note = (name: string, file: string) =>
  `printf '%s|%s|%s %s\\n' "$(basename "$PWD")" "\${GOWORK:-}" '${name}' "$*" >> '${file}'`;

const { folder, program, run, calls, left } = useModuleBuildspec(GO_FILES, note);

function build(module: string, go = 'exit 0', part?: Readonly<Record<string, string>>) {
  return run({ module, kind: 'go', version: '1.3.0', programs: { go }, part });
}

test('vets, builds and tests in the folder of the source without a workspace, and stores go.mod with its facts', async () => {
  expect(await build('greet')).toEqual({ kind: 'succeeded' });

  expect(calls()).toEqual([
    'greet|off|go vet ./...',
    'greet|off|go build -o /dev/null ./...',
    'greet|off|go test ./...',
  ]);
  expect(left()).toEqual(['mod', 'package.json']);
  expect(readFileSync(join(folder, 'out/mod'), 'utf8')).toBe(GO_FILES['tools/greet/go.mod']);
  expect(JSON.parse(readFileSync(join(folder, 'out/package.json'), 'utf8'))).toEqual({
    version: '1.3.0',
    mod: 'v1.3.0.mod',
  });
});

test('logs in to no index in AWS, which has none for Go', async () => {
  const part = { JOB_TOOL: 'assets/tool.js', PACKAGE_DOMAIN: 'shop', PACKAGE_REPOSITORY: 'modules' };
  expect(await build('greet', 'exit 0', part)).toEqual({ kind: 'succeeded' });

  expect(calls().filter((call) => call.includes('codeartifact'))).toEqual([]);
});

test.each([
  ['vet', { kind: 'failed', phase: 'build' }],
  ['build', { kind: 'failed', phase: 'build' }],
  ['test', { kind: 'failed', phase: 'build', exitCode: 86 }],
])('a failed go %s stores nothing', async (command, result) => {
  expect(await build('greet', `[ "$1" = ${command} ] && exit 1; exit 0`)).toMatchObject(result);
  expect(left()).toEqual([]);
});

test('a command of the catalog replaces go test, and is never shell text', async () => {
  program('check it', 'exit 0');

  expect(await build('commanded')).toEqual({ kind: 'succeeded' });
  expect(calls().at(-1)).toBe('commanded|off|check it $(touch canary) a b');
});
