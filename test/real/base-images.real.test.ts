/** Base images with a real Docker engine: a build gets what the plan saw, wherever the tag is by then. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobBases } from '../../core/contract/job';
import { readBuildFacts } from '../../core/image/build-label';
import { type DockerEngine, findDockerEngine } from '../../local/build/docker-engine';
import { codeBuildIn } from '../local/build/code-build-fixture';
import { CATALOG_FILE, makeSampleSource, type SampleSource } from '../local/build/embedded/sample-source';
import { candidateOf, startBuildRequest } from '../local/build/start-build-request';
import { type DockerRegistry, startDockerRegistry } from '../support/registry/docker-registry';

let engine: DockerEngine;
let registry: DockerRegistry;
let folder: string;
let source: SampleSource;
let base: string;

beforeAll(async () => {
  const found = await findDockerEngine();
  if (found === undefined) throw new Error('no Docker engine answers: start dockerd');
  engine = found;
  registry = await startDockerRegistry();
  folder = mkdtempSync(join(tmpdir(), 'base-images-real-'));
  base = `${registry.host}/team/base:1`;
  source = await makeSampleSource({
    [CATALOG_FILE]:
      'platform: v1.4.0\nservices:\n  app: { path: app, context: app }\n  copier: { path: copier, context: copier }\n',
    'app/Dockerfile': `FROM ${base}\nCOPY app.txt /\n`,
    'app/app.txt': 'app\n',
    'copier/Dockerfile': `FROM scratch\nCOPY --from=${base} /edition /copied\n`,
  });
}, 60_000);
afterAll(async () => {
  source?.remove();
  rmSync(folder, { recursive: true, force: true });
  docker('image', 'rm', '--force', base);
  await registry.stop();
});

function docker(...args: string[]): string {
  return execFileSync(engine.client, args, { encoding: 'utf8', stdio: 'pipe', env: engine.env });
}

/** Builds an edition of the base image, moves its tag there, and gives its digest. Nothing of it stays on the engine. */
function moveBase(edition: string): string {
  const input = `FROM scratch\nLABEL edition=${edition}\nCOPY Dockerfile /edition\n`;
  const context = mkdtempSync(join(folder, 'base-'));
  execFileSync('tee', [join(context, 'Dockerfile')], { input, stdio: ['pipe', 'ignore', 'inherit'] });
  docker('build', '--tag', base, context);
  docker('push', base);
  const [digest = ''] = docker('image', 'inspect', '--format={{index .RepoDigests 0}}', base)
    .trim()
    .split('@')
    .slice(1);
  docker('image', 'rm', '--force', base);
  return digest;
}

async function build(service: string, bases: JobBases): Promise<string> {
  const codeBuild = codeBuildIn(folder, { docker: engine });
  try {
    await codeBuild.startBuild(startBuildRequest({ service, source, host: registry.host, bases }));
  } finally {
    await codeBuild.close();
  }
  const image = candidateOf({ service, source, host: registry.host });
  docker('pull', image);
  return image;
}

/** The base image's own label, as the built image has it. */
function editionIn(image: string, path: string): string {
  const container = docker('create', image, '/none').trim();
  try {
    docker('cp', `${container}:${path}`, join(folder, 'edition'));
    return execFileSync('cat', [join(folder, 'edition')], { encoding: 'utf8' });
  } finally {
    docker('rm', container);
    docker('image', 'rm', '--force', image);
  }
}

test.each([
  ['app', '/edition'],
  ['copier', '/copied'],
])('%s is built from the digest that the plan saw, though the tag has moved', async (service, path) => {
  const planned = moveBase('planned');
  moveBase('moved');

  const image = await build(service, {
    digests: { [base]: planned },
    images: {},
    noCache: false,
    cacheScope: 'release',
  });
  const labels = docker('image', 'inspect', '--format={{json .Config.Labels}}', image);

  expect(editionIn(image, path)).toContain('edition=planned');
  const config = Buffer.from(JSON.stringify({ config: { Labels: JSON.parse(labels) } }));
  expect(readBuildFacts(config)).toEqual({ bases: { [base]: planned } });
});

test('without a digest the build takes what the tag is', async () => {
  moveBase('before');
  moveBase('now');
  docker('image', 'rm', '--force', base);

  expect(
    editionIn(await build('app', { digests: {}, images: {}, noCache: false, cacheScope: 'release' }), '/edition'),
  ).toContain('edition=now');
});

test('a digest that is not there fails the build, which takes nothing else instead', async () => {
  moveBase('there');
  const gone = `sha256:${'0'.repeat(64)}`;
  await expect(
    build('app', { digests: { [base]: gone }, images: {}, noCache: false, cacheScope: 'release' }),
  ).rejects.toMatchObject({
    name: 'States.TaskFailed',
    message: expect.stringContaining('manifest unknown'),
  });
});

test('an image that is built because of its age is made of nothing that an earlier build has left', async () => {
  const digest = moveBase('steady');
  const created = async (noCache: boolean) => {
    const image = await build('app', { digests: { [base]: digest }, images: {}, noCache, cacheScope: 'release' });
    const [layer = ''] = docker('image', 'inspect', '--format={{.Created}}', image).trim().split('\n');
    docker('image', 'rm', '--force', image);
    return layer;
  };

  const first = await created(false);

  expect(await created(false)).toBe(first);
  expect((await created(true)) > first).toBe(true);
});
