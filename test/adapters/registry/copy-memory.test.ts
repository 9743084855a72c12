/** A layer passes through in constant memory, however large it is. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { noCredentials } from '../../../adapters/registry/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { startRegistry } from '../../../local/registry/start-registry';
import { manifestOf, pushManifest, TYPES } from '../../support/fake-registry-content';
import { createStillClock } from '../../support/memory-state';

const MIB = 1024 * 1024;
const SIZE = 128 * MIB;

test('128 MiB take less than 48 MiB', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copy-memory-'));
  const source = await startRegistry({ directory: join(directory, 'source') });
  const destination = await startRegistry({ directory: join(directory, 'destination') });
  const digest = await pushLarge(`http://${source.host}`);
  const body = { schemaVersion: 2, mediaType: TYPES.ociManifest, layers: [{ mediaType: 'x', size: SIZE, digest }] };
  const manifest = manifestOf(Buffer.from(JSON.stringify(body)), TYPES.ociManifest);
  await pushManifest(`http://${source.host}`, 'large/image', 'v1', manifest);
  const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
  const from = { host: source.host, repository: 'large/image' };
  const to = { host: destination.host, repository: 'large/copy' };

  const before = buffered();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, buffered());
  }, 2);
  await registry.copyContent(from, to, manifest);
  clearInterval(watch);
  await registry.put(to, 'v1', manifest);
  await Promise.all([source.close(), destination.close()]);
  rmSync(directory, { recursive: true });

  // Both registries are in this process, too.
  expect((most - before) / MIB).toBeLessThan(48);
});

/** Bytes outside the JavaScript heap, where buffers are. */
function buffered(): number {
  const { external, arrayBuffers } = process.memoryUsage();
  return external + arrayBuffers;
}

async function pushLarge(base: string): Promise<string> {
  const chunk = Buffer.alloc(MIB, 'bytes of a layer ');
  const hash = createHash('sha256');
  for (let sent = 0; sent < SIZE; sent += MIB) hash.update(chunk);
  const digest = `sha256:${hash.digest('hex')}`;
  const chunks = Readable.from(Array.from({ length: SIZE / MIB }, () => chunk));
  const status = await new Promise((resolve, reject) => {
    const url = `${base}/v2/large/image/blobs/uploads/?digest=${digest}`;
    const outgoing = request(url, { method: 'POST', headers: { 'content-length': SIZE } }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    });
    outgoing.on('error', reject);
    chunks.pipe(outgoing);
  });
  expect(status).toBe(201);
  return digest;
}
