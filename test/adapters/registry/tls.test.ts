/** Registries with and without TLS, asked as they expect and otherwise. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import { type LoopbackServer, listen } from '../../support/http/listen';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf } from '../../support/registry/fake-registry-content';
import { type ScriptedRegistry, startScriptedRegistry } from '../../support/registry/scripted-registry';

const fixture = (file: string) => resolve(__dirname, '../../fixtures/tls', file);
const CERTIFICATE = fixture('localhost.cert.pem');
const ROOT = resolve(__dirname, '../../..');
const { digest } = imageOf('tls').manifest;
const headers = { 'docker-content-digest': digest };
let secure: LoopbackServer;
let port: number;
let plain: ScriptedRegistry;

beforeAll(async () => {
  const certificate = { key: readFileSync(fixture('localhost.key.pem')), cert: readFileSync(CERTIFICATE) };
  secure = await listen(createServer(certificate, (_, response) => response.writeHead(200, headers).end()));
  port = secure.port;
  plain = await startScriptedRegistry(() => ({ status: 200, headers }));
});
afterAll(async () => {
  await secure.stop();
  await plain.close();
});

const patience = { retry: { tries: 2, firstWait: 1, longestWait: 1 } };
const open = (plainHttp: readonly string[] = [], allowLoopback = true) =>
  createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback, plainHttp, ...patience });
const at = (host: string) => ({ host, repository: 'team/image' });

test('a registry without TLS on this machine is asked by plain HTTP', async () => {
  expect(await open().head(at(plain.host), 'v1')).toBe(digest);
});

test('the error for a certificate of an unknown authority names the variable for private authorities', async () => {
  await expect(open().head(at(`localhost:${port}`), 'v1')).rejects.toThrow(
    /^GET https:\/\/localhost:\d+\/v2\/: DEPTH_ZERO_SELF_SIGNED_CERT: the certificate of localhost:\d+ is not signed by a known authority; .* NODE_EXTRA_CA_CERTS/,
  );
});

test('a registry on this machine with TLS is asked by TLS once its authority is known', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tls-'));
  const script = join(directory, 'head.ts');
  writeFileSync(
    script,
    `import { systemClock } from ${JSON.stringify(join(ROOT, 'adapters/clock'))};
     import { createOciRegistry } from ${JSON.stringify(join(ROOT, 'adapters/registry/oci-registry'))};
     createOciRegistry({ credentials: async () => undefined, clock: systemClock, allowLoopback: true })
       .head({ host: 'localhost:' + process.argv[2], repository: 'team/image' }, 'v1')
       .then((digest) => { console.log(digest); process.exit(0); });`,
  );
  const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
  const child = spawnAsync(process.execPath, [tsx, script, String(port)], { NODE_EXTRA_CA_CERTS: CERTIFICATE });

  return child.then((printed) => {
    rmSync(directory, { recursive: true });
    expect(printed.trim()).toBe(digest);
  });
});

test('a remote registry without TLS is refused with the option that allows it, and asked with that option', async () => {
  const name = at(plain.host);

  await expect(open([], false).head(name, 'v1')).rejects.toThrow(
    new RegExp(
      `^GET https://${plain.host}/v2/: E\\w+: ${plain.host} does not speak TLS; check the port, .*; if it has no TLS, set PIPELINE_PLAIN_HTTP=${plain.host}$`,
    ),
  );
  expect(await open([plain.host], false).head(name, 'v1')).toBe(digest);
});

test('plain HTTP to a registry with TLS gives an error that says so', async () => {
  const host = `localhost:${port}`;

  await expect(open([host]).head(at(host), 'v1')).rejects.toThrow(
    new RegExp(
      `${host} was asked without TLS because the settings or PIPELINE_PLAIN_HTTP say so; if it has TLS, remove it there$`,
    ),
  );
});

test('a token service without TLS is asked if the user allows its host', async () => {
  const asked: string[] = [];
  const server = await startScriptedRegistry(({ url, headers: { host, authorization } }) => {
    asked.push(url);
    if (url.startsWith('/token')) return { status: 200, body: '{"token":"t"}' };
    const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token"` };
    return authorization === 'Bearer t' ? { status: 200, headers } : { status: 401, headers: challenge };
  });

  expect(await open([server.host], true).head(at(server.host), 'v1')).toBe(digest);
  await server.close();
});

function spawnAsync(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((done, failed) =>
    execFile(command, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      error === null ? done(stdout) : failed(new Error(stderr)),
    ),
  );
}
