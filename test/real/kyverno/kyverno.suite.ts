/** The examples of policies on releases of the local pipeline, judged by Kyverno's own command line. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../../local/registry/start-registry';
import { homePaths } from '../../../local/runtime/home';
import { imageOf, pushContent } from '../../support/registry/fake-registry-content';
import { filledPolicy } from '../../support/signing/example-policy';
import { makeSignedPipeline, type SignedPipeline } from '../../support/signing/signed-pipeline';
import { moduleProgram } from '../programs/module-program';

const KYVERNO = {
  name: 'kyverno',
  module: 'github.com/kyverno/kyverno@v1.19.1',
  package: './cmd/cli/kubectl-kyverno',
};

let kyverno: string;
let folder: string;
let pipeline: SignedPipeline;
let registry: Awaited<ReturnType<typeof startRegistry>>;

beforeAll(async () => {
  kyverno = await moduleProgram(KYVERNO);
  folder = mkdtempSync(join(tmpdir(), 'kyverno-'));
  pipeline = await makeSignedPipeline();
  pipeline.writeKey();
  await pipeline.report('release', '--version', 'v1.4.0', '--ref', 'main');
  pipeline.repository.commit('main', { 'auth/main.py': 'print(9)\n' });
  await pipeline.report('release', '--version', 'v1.5.0', '--ref', 'main');
  const port = Number(pipeline.registry.split(':')[1]);
  registry = await startRegistry({ directory: homePaths(pipeline.home).registry, port });
  await pushContent(`http://${registry.host}`, 'team/auth', imageOf('of somebody else'), 'stranger');
}, 3_600_000);

afterAll(async () => {
  await registry.close();
  pipeline.remove();
  rmSync(folder, { recursive: true });
});

/** Returns an image by tag and digest: in a cluster Kyverno adds the digest itself. */
async function pinned(service: string, tag: string): Promise<string> {
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';
  const address = `http://${registry.host}/v2/team/${service}/manifests/${tag}`;
  const { headers } = await fetch(address, { method: 'HEAD', headers: { accept } });
  return `${registry.host}/team/${service}:${tag}@${headers.get('docker-content-digest')}`;
}

interface Judged {
  readonly isAdmitted: boolean;
  readonly isRefused: boolean;
}

/** Returns what Kyverno makes of a pod. A policy that its schema does not allow is not loaded, and neither admits nor refuses. */
async function judge(policy: string, spec: object): Promise<Judged> {
  const [policyFile, podFile] = [join(folder, 'policy.yaml'), join(folder, 'pod.yaml')];
  writeFileSync(policyFile, policy);
  const metadata = { name: 'shop', namespace: 'shop' };
  writeFileSync(podFile, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));
  const args = ['apply', policyFile, '--resource', podFile, '--registry'];
  const output = await new Promise<string>((done) => {
    execFile(kyverno, args, (_, stdout, stderr) => done(stdout + stderr));
  });
  const [, pass, fail, error] = /pass: (\d+), fail: (\d+), warn: 0, error: (\d+), skip: 0/.exec(output) ?? [];
  return { isAdmitted: Number(pass) > 0 && fail === '0' && error === '0', isRefused: Number(fail) > 0 };
}

const app = (image: string) => [{ name: 'app', image }];

describe.each(['released-images.yaml', 'cluster-policy.yaml'])('examples/kyverno/%s', (example) => {
  const policy = (key = readFileSync(pipeline.publicKeyFile, 'utf8')) =>
    filledPolicy(example, `${registry.host}/team/*`, key);
  const ADMITTED = { isAdmitted: true, isRefused: false };
  const REFUSED = { isAdmitted: false, isRefused: true };

  test.each([
    ['etcd', 'v1.4.0'],
    ['etcd', 'v1.5.0'],
    ['auth', 'v1.5.0'],
  ])('admits %s:%s, which the pipeline released', async (service, version) => {
    expect(await judge(policy(), { containers: app(await pinned(service, version)) })).toEqual(ADMITTED);
  });

  test('refuses an image of the same repository that the pipeline did not release, also in an init container', async () => {
    const [stranger, released] = [app(await pinned('auth', 'stranger')), app(await pinned('etcd', 'v1.5.0'))];

    expect(await judge(policy(), { containers: stranger })).toEqual(REFUSED);
    expect(await judge(policy(), { containers: released, initContainers: stranger })).toEqual(REFUSED);
  });

  test('refuses a released image if the key is another one', async () => {
    const other = await makeSignedPipeline();
    const key = readFileSync(other.publicKeyFile, 'utf8');
    other.remove();

    expect(await judge(policy(key), { containers: app(await pinned('etcd', 'v1.5.0')) })).toEqual(REFUSED);
  });

  test('would not be loaded if a field were misspelled', async () => {
    const misspelled = policy().replace(/^spec:$/m, 'spec:\n  misspelled: true');
    const judged = await judge(misspelled, { containers: app(await pinned('auth', 'stranger')) });
    expect(judged).toEqual({ isAdmitted: false, isRefused: false });
  });
});
