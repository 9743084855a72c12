/** Modules built and tested by npm, published into Verdaccio, and installed from there by npm. CodeArtifact's API is a fake before it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { systemClock } from '../../../adapters/clock';
import { createCodeArtifactIndex } from '../../../adapters/packages/code-artifact-index';
import { NPM } from '../../../core/modules/npm/npm';
import type { PackageIndex } from '../../../core/ports/packages';
import { findTool, type ModuleTool } from '../../../local/build/build-tools';
import { npmIndexContract } from '../../contracts/packages/npm-index-contract';
import { makeSampleSource, type SampleSource } from '../../local/build/embedded/sample-source';
import { NPM_FILES } from '../../local/build/modules/npm-sample';
import { type FakeCodeArtifact, PLACE, startFakeCodeArtifact } from '../../support/aws/fake-code-artifact';
import { buildModule, publishModule } from '../../support/modules/real-modules';
import { startVerdaccio, type Verdaccio } from './verdaccio';

const PACKAGES = { greet: '@shop/greet', shout: '@shop/shout', failing: 'failing' } as const;
type ModuleName = keyof typeof PACKAGES;

let folder: string;
let verdaccio: Verdaccio;
let artifact: FakeCodeArtifact;
let index: PackageIndex;
let source: SampleSource;
let npm: ModuleTool;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'npm-real-'));
  mkdirSync(join(folder, 'verdaccio'));
  verdaccio = await startVerdaccio(join(folder, 'verdaccio'));
  artifact = await startFakeCodeArtifact(verdaccio);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new CodeartifactClient({ endpoint: artifact.url, region: 'eu-central-1', credentials });
  index = createCodeArtifactIndex({ ...PLACE, kind: 'npm', client, clock: systemClock, allowLoopback: true });
  source = await makeSampleSource(NPM_FILES);
  const found = await findTool('npm', { ...process.env, HOME: folder, npm_config_registry: verdaccio.url });
  if (found === undefined) throw new Error('there is no npm on the PATH');
  npm = found;
}, 300_000);
afterAll(async () => {
  source?.remove();
  await artifact?.stop();
  await verdaccio?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const tarballUrl = (name: string, version: string) =>
  new URL(`${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`, verdaccio.url);
const contentDigest = (module: ModuleName) => source.contents.get(module) ?? '';
const developmentOf = (module: ModuleName) => `0.1.0${NPM.versionSuffix(contentDigest(module))}`;

const build = (run: string, module: ModuleName, version: string) =>
  buildModule(folder, { run, source, module, kind: 'npm', version, tool: { npm } });

function publish(run: string, name: ModuleName, version: string) {
  const planned = { name, kind: 'npm', package: PACKAGES[name], version, contentDigest: contentDigest(name) } as const;
  return publishModule(folder, { run, planned, packages: { npm: index } });
}

/** Runs npm in an empty folder, as somebody who only installs. */
function install(...packages: readonly string[]): (path: string, code?: string) => string {
  const home = mkdtempSync(join(folder, 'installed-'));
  const env = { PATH: `${join(npm.path, '..')}:/usr/bin:/bin`, HOME: home, npm_config_registry: verdaccio.url };
  execFileSync(npm.path, ['install', '--no-audit', '--no-fund', '--prefix', home, ...packages], { cwd: home, env });
  const program = (code: string) => `((it) => ${code})(require(process.argv[1]))`;
  return (path, code = 'it.version') =>
    execFileSync(process.execPath, ['-p', program(code), path], { cwd: home, encoding: 'utf8' }).trim();
}

describe('an index before Verdaccio', () => {
  npmIndexContract(() => ({
    index,
    bytesOf: async (name, version) => {
      const reply = await fetch(tarballUrl(name, version));
      return reply.ok ? Buffer.from(await reply.arrayBuffer()) : undefined;
    },
  }));
});

describe('modules built by npm', () => {
  test('are built, tested, published, and installed by npm, each before those that depend on it', async () => {
    for (const module of ['greet', 'shout'] as const) {
      expect(await build('run-1', module, '0.1.0')).toBeUndefined();
      expect(await publish('run-1', module, '0.1.0')).toEqual({ package: PACKAGES[module], version: '0.1.0' });
    }

    const evaluate = install('@shop/shout');
    expect(evaluate('@shop/shout', "it('Ada')")).toBe('HELLO ADA');
    expect(evaluate('@shop/greet/package.json')).toBe('0.1.0');
  }, 240_000);

  test('as development versions are installed by their version alone, and never by a range or by name', async () => {
    const version = developmentOf('greet');
    expect(await build('run-2', 'greet', version)).toBeUndefined();
    expect(await publish('run-2', 'greet', version)).toEqual({ package: '@shop/greet', version });

    const manifest = '@shop/greet/package.json';
    expect(install(`@shop/greet@${version}`)(manifest)).toBe(version);
    expect(install('@shop/greet@>=0.1.0')(manifest)).toBe('0.1.0');
    expect(install('@shop/greet')(manifest)).toBe('0.1.0');
    expect(await index.find('@shop/greet', NPM.versionSuffix(contentDigest('greet')))).toMatchObject({ version });
  }, 240_000);

  test('one whose test fails is not published, and both its outcome and its log say why', async () => {
    const outcome = await build('run-3', 'failing', '0.1.0');

    expect(outcome).toMatchObject({ status: 'FAILED', cause: 'the tests failed; the log has their output' });
    expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toContain('it does not work');
    await expect(publish('run-3', 'failing', '0.1.0')).rejects.toThrow('the build left no package.json');
    expect(await index.files('failing', '0.1.0')).toEqual([]);
  }, 120_000);
});
