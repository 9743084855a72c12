/** The buildspec of a Go module run by bash, with small programs in place of Go and the AWS command line that note their calls. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleJobTool } from '../../buildspecs/job/bundle';
import { runBuildspec } from '../../local/build/buildspec-runner';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../local/build/embedded/sample-source';
import { GO_FILES } from '../local/build/modules/go-sample';
import { moduleVariables } from '../local/build/start-module-request';

const BUILDSPEC = readFileSync(join(__dirname, '../../buildspecs/module.yml'), 'utf8');

let source: SampleSource;
let folder: string;
let tool: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'go-job-'));
  tool = join(folder, 'tool.cjs');
  await bundleJobTool(tool);
  source = await makeSampleSource(GO_FILES);
});
afterAll(() => {
  source.remove();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  for (const part of ['bin', 'out', 'calls']) rmSync(join(folder, part), { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'));
});

function program(name: string, script: string): void {
  const file = join(folder, 'bin', name);
  const note = `printf '%s|%s|%s %s\\n' "$(basename "$PWD")" "\${GOWORK:-}" '${name}' "$*" >> '${folder}/calls'`;
  writeFileSync(file, `#!/bin/bash\n${note}\n${script}\n`);
  chmodSync(file, 0o755);
}

async function build(module: string, go = 'exit 0', part: Readonly<Record<string, string>> = {}) {
  symlinkSync(process.execPath, join(folder, 'bin/node'));
  program('go', go);
  program('aws', `[ "$1" = s3 ] && [ "$5" = job-tool.cjs ] && cp '${tool}' "$5"; exit 0`);
  program('touch', '');
  return runBuildspec({
    buildspec: BUILDSPEC,
    source: source.location,
    env: {
      PATH: `${folder}/bin:/usr/bin:/bin`,
      ...moduleVariables({ source, module, kind: 'go', packages: `${folder}/out/`, version: '1.3.0' }),
      JOB_TOOL: tool,
      CATALOG_FILE,
      PACKAGE_DOMAIN: '',
      PACKAGE_REPOSITORY: '',
      ...part,
    },
    logFile: join(folder, 'log'),
    timeoutMs: 60_000,
  });
}

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
const left = () => (existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).sort() : []);

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
