/** Tests of images with a real Docker engine: a stage and a command, of images that pass and that fail. Nothing of a failed one is pushed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOutcome } from '../../../core/contract/job';
import { buildOutcome } from '../../../core/report/outcome';
import { type DockerEngine, findDockerEngine } from '../../../local/build/docker-engine';
import { codeBuildIn } from '../../local/build/code-build-fixture';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../../local/build/embedded/sample-source';
import { startBuildRequest } from '../../local/build/start-build-request';
import type { TestEntry } from '../../support/git/git-repository';
import { type DockerRegistry, startDockerRegistry } from '../../support/registry/docker-registry';
import { snapshotTags } from '../../support/registry/registry-snapshot';

/** A program without libraries that every Debian has. It runs in an image of no other file, and fails with an unknown option. */
const PROGRAM: TestEntry = { mode: '100755', content: readFileSync('/sbin/ldconfig') };
const PASSES = '["/check", "--version"]';
const FAILS = '["/check", "--no-such-option"]';

const withStage = (run: string) =>
  `FROM scratch AS app\nCOPY check /check\nFROM app AS tests\nRUN ${run}\nFROM app AS final\n`;
const FILES: Readonly<Record<string, TestEntry>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'services:',
    '  stage-passes: { path: a, context: service, test: { target: tests } }',
    '  stage-fails: { path: b, context: service, test: { target: tests } }',
    `  command-passes: { path: c, context: service, test: { command: ${PASSES} } }`,
    `  command-fails: { path: d, context: service, test: { command: ${FAILS} } }`,
    '',
  ].join('\n'),
  'a/Dockerfile': withStage(PASSES),
  'b/Dockerfile': withStage(FAILS),
  'c/Dockerfile': 'FROM scratch\nCOPY check /check\n',
  'd/Dockerfile': 'FROM scratch\nCOPY check /check\n',
  ...Object.fromEntries(['a', 'b', 'c', 'd'].map((folder) => [`${folder}/check`, PROGRAM])),
};

let engine: DockerEngine;
let registry: DockerRegistry;
let source: SampleSource;
let folder: string;

beforeAll(async () => {
  const found = await findDockerEngine();
  if (found === undefined) throw new Error('no Docker engine answers: start dockerd');
  engine = found;
  registry = await startDockerRegistry();
  source = await makeSampleSource(FILES);
  folder = mkdtempSync(join(tmpdir(), 'image-tests-'));
}, 60_000);
afterAll(async () => {
  source.remove();
  rmSync(folder, { recursive: true, force: true });
  await registry.stop();
});

/** The outcome if it failed; undefined if it was built. */
async function build(service: string): Promise<BuildOutcome | undefined> {
  const codeBuild = codeBuildIn(folder, { docker: engine });
  try {
    await codeBuild.startBuild(startBuildRequest({ service, source, host: registry.host }));
    return undefined;
  } catch (thrown) {
    const error = thrown as Error;
    return buildOutcome({ service, error: { Error: error.name, Cause: error.message } });
  } finally {
    await codeBuild.close();
  }
}

const pushed = async () => [...(await snapshotTags(registry.host, ['candidates'])).keys()];

test.each(['stage-passes', 'command-passes'])('%s: the image is pushed after its tests', async (service) => {
  expect(await build(service)).toBeUndefined();

  expect(await pushed()).toContain(`candidates:${service}.${source.digests.get(service)}`);
});

test.each(['stage-fails', 'command-fails'])(
  '%s: the build fails with the output of the tests, and pushes nothing',
  async (service) => {
    const outcome = await build(service);

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('tests') });
    expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toMatch(/unrecognized option|no-such-option/);
    expect((await pushed()).join(' ')).not.toContain(service);
  },
);
