/** Builds without Docker, through the stand-in for CodeBuild, pushed to the embedded registry over HTTP. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { buildOutcome } from '../../../core/plan/outcome';
import { createLocalCodeBuild, type LocalCodeBuildOptions } from '../../../local/build/local-code-build';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { headManifest, missingParts, snapshotTags } from '../../support/registry-snapshot';
import { CATALOG_FILE, makeSampleSource, RELEASES, SAMPLE_FILES, type SampleSource } from './sample-source';
import { startBuildRequest } from './start-build-request';

let source: SampleSource;
let folder: string;
let registry: RunningRegistry;

beforeAll(async () => {
  source = await makeSampleSource();
});
afterAll(() => source.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-builder-'));
  registry = await startRegistry({ directory: join(folder, 'registry') });
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `work` with a stand-in for CodeBuild, which is closed afterwards. */
async function withCodeBuild<Result>(
  part: Partial<LocalCodeBuildOptions>,
  work: (codeBuild: ReturnType<typeof createLocalCodeBuild>) => Promise<Result>,
): Promise<Result> {
  const codeBuild = createLocalCodeBuild({
    docker: undefined,
    logs: join(folder, 'logs'),
    toolFile: join(folder, 'job-tool.js'),
    catalogFile: CATALOG_FILE,
    releases: RELEASES,
    refuse: new Set(),
    ...part,
  });
  try {
    return await work(codeBuild);
  } finally {
    await codeBuild.close();
  }
}

function build(service: string, part: Partial<LocalCodeBuildOptions> = {}, request: object = {}) {
  const parameters = startBuildRequest({ source, service, host: registry.host, ...request });
  return withCodeBuild(part, (codeBuild) => codeBuild.startBuild(parameters));
}

async function failureOf(built: Promise<object>) {
  const error = await built.then(
    () => new Error('it succeeded'),
    (thrown: Error) => thrown,
  );
  return { error, outcome: buildOutcome({ service: 'auth', error: { Error: error.name, Cause: error.message } }) };
}

interface ImageManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

