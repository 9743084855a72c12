/** Builds without Docker, pushed to the embedded registry over HTTP. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { headManifest, missingParts, snapshotTags } from '../../../support/registry/registry-snapshot';
import { build, failureOf, fixture, leftBy, replaceRegistry, useCodeBuild } from '../code-build-fixture';
import { SAMPLE_FILES } from './sample-source';

useCodeBuild();

interface ImageManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

async function get(path: string): Promise<Response> {
  return fetch(`http://${fixture().host}/v2/candidates/${path}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
}

async function pull(service: string) {
  const manifest = (await (
    await get(`manifests/${service}.${fixture().source.digests.get(service)}`)
  ).json()) as ImageManifest;
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

    const tag = `auth.${fixture().source.digests.get('auth')}`;
    expect(await missingParts(fixture().host, 'candidates', tag)).toEqual([]);
    expect([...(await snapshotTags(fixture().host, ['candidates'])).keys()]).toEqual([`candidates:${tag}`]);
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

  test('has labels with its builder and its inputs', async () => {
    await build('auth');
    expect((await pull('auth')).config).toMatchObject({
      config: {
        Labels: {
          'image-pipeline.builder': 'embedded',
          'image-pipeline.input-digest': fixture().source.digests.get('auth'),
        },
      },
    });
  });

  test('has the digests of its layer and of the tar in it', async () => {
    await build('auth');

    const { manifest, config, layer } = await pull('auth');

    const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect(manifest.layers[0]).toMatchObject({ digest: sha256(layer), size: layer.length });
    expect(config).toMatchObject({ rootfs: { diff_ids: [sha256(gunzipSync(layer))] } });
  });

  test('has the same digest each time', async () => {
    const tag = `auth.${fixture().source.digests.get('auth')}`;
    await build('auth');
    const first = await headManifest(fixture().host, 'candidates', tag);
    await replaceRegistry();

    await build('auth', {}, { run: 'run-2' });

    expect(await headManifest(fixture().host, 'candidates', tag)).toBe(first);
  });

  test('is not built from a source with another input digest', async () => {
    const { outcome } = await failureOf(build('auth', {}, { inputDigest: 'f'.repeat(40) }));

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('the plan said ffff') });
    expect(await snapshotTags(fixture().host, ['candidates'])).toEqual(new Map());
  });

  test('fails with a clear message if the registry is down', async () => {
    const { host } = fixture();
    await replaceRegistry();
    const { outcome } = await failureOf(build('auth', { clock: createStillClock() }, { host }));

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining(host) });
  });

  test('fails if the archive is missing, with the reason in the log', async () => {
    const lost = { ...fixture().source, location: '/no/such/folder/' };
    const { outcome } = await failureOf(build('auth', {}, { source: lost }));

    expect(outcome).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('ENOENT') });
    expect(readFileSync(fileURLToPath(outcome.logs ?? ''), 'utf8')).toContain('ENOENT');
  });

  test('fails as a fault of this machine if no log can be written', async () => {
    mkdirSync(join(fixture().folder, 'logs'));
    writeFileSync(join(fixture().folder, 'logs/run-1'), 'a file where the folder should be');
    const { outcome } = await failureOf(build('auth'));

    expect(outcome).toMatchObject({ status: 'FAULT', cause: expect.stringContaining('this machine cannot build') });
  });

  test('leaves nothing in the temporary folder', async () => {
    const whileBuilding: string[] = [];
    const look = () => whileBuilding.push(...readdirSync(os.tmpdir()));

    expect(await leftBy(() => build('chat', { onEnd: look }))).toEqual([]);
    expect(whileBuilding).toHaveLength(1);
    expect(await leftBy(() => failureOf(build('auth', {}, { inputDigest: 'f'.repeat(40) })))).toEqual([]);
  });
});
