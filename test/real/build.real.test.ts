/** The deployed buildspec with a real Docker engine and a real registry: build, push, refuse, and values that stay values. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { buildOutcome } from '../../core/report/outcome';
import { type DockerEngine, findDockerEngine } from '../../local/build/docker-engine';
import { codeBuildIn } from '../local/build/code-build-fixture';
import { makeSampleSource, RELEASES, SAMPLE_FILES, type SampleSource } from '../local/build/embedded/sample-source';
import { candidateOf, listedImage, startBuildRequest, startMachineRequest } from '../local/build/start-build-request';
import { type DockerRegistry, startDockerRegistry } from '../support/registry/docker-registry';
import { missingParts, snapshotTags } from '../support/registry/registry-snapshot';

/** The name that the sample's own base image gets on the engine. */
const RELEASED_BASE = `${RELEASES}/base:v9`;

let engine: DockerEngine;
let registry: DockerRegistry;
let source: SampleSource;
let folder: string;
const onEngine: string[] = [RELEASED_BASE];

beforeAll(async () => {
  const found = await findDockerEngine();
  if (found === undefined) throw new Error('no Docker engine answers: start dockerd');
  engine = found;
  registry = await startDockerRegistry();
  source = await makeSampleSource();
}, 60_000);
afterAll(async () => {
  spawnSync(engine.client, ['image', 'rm', '--force', ...onEngine]);
  source.remove();
  await registry.stop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-real-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Request {
  readonly service: string;
  readonly source?: SampleSource;
  readonly inputDigest?: string;
  readonly run?: string;
  readonly commit?: string;
  /** `embedded` needs no engine. */
  readonly docker?: DockerEngine | 'embedded';
}

/** The outcome if it failed; undefined if it was built. */
async function build({ docker = engine, source: from = source, ...request }: Request) {
  const codeBuild = codeBuildIn(folder, { docker: docker === 'embedded' ? undefined : docker });
  const asked = { ...request, source: from, host: registry.host };
  try {
    await codeBuild.startBuild(startBuildRequest(asked));
    return undefined;
  } catch (thrown) {
    const error = thrown as Error;
    return buildOutcome({ service: request.service, error: { Error: error.name, Cause: error.message } });
  } finally {
    await codeBuild.close();
  }
}

/** Pulls the image, to be removed at the end. */
function pulled(image: string): string {
  onEngine.push(image);
  execFileSync(engine.client, ['pull', image], { stdio: 'pipe' });
  return image;
}

function filesOf(image: string): string[] {
  const container = execFileSync(engine.client, ['create', pulled(image), '/none'])
    .toString('utf8')
    .trim();
  try {
    const list = spawnSync('tar', ['--list'], { input: execFileSync(engine.client, ['export', container]) });
    return list.stdout.toString('utf8').split('\n');
  } finally {
    execFileSync(engine.client, ['rm', container]);
  }
}

const tags = async () => [...(await snapshotTags(registry.host, ['candidates'])).keys()];

describe('the buildspec on a real engine', () => {
  test.each(['auth', 'chat'])('builds %s from scratch and pushes a complete image', async (service) => {
    expect(await build({ service })).toBeUndefined();

    const tag = `${service}.${source.digests.get(service)}`;
    expect(await tags()).toContain(`candidates:${tag}`);
    expect(await missingParts(registry.host, 'candidates', tag)).toEqual([]);
  });

  test('builds several images on one machine; one that fails takes no other with it', async () => {
    const codeBuild = codeBuildIn(folder, { docker: engine });
    const list = join(folder, 'list.json');
    const asked = { source, host: registry.host };
    const images = ['auth', 'chat', 'base'].map((service) => listedImage({ ...asked, service }));
    writeFileSync(list, JSON.stringify([{ ...images[0], inputDigest: 'f'.repeat(40) }, ...images.slice(1)]));
    try {
      await expect(codeBuild.startBuild(startMachineRequest(asked, list))).rejects.toThrow('and now built alone: auth');
    } finally {
      await codeBuild.close();
    }

    for (const service of ['chat', 'base']) {
      const tag = `${service}.${source.digests.get(service)}`;
      expect(await missingParts(registry.host, 'candidates', tag)).toEqual([]);
    }
  });

  test('gives the image its labels, and build arguments as they are', async () => {
    await build({ service: 'chat' });

    const image = pulled(candidateOf({ source, service: 'chat', host: registry.host }));
    const text = execFileSync(engine.client, ['image', 'inspect', '--format={{json .Config.Labels}}', image]);

    expect(JSON.parse(text.toString('utf8'))).toEqual({
      greeting: 'a b $(id)',
      'image-pipeline.input-digest': source.digests.get('chat'),
      'org.opencontainers.image.revision': source.commit,
    });
  });

  test('builds an image from another catalog image, which only the candidate repository has', async () => {
    expect(await build({ service: 'base' })).toBeUndefined();
    expect(await build({ service: 'child' })).toBeUndefined();

    const files = filesOf(candidateOf({ source, service: 'child', host: registry.host }));
    expect(files).toEqual(expect.arrayContaining(['base.txt', 'child.txt']));
  });

  test('builds what is in the source now, though name, size and time of a file are those of an earlier source', async () => {
    const contents = ['one of as many bytes\n', 'two of as many bytes\n'];
    for (const content of contents) {
      const changed = await makeSampleSource({ ...SAMPLE_FILES, 'services/base/base.txt': content });
      try {
        expect(await build({ service: 'base', source: changed })).toBeUndefined();
        const image = pulled(candidateOf({ source: changed, service: 'base', host: registry.host }));
        const container = execFileSync(engine.client, ['create', image, '/none']).toString('utf8').trim();
        execFileSync(engine.client, ['cp', `${container}:/base.txt`, join(folder, 'base.txt')], { stdio: 'pipe' });
        execFileSync(engine.client, ['rm', container]);
        expect(readFileSync(join(folder, 'base.txt'), 'utf8')).toBe(content);
      } finally {
        changed.remove();
      }
    }
  });

  test('leaves no candidate behind in the engine', async () => {
    const image = candidateOf({ source, service: 'auth', host: registry.host });
    expect(await build({ service: 'auth' })).toBeUndefined();
    expect(execFileSync(engine.client, ['image', 'ls', '--quiet', image]).toString('utf8')).toBe('');
  });

  test('refuses a source with another input digest and pushes nothing', async () => {
    const before = await tags();
    const outcome = await build({ service: 'auth', inputDigest: 'f'.repeat(40) });

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('nothing was built') });
    expect(await tags()).toEqual(before);
  });

  test('tells what Docker said if the image cannot be built', async () => {
    const broken = await makeSampleSource({
      ...SAMPLE_FILES,
      'services/chat/Dockerfile': 'FROM scratch\nRUN ["/none"]\n',
    });
    try {
      const outcome = await build({ service: 'chat', source: broken });

      expect(outcome?.status).toBe('FAILED');
      expect(readFileSync(fileURLToPath(outcome?.logs ?? ''), 'utf8')).toContain('/none');
    } finally {
      broken.remove();
    }
  });

  test('tells an engine that has gone from a build that failed', async () => {
    const gone = { ...engine, env: { ...engine.env, DOCKER_HOST: `unix://${folder}/no.sock` } };
    expect(await build({ service: 'auth', docker: gone })).toMatchObject({ status: 'FAULT' });
  });

  test('takes hostile names of runs and branches for data', async () => {
    const canary = join(folder, 'canary');
    for (const text of [`$(touch ${canary})`, `\`touch ${canary}\``, `"; touch ${canary} #`, `'; touch ${canary} #`]) {
      expect(await build({ service: 'auth', run: text, commit: text })).toBeUndefined();
      expect(await build({ service: text })).toMatchObject({ status: 'FAILED' });
    }
    expect(existsSync(canary)).toBe(false);
  });
});

