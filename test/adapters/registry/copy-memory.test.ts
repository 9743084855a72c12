/** A layer is copied in constant memory: bytes are read from the source only as the destination accepts them. */

import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { type LoopbackServer, startServer } from '../../support/http/listen';
import { createStillClock } from '../../support/pipeline/memory-state';
import { manifestOf, sha256, TYPES } from '../../support/registry/fake-registry-content';

const MIB = 1024 * 1024;
const SIZE = 256 * MIB;
/** The kernel keeps some MiB of each connection, too. */
const MAX_ON_ITS_WAY = 96 * MIB;
/** Turns of the event loop without a byte, after which no more are expected. Too few make the test weaker, not wrong. */
const STILL_TURNS = 500;

const digest = sha256(Buffer.from('a layer whose bytes do not matter'));
const servers: LoopbackServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

test(`of ${SIZE / MIB} MiB at most ${MAX_ON_ITS_WAY / MIB} are on their way while the destination takes none`, async () => {
  let sent = 0;
  let received = 0;
  let onItsWay = 0;
  const source = await serve(async ({ url = '' }, response) => {
    if (!url.endsWith(`/blobs/${digest}`)) return answer(response, url === '/v2/' ? 200 : 404);
    response.writeHead(200, { 'content-length': SIZE });
    const chunk = Buffer.alloc(MIB / 4, 'bytes of a layer ');
    while (sent < SIZE) {
      sent += chunk.length;
      if (!response.write(chunk)) await once(response, 'drain');
    }
    response.end();
  });
  const destination = await serve(async (request, response) => {
    const { method, url } = request;
    if (method === 'POST') return answer(response, 202, { location: '/v2/large/copy/blobs/uploads/1' });
    if (method === 'PUT') return answer(response, 201);
    if (method !== 'PATCH') return answer(response, url === '/v2/' ? 200 : 404);
    onItsWay = await sentUntilStill(() => sent);
    for await (const chunk of request) received += (chunk as Buffer).length;
    return answer(response, 202, { location: url ?? '' });
  });
  const body = { schemaVersion: 2, mediaType: TYPES.ociManifest, layers: [{ mediaType: 'x', size: SIZE, digest }] };
  const manifest = manifestOf(Buffer.from(JSON.stringify(body)), TYPES.ociManifest);
  const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });

  await registry.copyContent(
    { host: source, repository: 'large/image' },
    { host: destination, repository: 'large/copy' },
    manifest,
  );

  expect(received).toBe(SIZE);
  expect(onItsWay).toBeGreaterThan(0);
  expect(onItsWay).toBeLessThan(MAX_ON_ITS_WAY);
});

/** Returns the bytes that the source has sent once it sends no more: it is not read, or it has ended. */
async function sentUntilStill(sent: () => number): Promise<number> {
  let before = 0;
  for (let still = 0; still < STILL_TURNS; still += 1) {
    await new Promise(setImmediate);
    if (sent() !== before) still = 0;
    before = sent();
  }
  return before;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = await startServer(listener);
  servers.push(server);
  return server.host;
}

function answer(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, headers).end();
}
