/** Unusual replies of registries: each is accepted or refused quickly with a typed error, and nothing is tagged. */
import { Readable } from 'node:stream';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { nextPage } from '../../../adapters/registry/list';
import { createOciRegistry, openRegistryClient } from '../../../adapters/registry/oci-registry';
import { listReferrers } from '../../../adapters/registry/referrers';
import type { Manifest } from '../../../core/ports/registry';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf, indexOf, manifestOf, sha256, TYPES } from '../../support/registry/fake-registry-content';
import { type Answer, startScriptedRegistry } from '../../support/registry/scripted-registry';

const { manifest } = imageOf('bad replies');
const digest = manifest.digest;
const reply = ({ bytes, mediaType }: Manifest, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': mediaType, ...headers },
  body: bytes,
});
const typed = (body: string, type: string = TYPES.ociManifest): Answer => ({
  status: 200,
  headers: { 'content-type': type },
  body,
});
const json = (value: unknown) => typed(JSON.stringify(value));
const failing = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  body,
  headers,
});

/** Answer to every request for the manifest; `taken` or the message of the error. */
type Case = readonly [name: string, answer: Answer, expected: 'taken' | RegExp];

const MANIFESTS: readonly Case[] = [
  ['a manifest', reply(manifest), 'taken'],
  [
    'an index without children',
    reply(manifestOf(Buffer.from('{"schemaVersion":2,"manifests":[]}'), TYPES.ociIndex)),
    'taken',
  ],
  ['a nested index', reply(indexOf([indexOf([imageOf('x')])]).manifest), 'taken'],
  ['bytes that are no JSON', typed('{"schemaVersion":'), /cannot be read/],
  ['an empty body', typed(''), /cannot be read/],
  ['a JSON list', json([]), /cannot be read/],
  ['schema version 1', json({ schemaVersion: 1, fsLayers: [] }), /schemaVersion/],
  ['schema version as text', json({ schemaVersion: '2' }), /schemaVersion/],
  ['a layer without digest', json({ schemaVersion: 2, layers: [{ mediaType: 'x', size: 1 }] }), /layers\.0\.digest/],
  [
    'a digest of an unknown kind',
    json({ schemaVersion: 2, layers: [{ mediaType: 'x', size: 1, digest: 'md5:1' }] }),
    /layers\.0\.digest/,
  ],
  [
    'a digest that leads elsewhere',
    json({ schemaVersion: 2, config: { mediaType: 'x', size: 1, digest: '../../etc' } }),
    /config\.digest/,
  ],
  [
    'a size below nothing',
    json({ schemaVersion: 2, layers: [{ mediaType: 'x', size: -1, digest }] }),
    /layers\.0\.size/,
  ],
  ['JSON 10,000 deep', typed(`{"schemaVersion":2,"annotations":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 'taken'],
  ['__proto__', typed('{"schemaVersion":2,"__proto__":{"layers":[{"digest":"x"}]}}'), 'taken'],
];

const HEADERS: readonly Case[] = [
  ['no content type', { status: 200, body: manifest.bytes }, /NOT_A_MANIFEST: the host answered with no type/],
  [
    'a type that is no manifest',
    typed('{"schemaVersion":2}', 'application/json'),
    /NOT_A_MANIFEST: .*application\/json/,
  ],
  [
    'the signed type of schema 1',
    typed('{}', 'application/vnd.docker.distribution.manifest.v1+prettyjws'),
    /SCHEMA_1: the image has a manifest of schema 1, which is no longer supported; build it again/,
  ],
  [
    'a type longer than any',
    typed('{}', `text/${'x'.repeat(5000)}`),
    /NOT_A_MANIFEST: the host answered with text\/x{75} instead/,
  ],
  [
    'a digest of other bytes',
    reply(manifest, { 'docker-content-digest': sha256(Buffer.from('x')) }),
    /bytes have digest/,
  ],
  ['a digest that is none', reply(manifest, { 'docker-content-digest': 'sha256:zz' }), /bytes have digest/],
  ['a digest by sha512', reply(manifest, { 'docker-content-digest': 'sha512:00' }), /bytes have digest sha512:/],
  ['an empty digest', reply(manifest, { 'docker-content-digest': '' }), /bytes have digest/],
];

const BODIES: readonly Case[] = [
  [
    'an HTML page with 200',
    typed('<html>Log in</html>', 'text/html'),
    /NOT_A_MANIFEST: the host answered with text\/html/,
  ],
  [
    'an HTML page with 500',
    failing(500, '<html>token=swordfish</html>'),
    /: 500: the server answered with an HTML page instead of JSON$/,
  ],
  ['100 MB with 200', { ...typed(''), body: Buffer.alloc(100_000_000) }, /TOO_LARGE/],
  ['100 MB with 400', { ...failing(400, ''), body: Buffer.alloc(100_000_000, '{') }, /: 400: /],
  ['an error without errors', failing(400, '{"errors":[]}'), /: 400: the server gave no reason$/],
  [
    'an error with control characters',
    failing(400, '{"errors":[{"code":"X\\u001b[31m","message":"a\\r\\nb\\u2028c"}]}'),
    /: 400 X \[31m: a b c$/,
  ],
];

const LOGINS: readonly Case[] = [
  ['401 without a challenge', failing(401, ''), /401 UNAUTHORIZED: there are no credentials/],
  ['401 with an unknown challenge', failing(401, '', { 'www-authenticate': 'Negotiate' }), /401 UNAUTHORIZED/],
  [
    '401 with basic and no credentials',
    failing(401, '', { 'www-authenticate': 'Basic realm="x"' }),
    /401 UNAUTHORIZED/,
  ],
  [
    'a realm that is no URL',
    failing(401, '', { 'www-authenticate': 'Bearer realm="token"' }),
    /names a token service that is not asked: it is not a URL/,
  ],
  [
    'a realm that is a file',
    failing(401, '', { 'www-authenticate': 'Bearer realm="file:///etc/passwd"' }),
    /is not asked: file:\/\/ is not https/,
  ],
  [
    'a realm over http',
    failing(401, '', { 'www-authenticate': 'Bearer realm="http://example.com/t"' }),
    /is not asked: http:\/\/ is not https/,
  ],
];

describe.each([
  ['manifests', MANIFESTS],
  ['headers', HEADERS],
  ['bodies', BODIES],
  ['logins', LOGINS],
])('%s', (_, cases) => {
  test.each(cases)('%s', async (_name, answer, expected) => {
    const server = await startScriptedRegistry(({ url }) => (url.includes('/manifests/') ? answer : undefined));
    const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
    const name = { host: server.host, repository: 'team/image' };
    const started = performance.now();

    const outcome = await registry.get(name, 'v1').then(
      (found) => ({ found }),
      (error: Error) => ({ error }),
    );
    await server.close();

    expect(performance.now() - started).toBeLessThan(3000);
    expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
    if (expected === 'taken') {
      expect(outcome).toMatchObject({
        found: { bytes: answer.body === undefined ? undefined : Buffer.from(answer.body) },
      });
    } else {
      const { error } = outcome as { readonly error: Error };
      expect(error).toMatchObject({ name: 'RegistryError' });
      expect(error.message).toMatch(expected);
      expect(error.message.length).toBeLessThan(1000);
      expect(error.message).not.toContain('swordfish');
    }
  });
});

test('a HEAD with a missing or malformed digest is followed by a GET', async () => {
  for (const header of [undefined, 'sha256:zz', 'latest', `${digest} `.repeat(3)]) {
    const server = await startScriptedRegistry(({ method, url }) => {
      if (!url.includes('/manifests/')) return undefined;
      return method === 'HEAD'
        ? { status: 200, headers: header === undefined ? {} : { 'docker-content-digest': header } }
        : reply(manifest);
    });
    const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });

    expect(await registry.head({ host: server.host, repository: 'team/image' }, 'v1')).toBe(digest);
    await server.close();
  }
});

test.each(['a b', '-x', 'x'.repeat(300), 'a/../b', 'A/b', 'a?b', 'a#b', 'a%2fb'])(
  'the repository %j is refused before any request',
  async (repository) => {
    const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
    const name = { host: '127.0.0.1:1', repository };

    for (const call of [
      registry.head(name, 'v1'),
      registry.get(name, 'v1'),
      registry.put(name, 'v1', manifest),
      registry.listTags(name),
    ]) {
      await expect(call).rejects.toMatchObject({
        name: 'InvalidInput',
        message: expect.stringContaining('is no repository'),
      });
    }
  },
);

test.each(['', 'http://x', 'a b', 'a/b', 'x:y', 'user@host', '[::1'])(
  'the host %j is refused before any request',
  async (host) => {
    const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });

    await expect(registry.head({ host, repository: 'a/b' }, 'v1')).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('is no host name'),
    });
  },
);

test.each<[link: string | undefined, next: string | undefined | RegExp]>([
  [undefined, undefined],
  ['</v2/a/tags/list?n=1&last=b>', undefined],
  ['</v2/a/tags/list?last=b>; rel="nextone"', undefined],
  ['</v2/a/tags/list?last=b>; rel="prev"', undefined],
  ['</v2/a/tags/list?n=1&last=b>; rel="next"', 'a/tags/list?n=1&last=b'],
  ['<list?last=b>;rel=next', 'a/tags/list?last=b'],
  ['<https://registry.example/v2/x> ;  title="y" ;  rel  =  "NEXT"  ; x=y', 'x'],
  ['</v2/p>; rel="prev", </v2/n>; rel="next"', 'n'],
  ['</v2/p>, </v2/n>; rel=next', 'n'],
  ['<https://other.example/v2/x>; rel=next', /names a next page that is not its own/],
  ['</x>; rel=next', /names a next page that is not its own/],
  ['<http://[>; rel=next', /names a next page that is not its own/],
])('the link %p leads to the page %p', (link, next) => {
  const headers = new Headers(link === undefined ? {} : { link });
  const url = new URL('https://registry.example/v2/a/tags/list');
  const page = () => nextPage({ status: 200, url, headers, body: Readable.from([]) });

  if (next instanceof RegExp) expect(page).toThrow(next);
  else expect(page()).toBe(next);
});

test.each<[string, readonly Answer[], readonly string[] | undefined | RegExp]>([
  [
    'two pages',
    [failing(200, '{"tags":["b","a"]}', { link: '<?2>; rel=next' }), json({ tags: ['a', 'c'] })],
    ['b', 'a', 'c'],
  ],
  ['no repository', [failing(404, '')], undefined],
  ['a repository that goes', [failing(200, '{"tags":["b"]}', { link: '<?2>; rel=next' }), failing(404, '')], undefined],
  ['nothing', [json({ tags: null })], []],
  ['no list', [json({ tags: [1] })], /NO_TAGS: the registry did not answer with a list of tags/],
])('a list of tags: %s', async (_, pages, expected) => {
  let page = 0;
  const server = await startScriptedRegistry(({ url }) => (url.includes('/tags/') ? pages[page++] : undefined));
  const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
  const listed = await registry
    .listTags({ host: server.host, repository: 'team/image' })
    .catch((error) => error.message);
  await server.close();

  if (expected instanceof RegExp) expect(listed).toMatch(expected);
  else expect(listed).toEqual(expected);
  expect(page).toBe(pages.length);
});

test.each<[string, Answer, readonly string[] | RegExp]>([
  ['no list', json({ manifests: 1 }), /NO_REFERRERS: the registry did not answer with a list of referrers/],
  ['nothing', json({ manifests: null }), []],
  // Tags that cannot be listed leave it open, so the tag is read.
  ['no API, in a registry that lists no tags', failing(404, ''), [digest]],
])('referrers: %s', async (_, answer, expected) => {
  const index = { schemaVersion: 2, mediaType: TYPES.ociIndex, manifests: [{ mediaType: 'x', size: 1, digest }] };
  const server = await startScriptedRegistry(({ url }) => {
    if (url.includes('/referrers/')) return answer;
    return url.includes('/tags/') ? failing(403, '') : typed(JSON.stringify(index), TYPES.ociIndex);
  });
  const options = { credentials: noCredentials, clock: createStillClock(), allowLoopback: true };
  const name = { host: server.host, repository: 'team/image' };
  const listed = await listReferrers(openRegistryClient(options).client, name, digest).then(
    (found) => found.map((each) => each.digest),
    (error) => error.message,
  );
  await server.close();

  if (expected instanceof RegExp) expect(listed).toMatch(expected);
  else expect(listed).toEqual(expected);
});
