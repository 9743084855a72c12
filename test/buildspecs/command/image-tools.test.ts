/** The command of each tool, run by a shell with programs that note how they are called: arguments, folder and variables. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IMAGE_TOOL_NAMES } from '../../../core/catalog/commands/image-tools';
import { parseCatalog } from '../../../core/catalog/parse-catalog';

const PROGRAMS = ['pack', 'docker', 'java', 'mvn', 'gradle', 'ko', 'go', 'dotnet', 'nixpacks'];
const CONTRACT = {
  IMAGE: 'reg.example/team/candidates:api.x.made',
  IMAGE_REPOSITORY: 'reg.example/team/candidates',
  IMAGE_TAG: 'api.x.made',
  IMAGE_PLATFORMS: '',
  IMAGE_LABELS: 'a.b=c,d=https://e/f',
  IMAGE_NO_CACHE: '',
};
const HERE = { IMAGE: '127.0.0.1:5000/c:t', IMAGE_REPOSITORY: '127.0.0.1:5000/c', IMAGE_TAG: 't' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-tools-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'source/api'), { recursive: true });
  for (const name of PROGRAMS) addProgram(join(folder, 'bin', name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that notes its folder, name and arguments, one a line. */
function addProgram(file: string): void {
  const note = '{ pwd; basename "$0"; for word in "$@"; do printf "%s\\n" "$word"; done; }';
  writeFileSync(file, `#!/bin/sh\n${note} > '${folder}/call'\nenv > '${folder}/env'\n`);
  chmodSync(file, 0o755);
}

function run(build: string, contract: Partial<typeof CONTRACT> = {}, path = 'api') {
  const { services } = parseCatalog(`platform: v1.0.0\nservices: { api: { path: ${path}, build: ${build} } }\n`);
  const [program = '', ...words] = services[0]?.build?.command ?? [];
  const env = { ...CONTRACT, ...contract, HOME: folder, PATH: `${folder}/bin:/usr/bin:/bin` };
  const { status, stdout } = spawnSync(program, words, { cwd: join(folder, 'source'), env, encoding: 'utf8' });
  return { status, stdout };
}

/** The folder below the source, the program and its arguments. */
function call(): string[] {
  const [at = '', ...words] = readFileSync(join(folder, 'call'), 'utf8').trimEnd().split('\n');
  return [at.slice(at.indexOf('/source') + 1), ...words];
}

const PUBLISH = ['-t:PublishContainer', '-p:ContainerRegistry=reg.example', '-p:ContainerRepository=team/candidates'];
const TAG = ['-p:ContainerImageTags=', '-p:ContainerImageTag=api.x.made'];
const JIB = ['-Djib.to.image=reg.example/team/candidates:api.x.made', '-Djib.container.labels=a.b=c,d=https://e/f'];
const MAVEN = ['--batch-mode', '--no-transfer-progress', 'compile', 'com.google.cloud.tools:jib-maven-plugin:build'];
const KO = ['build', '--bare', '--tags=api.x.made', '--image-label=a.b=c,d=https://e/f'];
const PAPER = '--env=BP_IMAGE_LABELS=a.b=c d=https://e/f';

const CALLS: Readonly<Record<string, readonly string[]>> = {
  buildpacks: ['source', 'pack', 'build', CONTRACT.IMAGE, '--path=api', '--publish', PAPER, '-x', 'y z'],
  'jib-maven': ['source/api', 'mvn', ...MAVEN, ...JIB, '-x', 'y z'],
  'jib-gradle': ['source/api', 'gradle', '--no-daemon', 'jib', ...JIB, '-x', 'y z'],
  ko: ['source', 'ko', ...KO, '--sbom=none', '-x', 'y z', './api'],
  dotnet: ['source', 'dotnet', 'publish', 'api', ...PUBLISH, ...TAG, '-x', 'y z'],
  bake: [
    ...['source/api', 'docker', 'buildx', 'bake', '--progress=plain', '--push', `--set=api.tags=${CONTRACT.IMAGE}`],
    ...['--set=api.labels.d=https://e/f', '--set=api.labels.a.b=c', '-x', 'y z', 'api'],
  ],
  nixpacks: [
    ...['source', 'nixpacks', 'build', 'api', `--name=${CONTRACT.IMAGE}`],
    ...['--label=d=https://e/f', '--label=a.b=c', '-x', 'y z'],
  ],
};

test.each(IMAGE_TOOL_NAMES)('%s is called with image, labels, folder and further options', (tool) => {
  expect(run(`{ tool: ${tool}, args: [-x, "y z"] }`)).toMatchObject({ status: 0 });
  expect(call()).toEqual(CALLS[tool]);
});

