/** A stranger with a public key and cosign: releases of the local pipeline, in registries with and without the referrers API. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../adapters/clock';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { RELEASE_TYPE, SIGNATURE_TYPE, signatureOf } from '../../../core/signing/statement';
import { openSigning } from '../../../lambdas/release/sign-images';
import { findStatements } from '../../../lambdas/shared/find-statements';
import { localSettings } from '../../../local/demo/repositories';
import { startRegistry } from '../../../local/registry/start-registry';
import { homePaths, homeSigner, writeLocalSettings } from '../../../local/runtime/home';
import { createMemoryStore } from '../../support/pipeline/memory-state';
import { releasePlan } from '../../support/pipeline/runs';
import { startDockerRegistry } from '../../support/registry/docker-registry';
import { imageOf, indexOf, pushContent } from '../../support/registry/fake-registry-content';
import { makeSignedPipeline, type SignedPipeline } from '../../support/signing/signed-pipeline';
import { type CosignResult, cosignProgram, runCosign } from './cosign-program';

/** A pipeline with two releases, and its registry. The first one built every image, the second one all but three. */
interface Released {
  readonly pipeline: SignedPipeline;
  readonly host: string;
  close(): Promise<void>;
}

async function inEmbeddedRegistry(): Promise<Released> {
  const pipeline = await makeSignedPipeline();
  await release(pipeline);
  const port = Number(pipeline.registry.split(':')[1]);
  const server = await startRegistry({ directory: homePaths(pipeline.home).registry, port });
  return { pipeline, host: server.host, close: () => server.close() };
}

async function inDockerRegistry(): Promise<Released> {
  const pipeline = await makeSignedPipeline();
  const { host, stop } = await startDockerRegistry();
  const settings = localSettings({
    repository: pipeline.repository.path,
    registry: host,
    values: 'chart/values.yaml',
    namespace: 'team',
  });
  await writeLocalSettings(pipeline.home, { ...settings, signing: { keyFile: 'keys/signing-key.pem' } }, false);
  await release(pipeline);
  return { pipeline, host, close: stop };
}

async function release(pipeline: SignedPipeline): Promise<void> {
  pipeline.writeKey();
  await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');
  pipeline.repository.commit('main', { 'auth/main.py': 'print(9)\n' });
  const report = await pipeline.report('release', '--version', 'v1.5.0', '--ref', 'main');
  expect(report).toMatchObject({ status: 'SUCCEEDED', counts: { built: 1, retagged: 3 } });
}

