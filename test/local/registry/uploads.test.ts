/** Uploads to the embedded registry: no byte of a blob changes after its digest was checked. */
import { readFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { diskLayout } from '../../../local/registry/disk-layout';
import { errorOf, useEmbeddedRegistry } from '../../support/registry/embedded-registry';
import { sha256 } from '../../support/registry/fake-registry-content';

const embedded = useEmbeddedRegistry();
const { ask, directory } = embedded;
const blob = Buffer.from('the bytes whose digest is checked');
const digest = sha256(blob);

async function openUpload(repository: string): Promise<string> {
  return (await ask('POST', `/v2/${repository}/blobs/uploads/`)).headers.get('location') ?? '';
}

/** A PATCH whose body is still to come. Resolves when the registry has begun to read it. */
async function openPatch(path: string, first: Buffer | undefined): Promise<ClientRequest> {
  const outgoing = request(`${embedded.base}${path}`, { method: 'PATCH', headers: { 'content-length': '1000' } });
  outgoing.on('error', () => undefined);
  outgoing.flushHeaders();
  if (first !== undefined) outgoing.write(first);
  await setTimeout(100);
  return outgoing;
}

test('bytes of a second PATCH that arrive after the PUT do not change the blob', async () => {
  const path = await openUpload('uploads/late');
  await ask('PATCH', path, { body: blob });
  const late = await openPatch(path, undefined);

  expect((await ask('PUT', `${path}?digest=${digest}`)).status).toBe(201);
  late.write(Buffer.from(' and more'));
  await setTimeout(200);
  late.destroy();

  expect(readFileSync(diskLayout(directory).blob(digest)).equals(blob)).toBe(true);
  expect(await (await ask('GET', `/v2/uploads/late/blobs/${digest}`)).text()).toBe(String(blob));
});

test('bytes of an open PATCH that arrived before the PUT are checked with the others', async () => {
  const path = await openUpload('uploads/early');
  await ask('PATCH', path, { body: blob });
  const early = await openPatch(path, Buffer.from(' and more'));

  expect(await errorOf(await ask('PUT', `${path}?digest=${sha256(Buffer.from('x'))}`))).toBe('400 DIGEST_INVALID');
  early.write(Buffer.from(' and even more'));
  await setTimeout(200);
  early.destroy();

  const whole = Buffer.concat([blob, Buffer.from(' and more')]);
  expect((await ask('PUT', `${path}?digest=${sha256(whole)}`)).status).toBe(201);
});

test('a client whose connection hangs continues on another connection', async () => {
  const path = await openUpload('uploads/hanging');
  const hanging = await openPatch(path, blob.subarray(0, 10));

  const next = await ask('PATCH', path, {
    body: blob.subarray(10),
    headers: { 'content-range': `10-${blob.length - 1}` },
  });

  expect(next.status).toBe(202);
  expect((await ask('PUT', `${path}?digest=${digest}`)).status).toBe(201);
  hanging.destroy();
});

test('many requests at once on one upload leave a blob with its digest, or none', async () => {
  const path = await openUpload('uploads/many');
  await ask('PATCH', path, { body: blob });

  const replies = await Promise.allSettled([
    ask('PUT', `${path}?digest=${digest}`),
    ask('PATCH', path, { body: Buffer.from('more') }),
    ask('PUT', `${path}?digest=${digest}`),
    ask('PATCH', path, { body: Buffer.from('more') }),
  ]);

  expect(replies).toHaveLength(4);
  const reply = await ask('GET', `/v2/uploads/many/blobs/${digest}`);
  expect(reply.status === 404 || (await reply.text()) === String(blob)).toBe(true);
});