test('an embedded image is pulled and read by Docker', async () => {
  const other = await makeSampleSource({ ...SAMPLE_FILES, 'tools/lib.py': 'for the embedded builder\n' });
  try {
    expect(await build({ service: 'auth', source: other, docker: 'embedded' })).toBeUndefined();
    const image = pulled(candidateOf({ source: other, service: 'auth', host: registry.host }));
    const container = execFileSync(engine.client, ['create', image, '/none']).toString('utf8').trim();
    try {
      const copied = join(folder, 'copied');
      execFileSync(engine.client, ['cp', `${container}:/src`, copied], { stdio: 'pipe' });
      expect(readFileSync(join(copied, 'tools/lib.py'), 'utf8')).toBe('for the embedded builder\n');
      expect(readdirSync(join(copied, 'services/auth')).sort()).toEqual(
        expect.arrayContaining(['a file; $(touch canary) ü.txt', 'link', 'main.py', 'run.sh']),
      );
    } finally {
      execFileSync(engine.client, ['rm', container]);
    }
  } finally {
    other.remove();
  }
});

test.each(['image', 'module'])('shellcheck has nothing to say about the buildspec %s.yml', (name) => {
  const text = readFileSync(join(__dirname, '../../buildspecs', `${name}.yml`), 'utf8');
  const { phases } = parse(text) as { phases: Record<string, { commands: string[] }> };
  const commands = Object.values(phases).flatMap((phase) => phase.commands);
  const scripts = commands.flatMap((command) => /<< 'END'\n(.*)^END$/ms.exec(command)?.[1] ?? []);
  for (const [index, command] of [...commands, ...scripts].entries()) {
    const file = join(folder, `command-${index}.sh`);
    writeFileSync(file, command);
    const said = execFileSync('shellcheck', ['--shell=bash', file], { encoding: 'utf8' });
    expect(said).toBe('');
  }
});