async function get(path: string): Promise<Response> {
  return fetch(`http://${registry.host}/v2/candidates/${path}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
}

async function pull(service: string) {
  const manifest = (await (await get(`manifests/${service}.${source.digests.get(service)}`)).json()) as ImageManifest;
  const config = await (await get(`blobs/${manifest.config.digest}`)).json();
  const layer = Buffer.from(await (await get(`blobs/${manifest.layers[0]?.digest}`)).arrayBuffer());
  return { manifest, config, layer };
}

async function filesOf(layer: Buffer): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const unpacking = Readable.from([gunzipSync(layer)]).pipe(extract() as never) as unknown as ReturnType<
    typeof extract
  >;
  for await (const entry of unpacking) {
    const parts: Buffer[] = [];
    for await (const chunk of entry) parts.push(chunk as Buffer);
    files.set(entry.header.name, entry.header.linkname ?? Buffer.concat(parts).toString('utf8'));
  }
  return files;
}

describe('an image of the embedded builder', () => {
  test('is complete in the registry, under the candidate tag', async () => {
    const reply = await build('auth');

    const tag = `auth.${source.digests.get('auth')}`;
    expect(await missingParts(registry.host, 'candidates', tag)).toEqual([]);
    expect([...(await snapshotTags(registry.host, ['candidates'])).keys()]).toEqual([`candidates:${tag}`]);
    expect(reply).toMatchObject({ Build: { BuildStatus: 'SUCCEEDED', ProjectName: 'project' } });
  });

  test('holds exactly the inputs, with their names and contents', async () => {
    await build('auth');

    const files = await filesOf((await pull('auth')).layer);

    const inputs = Object.keys(SAMPLE_FILES).filter((path) => /^(services\/auth|tools)\//.test(path));
    expect([...files.keys()].sort()).toEqual(
      expect.arrayContaining(inputs.filter((path) => !path.endsWith('Dockerfile')).map((path) => `src/${path}`)),
    );
    expect([...files.keys()].filter((path) => /chat|unrelated/.test(path))).toEqual([]);
    expect(files.get('src/services/auth/link')).toBe('main.py');
    expect(files.get('src/tools/lib.py')).toBe('shared\n');
  });

  test('says by labels who built it, and of what', async () => {
    await build('auth');
    expect((await pull('auth')).config).toMatchObject({
      config: {
        Labels: {
          'image-pipeline.builder': 'embedded',
          'image-pipeline.input-digest': source.digests.get('auth'),
        },
      },
    });
  });

  test('names its layer by the digest of its bytes, and the tar in it by its own', async () => {
    await build('auth');

    const { manifest, config, layer } = await pull('auth');

    const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect(manifest.layers[0]).toMatchObject({ digest: sha256(layer), size: layer.length });
    expect(config).toMatchObject({ rootfs: { diff_ids: [sha256(gunzipSync(layer))] } });
  });

  test('has the same digest whenever it is built', async () => {
    const tag = `auth.${source.digests.get('auth')}`;
    await build('auth');
    const first = await headManifest(registry.host, 'candidates', tag);
    await registry.close();
    registry = await startRegistry({ directory: join(folder, 'another') });

    await build('auth', {}, { run: 'run-2' });

    expect(await headManifest(registry.host, 'candidates', tag)).toBe(first);
  });

  test('is not built of a source with another input digest', async () => {
    const { outcome } = await failureOf(build('auth', {}, { inputDigest: 'f'.repeat(40) }));

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('the plan said ffff') });
    expect(await snapshotTags(registry.host, ['candidates'])).toEqual(new Map());
  });

  test('fails with a clear message if the registry is down', async () => {
    const port = (host: string) => Number(host.split(':')[1]);
    const host = registry.host;
    await registry.close();
    const { outcome } = await failureOf(build('auth', {}, { host }));
    registry = await startRegistry({ directory: join(folder, 'registry'), port: port(host) });

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining(host) });
  });

  test('fails if the archive is not there, and the log says why', async () => {
    const lost = { ...source, archive: 'file:///no/such/archive.tar.gz' };
    const { outcome } = await failureOf(build('auth', {}, { source: lost }));

    expect(outcome).toMatchObject({ status: 'FAULT', cause: expect.stringContaining('ENOENT') });
    expect(readFileSync(fileURLToPath(outcome.logs ?? ''), 'utf8')).toContain('ENOENT');
  });

  test('fails as a fault of this machine if no log can be written', async () => {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs/run-1'), 'a file where the folder should be');
    const { outcome } = await failureOf(build('auth'));

    expect(outcome).toMatchObject({ status: 'FAULT', cause: expect.stringContaining('this machine cannot build') });
  });

  test('leaves nothing in the temporary folder', async () => {
    const before = readdirSync(tmpdir()).filter((name) => /^image-(source|layer|job)-/.test(name));
    await build('chat');
    const after = readdirSync(tmpdir()).filter((name) => /^image-(source|layer|job)-/.test(name));

    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe('the stand-in for CodeBuild', () => {
  test('writes a log per run and service, and links to it', async () => {
    const reply = (await build('auth')) as { Build: { Logs: { DeepLink: string } } };

    const file = fileURLToPath(reply.Build.Logs.DeepLink);
    expect(file).toBe(join(folder, 'logs/run-1/auth.log'));
    expect(readFileSync(file, 'utf8')).toContain('no instruction of the Dockerfile was run');
  });

  test('keeps logs below their folder, whatever a service is called', async () => {
    const { outcome } = await failureOf(build('../../x', {}, { run: '..' }));
    expect(fileURLToPath(outcome.logs ?? '')).toBe(join(folder, 'logs/%2E.', '%2E.%2F..%2Fx.log'));
  });

  test('fails the build that it is asked to fail, and only that', async () => {
    const refuse = new Set(['auth']);
    const { error, outcome } = await failureOf(build('auth', { refuse }));

    expect(error.name).toBe('States.TaskFailed');
    expect(outcome).toEqual({
      service: 'auth',
      status: 'FAILED',
      logs: expect.stringMatching(/^file:.*auth\.log$/),
      cause: 'the build of auth was asked to fail, to rehearse a failure',
    });
    await expect(build('chat', { refuse })).resolves.toBeDefined();
  });

  test('takes the same token twice for one build', async () => {
    const started: string[] = [];
    const parameters = startBuildRequest({ source, service: 'auth', host: registry.host });

    const replies = await withCodeBuild({ onStart: (service) => started.push(service) }, (codeBuild) =>
      Promise.all([codeBuild.startBuild(parameters), codeBuild.startBuild(structuredClone(parameters))]),
    );

    expect(started).toEqual(['auth']);
    expect(replies[0]).toEqual(replies[1]);
  });

  test('refuses a token that was used for another build', async () => {
    const request = (service: string) => startBuildRequest({ source, service, host: registry.host, token: 'same' });

    await withCodeBuild({}, async (codeBuild) => {
      await codeBuild.startBuild(request('auth'));
      await expect(codeBuild.startBuild(request('chat'))).rejects.toMatchObject({
        name: 'CodeBuild.InvalidInputException',
      });
    });
  });

  test('tells when a build starts and how it ends', async () => {
    const told: unknown[] = [];
    const listen = {
      onStart: (service: string) => told.push(['start', service]),
      onEnd: (service: string, succeeded: boolean) => told.push(['end', service, succeeded]),
    };
    await build('auth', listen);
    await failureOf(build('chat', { ...listen, refuse: new Set(['chat']) }));

    expect(told).toEqual([
      ['start', 'auth'],
      ['end', 'auth', true],
      ['start', 'chat'],
      ['end', 'chat', false],
    ]);
  });

  test('stops what still waits when it is closed', async () => {
    const codeBuild = createLocalCodeBuild({
      docker: undefined,
      logs: join(folder, 'logs'),
      toolFile: join(folder, 'job-tool.js'),
      catalogFile: CATALOG_FILE,
      releases: RELEASES,
      refuse: new Set(),
    });
    const started = codeBuild.startBuild(startBuildRequest({ source, service: 'auth', host: registry.host }));
    const failure = failureOf(started);
    await codeBuild.close();

    expect((await failure).outcome.status).toBe('STOPPED');
  });
});
