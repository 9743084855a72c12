/** Go modules tested by Go, tagged over git's protocol at a real git server, and taken from there by Go. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../../adapters/clock';
import { createWireGitHost } from '../../../adapters/git/wire/git-host';
import { createWireTags } from '../../../adapters/git/wire/tags';
import { createGoTags } from '../../../adapters/packages/go-tags';
import { findTool, type ModuleTool } from '../../../local/build/build-tools';
import { makeSampleSource, type SampleSource } from '../../local/build/embedded/sample-source';
import { GO_FILES, GO_HOST } from '../../local/build/modules/go-sample';
import { type GitHttpServer, startGitHttpServer } from '../../support/git/git-http-server';
import { createRepository, gitEnvironment, type TestRepository } from '../../support/git/git-repository';
import { buildModule, publishModule } from '../../support/modules/real-modules';
import { createMemoryClaims } from '../../support/pipeline/memory-state';

const LOGIN = 'Basic dXNlcjp0b2tlbg==';
const nameOf = (module: string) => `${GO_HOST}/mono.git/tools/${module}${module === 'major' ? '/v2' : ''}`;

let folder: string;
let repository: TestRepository;
let server: GitHttpServer;
let source: SampleSource;
let go: ModuleTool;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'go-real-'));
  repository = createRepository();
  repository.commit('main', GO_FILES);
  source = await makeSampleSource(GO_FILES);
  server = await startGitHttpServer({
    repository: repository.path,
    path: 'mono.git',
    // People read without a login, and the pipeline writes with one.
    authorization: (header) => header === undefined || header === LOGIN,
    other: (_request, response) => void response.writeHead(404).end(),
  });
  const offline = { GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-modcacherw' };
  const found = await findTool('go', { ...process.env, ...offline, HOME: folder, GOPATH: join(folder, 'go') });
  if (found === undefined) throw new Error('there is no Go on the PATH');
  go = found;
}, 60_000);
afterAll(async () => {
  await server?.stop();
  source?.remove();
  repository?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const build = (module: string, version: string) =>
  buildModule(folder, { run: `run-${module}`, source, module, kind: 'go', version, tool: { go } });

function publish(name: string, version: string) {
  const contentDigest = source.contents.get(name) ?? '';
  const planned = { name, kind: 'go', package: nameOf(name), version, contentDigest, path: `tools/${name}` } as const;
  const options = { url: `${server.url}/mono.git`, authorization: async () => LOGIN, clock: systemClock };
  const claims = createMemoryClaims();
  const index = createGoTags({ git: createWireGitHost(options), tags: createWireTags(options), claims });
  const commit = repository.git('rev-parse', 'main');
  return publishModule(folder, { run: `run-${name}`, planned, commit, claims, packages: { go: index } });
}

/** Runs Go as somebody who has never seen the repository. git asks the server on this machine for the host of the module paths. */
async function asUser(directory: string, ...args: string[]): Promise<string> {
  const env = {
    ...gitEnvironment(),
    ...go.env,
    GOPATH: join(folder, 'user'),
    GOPROXY: 'direct',
    GOPRIVATE: GO_HOST,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${server.url}/mono.git.insteadOf`,
    // Go asks without the suffix that ends the repository's part of a module path.
    GIT_CONFIG_VALUE_0: `https://${GO_HOST}/mono`,
  };
  // The git server is in this process.
  return (await promisify(execFile)(go.path, args, { cwd: directory, env })).stdout;
}

test('Go downloads the released version of a module, and builds a program with it', async () => {
  expect(await build('greet', '1.3.0')).toBeUndefined();
  expect(await publish('greet', '1.3.0')).toEqual({ package: nameOf('greet'), version: '1.3.0' });

  const directory = join(folder, 'program');
  mkdirSync(directory);
  writeFileSync(join(directory, 'go.mod'), 'module program\n\ngo 1.21\n');
  const text = `package main\n\nimport "${nameOf('greet')}"\n\nfunc main() { println(greet.Hello("Ada")) }\n`;
  writeFileSync(join(directory, 'main.go'), text);
  const downloaded = JSON.parse(await asUser(directory, 'mod', 'download', '-json', `${nameOf('greet')}@v1.3.0`));
  expect(downloaded).toMatchObject({
    Version: 'v1.3.0',
    Origin: { Subdir: 'tools/greet', Hash: repository.git('rev-parse', 'main'), Ref: 'refs/tags/tools/greet/v1.3.0' },
  });
  await asUser(directory, 'get', `${nameOf('greet')}@latest`);
  expect(readFileSync(join(directory, 'go.mod'), 'utf8')).toContain(`${nameOf('greet')} v1.3.0`);
  await asUser(directory, 'build', '-o', 'program');
}, 120_000);

test('Go finds a second major version by the tag of the folder, under the path with /v2', async () => {
  expect(await build('major', '2.0.0')).toBeUndefined();
  await publish('major', '2.0.0');

  expect(repository.git('tag', '--list', 'tools/major/*')).toBe('tools/major/v2.0.0');
  const listed = await asUser(folder, 'list', '-m', '-versions', nameOf('major'));
  expect(listed.trim()).toBe(`${nameOf('major')} v2.0.0`);
}, 120_000);

test.each([
  ['failing', 'it does not work'],
  // Its users have no workspace, and it requires nothing.
  ['shared', 'no required module provides package'],
])(
  'a module that is %s does not pass, and says why',
  async (module, why) => {
    const outcome = await build(module, '1.0.0');

    expect(outcome).toMatchObject({ status: 'FAILED' });
    expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toContain(why);
  },
  120_000,
);
