import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageCheck } from '../../../core/compare/verify-image';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { makeSmallPipeline, runCommand, type SmallPipeline } from '../../support/pipeline/small-pipeline';

let pipeline: SmallPipeline;
let registry: RunningRegistry;

beforeAll(async () => {
  pipeline = await makeSmallPipeline();
  await pipeline.run('release', '--version', 'v1.4.0', '--ref', 'main');
  pipeline.repository.commit('main', { 'tools/shared.py': 'shared = 2\n' });
  await pipeline.run('release', '--version', 'v1.5.0', '--ref', 'main');
  registry = await startRegistry({ directory: join(pipeline.home, 'registry'), isImmutable: () => false });
}, 60_000);
afterAll(async () => {
  await registry.close();
  pipeline.remove();
});

/** Runs `verify` on an image of the registry. */
function verify(image: string, ...options: string[]) {
  const given = ['--repo', pipeline.repository.path, '--ref', 'main', ...options];
  return runCommand('verify', `http://${registry.host}/team/${image}`, ...given);
}

async function checks(image: string, ...options: string[]): Promise<Record<string, ImageCheck>> {
  const { stdout } = await verify(image, '--json', ...options);
  const list = (JSON.parse(stdout) as { readonly checks: readonly ImageCheck[] }).checks;
  return Object.fromEntries(list.map((check) => [check.name, check]));
}

/** Puts the image of one reference under a tag, as somebody with a login could. */
async function move(repository: string, from: string, to: string): Promise<string> {
  const at = (reference: string) => `http://${registry.host}/v2/team/${repository}/manifests/${reference}`;
  const manifest = await fetch(at(from));
  const type = manifest.headers.get('content-type') ?? '';
  const digest = manifest.headers.get('docker-content-digest') ?? '';
  const body = Buffer.from(await manifest.arrayBuffer());
  expect((await fetch(at(to), { method: 'PUT', body, headers: { 'content-type': type } })).status).toBe(201);
  return digest;
}

test('a released image is told with its release, and its inputs are those of the commit', async () => {
  const { exitCode, stdout, stderr } = await verify('restapi:v1.5.0');

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^ok +release +restapi v1\.5\.0, in chart\/version-lock\.yaml since [0-9a-f]{12}, by run /m);
  expect(stdout).toMatch(/^ok +tag +v1\.5\.0 is the version of this digest$/m);
  expect(stdout).toMatch(/^ok +label /m);
  expect(stdout).toMatch(
    /^ok +source +the inputs of restapi at the commit of the release [0-9a-f]{12} give this digest$/m,
  );
});

test('an unsigned image is told as such, and is wrong if a key is given', async () => {
  const key = join(pipeline.home, 'cosign.pub');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(key, publicKey.export({ format: 'pem', type: 'spki' }));

  expect((await verify('etcd:v1.5.0')).stdout).toMatch(/^signed +no$/m);
  expect(await checks('etcd:v1.5.0', '--key', key)).toMatchObject({
    signature: { isRight: false, text: 'not signed: no signature is attached to this digest' },
    statement: { isRight: false, text: 'no statement says how it became v1.5.0' },
  });
});

test('a retagged image has both versions, and an older release is known after a newer one', async () => {
  expect(await checks('etcd:v1.4.0')).toMatchObject({ tag: { isRight: true }, source: { isRight: true } });
  expect(await checks('etcd:v1.5.0')).toMatchObject({ tag: { isRight: true }, source: { isRight: true } });
  expect(await checks('restapi:v1.4.0')).toMatchObject({ tag: { isRight: true }, source: { isRight: true } });
});

test('a tag that was moved to another release is found', async () => {
  await move('auth', 'v1.4.0', 'v1.5.0');

  const { exitCode, stdout } = await verify('auth:v1.5.0');

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    /^WRONG +tag +v1\.5\.0 was released with sha256:[0-9a-f]{64}; the registry has another image/m,
  );
});

test('an image of another service under a known tag was not released by its repository', async () => {
  const blob = await fetch(`http://${registry.host}/v2/team/etcd/manifests/v1.4.0`);
  const manifest = (await blob.json()) as { config: { digest: string }; layers: { digest: string }[] };
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    const mount = `http://${registry.host}/v2/team/ngui/blobs/uploads/?mount=${digest}&from=team/etcd`;
    expect((await fetch(mount, { method: 'POST' })).status).toBe(201);
  }
  const original = await fetch(`http://${registry.host}/v2/team/etcd/manifests/v1.4.0`);
  await fetch(`http://${registry.host}/v2/team/ngui/manifests/v1.4.0`, {
    method: 'PUT',
    body: Buffer.from(await original.arrayBuffer()),
    headers: { 'content-type': original.headers.get('content-type') ?? '' },
  });

  expect(await checks('ngui:v1.4.0')).toMatchObject({ release: { isRight: false }, tag: { isRight: false } });
});

test('a lock that claims other inputs than the image and its commit have is found', async () => {
  const { repository } = pipeline;
  repository.reset('forged', repository.git('rev-parse', 'main'));
  const lock = pipeline.read('chart/version-lock.yaml');
  const line = lock.split('\n').find((text) => text.startsWith('restapi:')) ?? '';
  const forged = line.replace(/inputDigest: "[0-9a-f]{40}"/, `inputDigest: "${'f'.repeat(40)}"`);
  repository.commit('forged', { 'chart/version-lock.yaml': lock.replace(line, forged) });

  expect(await checks('restapi:v1.5.0', '--ref', 'forged')).toMatchObject({
    release: { isRight: true },
    label: { isRight: false, text: expect.stringContaining(`the lock has ${'f'.repeat(40)}`) },
    source: { isRight: false },
  });
});

test.each([
  ['restapi:v9.9.9', 'has no v9.9.9'],
  ['nothing:v1.4.0', 'no service of the catalog'],
])('%s is bad input', async (image, words) => {
  const { exitCode, stderr } = await verify(image);

  expect(exitCode).toBe(2);
  expect(stderr).toContain(words);
});