const PLATFORM = { IMAGE_PLATFORMS: 'linux/arm64', IMAGE_NO_CACHE: 'true' };

test.each([
  ['buildpacks', ['--platform=linux/arm64', '--clear-cache']],
  ['jib-maven', ['-Djib.from.platforms=linux/arm64']],
  ['jib-gradle', ['-Djib.from.platforms=linux/arm64']],
  ['ko', ['--platform=linux/arm64']],
  ['dotnet', ['--runtime=linux-arm64']],
  ['bake', ['--set=api.platform=linux/arm64', '--no-cache']],
  ['nixpacks', ['--platform=linux/arm64', '--no-cache']],
])('%s gets the platform of the catalog, and no cache for an image that is too old', (tool, words) => {
  run(`{ tool: ${tool} }`);
  expect(call().filter((word) => words.includes(word))).toEqual([]);
  run(`{ tool: ${tool} }`, PLATFORM);
  expect(call()).toEqual(expect.arrayContaining(words));
});

test.each([
  ['buildpacks', '--network=host'],
  ['jib-maven', '-Djib.allowInsecureRegistries=true'],
  ['jib-gradle', '-Djib.allowInsecureRegistries=true'],
])('%s can push to a registry of this machine', (tool, word) => {
  run(`{ tool: ${tool} }`);
  expect(call()).not.toContain(word);
  run(`{ tool: ${tool} }`, HERE);
  expect(call()).toContain(word);
});

test('ko runs in the module of its folder, and knows the repository', () => {
  writeFileSync(join(folder, 'source/api/go.mod'), '');
  run('{ tool: ko }');

  expect([call()[0], call().at(-1)]).toEqual(['source/api', './.']);
  expect(readFileSync(join(folder, 'env'), 'utf8')).toContain('KO_DOCKER_REPO=reg.example/team/candidates\n');
});

test('ko runs in the module above its folder, with the settings of the root', () => {
  mkdirSync(join(folder, 'source/api/cmd/web'), { recursive: true });
  for (const file of ['api/go.mod', '.ko.yaml']) writeFileSync(join(folder, 'source', file), '');
  run('{ tool: ko }', {}, 'api/cmd/web');

  expect([call()[0], call().at(-1)]).toEqual(['source/api', './cmd/web']);
  expect(readFileSync(join(folder, 'env'), 'utf8')).toMatch(/^KO_CONFIG_PATH=.*\/source$/m);
});

test('jib-gradle takes the wrapper above the folder, and runs in the folder', () => {
  addProgram(join(folder, 'source/gradlew'));
  run('{ tool: jib-gradle }');
  expect(call().slice(0, 2)).toEqual(['source/api', 'gradlew']);
});

test.each([
  ['jib-maven', 'mvnw'],
  ['jib-gradle', 'gradlew'],
])('%s takes the wrapper of the folder', (tool, wrapper) => {
  addProgram(join(folder, 'source/api', wrapper));
  run(`{ tool: ${tool} }`);
  expect(call()[1]).toBe(wrapper);
});

test('dotnet takes a registry of this machine without TLS', () => {
  run('{ tool: dotnet }', HERE);
  expect(readFileSync(join(folder, 'env'), 'utf8')).toContain('DOTNET_CONTAINER_INSECURE_REGISTRIES=127.0.0.1:5000\n');
});

test('a target of a bake file and the root of the repository can be named', () => {
  run('{ tool: bake, target: web }', {}, '.');
  expect([call()[0], call().at(-1)]).toEqual(['source', 'web']);
});

test('a missing program is named with what to do, and installed if the catalog says how', () => {
  rmSync(join(folder, 'bin/ko'));
  const { status, stdout } = run('{ tool: ko }');
  expect({ status, stdout }).toMatchObject({
    status: 127,
    stdout: expect.stringContaining('ko is not on this machine'),
  });
  expect(stdout).toContain('build.install');

  const install = 'mkdir -p "$HOME/go/bin"; cp "$HOME/bin/go" "$HOME/go/bin/ko"';
  expect(run(`{ tool: ko, install: '${install}' }`)).toMatchObject({ status: 0 });
  expect(call()[1]).toBe('ko');
  expect(run('{ tool: ko, install: exit 7 }')).toMatchObject({ status: 0 });
});

test('a failed installation fails the build', () => {
  rmSync(join(folder, 'bin/pack'));
  expect(run('{ tool: buildpacks, install: exit 7 }').status).toBe(7);
});
