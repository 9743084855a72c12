/** Debian's docker-registry with TLS, with a login, read-only, and with a missing blob: the client's requests and errors. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../../adapters/clock';
import { localAccess } from '../../../adapters/registry/client/keychain';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { type DockerRegistry, startDockerRegistry } from '../../support/registry/docker-registry';
import { imageOf, pushContent } from '../../support/registry/fake-registry-content';

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'as-they-are-'));
const fixture = (file: string) => resolve(__dirname, '../../fixtures/tls', file);
const tls = { certificate: fixture('localhost.cert.pem'), key: fixture('localhost.key.pem') };
const content = imageOf('as they are');
const started: DockerRegistry[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((registry) => registry.stop()));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function start(config: Parameters<typeof startDockerRegistry>[0]): Promise<DockerRegistry> {
  const registry = await startDockerRegistry(config);
  started.push(registry);
  return registry;
}

const env = { HOME: directory, PATH: process.env.PATH, REGISTRY_AUTH_FILE: join(directory, 'auth.json') };
const open = () => createOciRegistry(localAccess(systemClock, [], env));

test('a login of skopeo is used for reading and writing', async () => {
  const htpasswd = join(directory, 'htpasswd');
  writeFileSync(htpasswd, 'me:$2y$05$abcdefghijklmnopqrstuupWDwJQeCHYIBQy8WvkVB6ImhZ476YYy\n');
  const { host } = await start({ auth: { htpasswd: { realm: 'test', path: htpasswd } } });
  const name = { host, repository: 'team/image' };

  await expect(open().head(name, 'v1')).rejects.toThrow(`there are no credentials for ${host}; log in`);
  await run('skopeo', [
    'login',
    '--tls-verify=false',
    '--authfile',
    env.REGISTRY_AUTH_FILE,
    '-u',
    'me',
    '-p',
    'swordfish',
    host,
  ]);

  expect(await open().head(name, 'v1')).toBeUndefined();
  await expect(open().put(name, 'v1', content.manifest)).rejects.toThrow(/^PUT \S+: 40\d MANIFEST_BLOB_UNKNOWN: /);
});

test('for a certificate of an unknown authority, the error says what to set', async () => {
  const { host } = await start({ http: { tls } });

  await expect(open().head({ host, repository: 'team/image' }, 'v1')).rejects.toThrow(
    /SELF_SIGNED.*NODE_EXTRA_CA_CERTS/,
  );
});

test('if the user asks a registry with TLS by plain HTTP, the error says so', async () => {
  const { host } = await start({ http: { tls } });
  const registry = createOciRegistry(localAccess(systemClock, [host], env));

  await expect(registry.head({ host, repository: 'team/image' }, 'v1')).rejects.toThrow(
    /400: the server speaks TLS and was asked by plain HTTP; use https; \S+ was asked without TLS because/,
  );
});

test('a read-only registry is an error that says that it accepts no pushes', async () => {
  const { host } = await start({ storage: { maintenance: { readonly: { enabled: true } } } });

  await expect(open().put({ host, repository: 'team/image' }, 'v1', content.manifest)).rejects.toThrow(
    /: 405: .*; \S+ takes no pushes: it is read-only, or a mirror/,
  );
});

test('a manifest whose blob is missing is refused at once, and the blob is named', async () => {
  const { host } = await start({});
  const begun = performance.now();

  const error: Error = await open()
    .put({ host, repository: 'team/image' }, 'v1', content.manifest)
    .catch((thrown) => thrown);

  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(error.message).toMatch(/MANIFEST_BLOB_UNKNOWN: .*sha256:[0-9a-f]{64}/);
});

test('an existing image is put under a further tag', async () => {
  const { host } = await start({});
  await pushContent(`http://${host}`, 'team/image', content, 'v1');

  await open().put({ host, repository: 'team/image' }, 'v2', content.manifest);

  expect(await open().head({ host, repository: 'team/image' }, 'v2')).toBe(content.manifest.digest);
});