let cosign: string;
let folder: string;
beforeAll(async () => {
  cosign = await cosignProgram();
  folder = mkdtempSync(join(tmpdir(), 'cosign-home-'));
}, 1_800_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without it, cosign asks the public transparency log, which knows nothing of these releases. */
const NO_LOG = '--insecure-ignore-tlog';

describe.each([
  ['with the referrers API', inEmbeddedRegistry],
  ['without it: Debian’s docker-registry', inDockerRegistry],
])('in a registry %s', (_, start) => {
  let released: Released;
  beforeAll(async () => {
    released = await start();
  });
  afterAll(async () => {
    await released.close();
    released.pipeline.remove();
  });

  const image = (service: string, version: string) => `${released.host}/team/${service}:${version}`;
  const verify = (
    command: string,
    args: readonly string[],
    key = released.pipeline.publicKeyFile,
  ): Promise<CosignResult> => runCosign(cosign, folder, [command, '--key', key, NO_LOG, ...args]);
  const releasesOf = async (service: string, version: string) => {
    const { exitCode, stdout } = await verify('verify-attestation', ['--type', RELEASE_TYPE, image(service, version)]);
    expect(exitCode).toBe(0);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(Buffer.from(JSON.parse(line).payload, 'base64').toString('utf8')).predicate);
  };

  test.each(['etcd', 'auth', 'restapi', 'ngui'])('cosign verify accepts %s in both versions', async (service) => {
    for (const version of ['v1.4.0', 'v1.5.0']) {
      const { exitCode, stdout, stderr } = await verify('verify', [image(service, version)]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 0,
        stderr: expect.stringContaining('signatures were verified'),
      });
      const types = (JSON.parse(stdout) as { critical: { type: string } }[]).map(({ critical }) => critical.type);
      expect(types).toContain('https://sigstore.dev/cosign/sign/v1');
    }
  });

  test('cosign verify-attestation prints the statements of a kept image and of a built one', async () => {
    const kept = await releasesOf('etcd', 'v1.5.0');
    expect(kept.map(({ version, action }) => `${version} ${action}`).toSorted()).toEqual([
      'v1.4.0 build',
      'v1.5.0 retag',
    ]);
    const [first, second] = kept.toSorted((a, b) => (a.version < b.version ? -1 : 1));
    expect(second.builtBy).toEqual({ run: first.run.id, commit: first.run.commit });
    expect(second.inputDigest).toBe(first.inputDigest);
    expect(second.source).toBe(second.run.commit);

    const built = await releasesOf('auth', 'v1.5.0');
    expect(built).toMatchObject([{ version: 'v1.5.0', action: 'build', builtBy: { run: second.run.id } }]);
  });

  test('cosign refuses another key, an image that the pipeline did not release, and a statement of another type', async () => {
    const other = join(folder, 'other.pub');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    writeFileSync(other, publicKey.export({ format: 'pem', type: 'spki' }));
    await pushContent(`http://${released.host}`, 'team/auth', imageOf('of somebody else'), 'stranger');

    expect((await verify('verify', [image('auth', 'v1.5.0')], other)).exitCode).not.toBe(0);
    expect((await verify('verify', [image('auth', 'stranger')])).exitCode).not.toBe(0);
    const wrong = await verify('verify-attestation', ['--type', 'https://example.com/x', image('auth', 'v1.5.0')]);
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.stderr).toContain(RELEASE_TYPE);
  });

  test('what cosign itself signs with the key counts as signed, so that a release adds no second signature', async () => {
    const { keyFile, publicKey } = released.pipeline;
    const prefix = join(folder, `imported-${released.host.replace(':', '-')}`);
    const content = imageOf('signed by cosign');
    const name = { host: released.host, repository: 'team/ngui' };
    await pushContent(`http://${released.host}`, name.repository, content, 'by-hand');

    const imported = ['import-key-pair', '--key', keyFile, '--output-key-prefix', prefix, '--yes'];
    expect((await runCosign(cosign, folder, imported)).exitCode).toBe(0);
    const noLog = ['--use-signing-config=false', '--tlog-upload=false'];
    const image = `${released.host}/team/ngui@${content.manifest.digest}`;
    expect(
      (await runCosign(cosign, folder, ['sign', '--key', `${prefix}.key`, '--yes', ...noLog, image])).exitCode,
    ).toBe(0);

    const registry = createOciRegistry({ credentials: async () => undefined, clock: systemClock, allowLoopback: true });
    const kind = { predicateType: SIGNATURE_TYPE };
    const found = await findStatements(name, content.manifest.digest, kind, registry);
    expect(found.map(({ statement }) => statement)).toEqual([signatureOf(content.manifest.digest)]);
    expect(found.map((each) => each.isSignedBy(publicKey))).toEqual([true]);
  });

  test('an image of several platforms is signed as its index, by tag and by digest', async () => {
    const registry = createOciRegistry({ credentials: async () => undefined, clock: systemClock, allowLoopback: true });
    const { manifest, ...content } = indexOf([imageOf('amd64'), imageOf('arm64')]);
    const to = { host: released.host, repository: 'team/etcd' };
    await pushContent(`http://${released.host}`, to.repository, { manifest, ...content }, 'both');
    const openSigner = homeSigner(released.pipeline.home, { signing: { keyFile: 'keys/signing-key.pem' } });
    const plan = releasePlan('run-1', 'v1.4.0', []);
    const parts = { registry, store: createMemoryStore(), clock: systemClock, openSigner };

    await (await openSigning(plan, undefined, parts))?.sign({ to, manifest });

    for (const reference of [':both', `@${manifest.digest}`]) {
      expect((await verify('verify', [`${released.host}/team/etcd${reference}`])).exitCode).toBe(0);
    }
    const [child] = content.manifests;
    const alone = await verify('verify', [`${released.host}/team/etcd@${child?.manifest.digest}`]);
    expect(alone.exitCode).not.toBe(0);
  });
});
