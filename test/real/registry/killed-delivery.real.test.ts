/** Deliveries between two docker-registries by a process that is killed after so many bytes, then repeated. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LoopbackServer, listen } from '../../support/http/listen';
import { type DeliveryJob, deliverImages } from '../../support/registry/delivery-process';
import { type DockerRegistry, startDockerRegistry } from '../../support/registry/docker-registry';
import {
  type Content,
  imageOf,
  indexOf,
  missingFrom,
  pulledManifest,
  pushContent,
} from '../../support/registry/fake-registry-content';

const PROJECT = resolve(__dirname, '../../..');
const NAMES = ['auth', 'ngui', 'etcd'];
const MEBIBYTE = 1024 * 1024;

let source: DockerRegistry;
const images = new Map<string, Content>();
const signatures = new Map<string, Content>();

beforeAll(async () => {
  source = await startDockerRegistry();
  const base = randomBytes(2 * MEBIBYTE);
  for (const name of NAMES) {
    const image = indexOf(
      ['amd64', 'arm64'].map((cpu) => imageOf(`${name} ${cpu}`, { layers: [base, randomBytes(MEBIBYTE)] })),
    );
    const { mediaType, digest, bytes } = image.manifest;
    const signature = imageOf(`signature of ${name}`, {
      fields: { subject: { mediaType, digest, size: bytes.length } },
    });
    const at = `http://${source.host}`;
    await pushContent(at, `team/${name}`, image, 'v1.4.0');
    const cosign = `${digest.replace(':', '-')}.sig`;
    await pushContent(at, `team/${name}`, signature, cosign);
    images.set(name, image);
    signatures.set(name, signature);
  }
});

afterAll(() => source.stop());

/** Forwards to the host, and calls `onBytes` with all bytes that were sent there so far. */
async function startForwarder(host: string, onBytes: (sent: number) => void): Promise<LoopbackServer> {
  const [name = '', port = ''] = host.split(':');
  let sent = 0;
  const server = createServer((client) => {
    const target = connect(Number(port), name);
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      onBytes(sent);
    });
    client.on('error', () => target.destroy()).on('close', () => target.destroy());
    target.on('error', () => client.destroy());
    client.pipe(target).pipe(client);
  });
  return listen(server);
}

/** Runs the delivery in a process of its own. Returns the bytes that were sent, and whether it was killed after `limit` of them. */
async function runAndKill(folder: string, target: string, limit: number) {
  let sent = 0;
  let kill = () => undefined as unknown;
  const forwarder = await startForwarder(target, (bytes) => {
    sent = bytes;
    if (bytes >= limit) kill();
  });
  const job: DeliveryJob = { from: source.host, to: forwarder.host, images: listed() };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  const argv = ['--import', 'tsx', 'test/support/registry/delivery-process.ts', folder];
  const child = spawn(process.execPath, argv, { cwd: PROJECT, stdio: ['ignore', 'ignore', 'inherit'] });
  kill = () => child.kill('SIGKILL');
  const signal = await new Promise((ended) => child.once('exit', (_, by) => ended(by)));
  await forwarder.stop();
  return { sent, isKilled: signal === 'SIGKILL' };
}

function listed(): DeliveryJob['images'] {
  return [...images].map(([name, { manifest }]) => ({ name, digest: manifest.digest }));
}

/** Returns what a client cannot pull of each image, and the images whose signature is missing. */
async function lacking(host: string): Promise<readonly string[]> {
  const found = NAMES.map(async (name) => {
    const repository = `shop/${name}`;
    const [image, signature] = [images.get(name), signatures.get(name)] as [Content, Content];
    const cosign = `${image.manifest.digest.replace(':', '-')}.sig`;
    return [
      ...(await missingFrom(`http://${host}`, repository, image)),
      ...(await missingFrom(`http://${host}`, repository, signature)),
      ...((await pulledManifest(`http://${host}`, repository, cosign)) === undefined ? [cosign] : []),
    ];
  });
  return (await Promise.all(found)).flat();
}

const versionsAt = (host: string) =>
  Promise.all(NAMES.map(async (name) => (await pulledManifest(`http://${host}`, `shop/${name}`, 'v1.4.0'))?.digest));

test('wherever a delivery is killed, no version is there before all images are whole, and the next one completes it', async () => {
  const whole = await startDockerRegistry();
  const folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  const { sent } = await runAndKill(folder, whole.host, Number.POSITIVE_INFINITY);
  expect(await lacking(whole.host)).toEqual([]);
  await whole.stop();
  const points = 10;
  let killed = 0;
  for (let point = 0; point < points; point += 1) {
    const target = await startDockerRegistry();
    try {
      const { isKilled } = await runAndKill(folder, target.host, Math.floor((sent * (point + 0.5)) / points));
      killed += isKilled ? 1 : 0;
      if ((await versionsAt(target.host)).some((digest) => digest !== undefined)) {
        expect(await lacking(target.host)).toEqual([]);
      }
      const job = { from: source.host, to: target.host, images: listed() };
      expect(await deliverImages(folder, job)).toMatchObject({ next: 'done', delivered: 3 });
      expect(await versionsAt(target.host)).toEqual(listed().map(({ digest }) => digest));
      expect(await lacking(target.host)).toEqual([]);
    } finally {
      await target.stop();
    }
  }
  expect(killed).toBeGreaterThan(points / 2);
  rmSync(folder, { recursive: true });
});
