/** The embedded registry under clients that people use: docker push and pull, skopeo copy of single images and whole lists. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { type DockerRegistry, startDockerRegistry } from '../../support/registry/docker-registry';
import {
  imageOf,
  indexOf,
  missingFrom,
  pulledManifest,
  pushContent,
  TYPES,
} from '../../support/registry/fake-registry-content';

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'registry-clients-'));
let running: RunningRegistry;
let other: DockerRegistry;
let base: string;

beforeAll(async () => {
  running = await startRegistry({ directory: join(directory, 'registry') });
  other = await startDockerRegistry();
  base = `http://${running.host}`;
});
afterAll(async () => {
  await running?.close();
  await other?.stop();
  rmSync(directory, { recursive: true });
});

test('an image that Docker builds and pushes is pulled again with the same digest', async () => {
  const context = join(directory, 'context');
  await run('mkdir', [context]);
  writeFileSync(join(context, 'data'), Buffer.alloc(3_000_000, 'data '));
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY data /data\nCMD ["/data"]\n');
  const tag = `${running.host}/team/docker-image:v1`;
  await run('docker', ['build', '-q', '-t', tag, context]);

  const { stdout } = await run('docker', ['push', tag]);
  const pushed = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
  await run('docker', ['rmi', tag]);
  const pulled = await run('docker', ['pull', tag]);
  await run('docker', ['rmi', tag]);

  expect(pushed).toBeDefined();
  expect(pulled.stdout).toContain(`Digest: ${pushed}`);
  expect((await pulledManifest(base, 'team/docker-image', 'v1'))?.digest).toBe(pushed);
});

test.each([
  ['Docker image', imageOf('docker', { mediaType: TYPES.dockerManifest })],
  ['OCI image', imageOf('oci')],
  [
    'Docker list',
    indexOf(
      [imageOf('a', { mediaType: TYPES.dockerManifest }), imageOf('b', { mediaType: TYPES.dockerManifest })],
      TYPES.dockerList,
    ),
  ],
  ['OCI index', indexOf([imageOf('c'), imageOf('d')])],
])('skopeo copies a %s in and out, every byte as it was', async (name, content) => {
  const repository = `skopeo/${name.toLowerCase().replace(' ', '-')}`;
  await pushContent(`http://${other.host}`, repository, content, 'v1');
  const copy = (from: string, to: string) =>
    run('skopeo', [
      'copy',
      '--all',
      '--preserve-digests',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${from}`,
      `docker://${to}`,
    ]);

  await copy(`${other.host}/${repository}:v1`, `${running.host}/${repository}:v1`);
  await copy(`${running.host}/${repository}:v1`, `${running.host}/${repository}-copy:v2`);
  await copy(`${running.host}/${repository}-copy:v2`, `${other.host}/${repository}-back:v3`);

  expect(await pulledManifest(base, `${repository}-copy`, 'v2')).toEqual(content.manifest);
  expect(await missingFrom(base, `${repository}-copy`, content)).toEqual([]);
  expect(await missingFrom(`http://${other.host}`, `${repository}-back`, content)).toEqual([]);
});

test('skopeo lists tags and reads an image', async () => {
  await pushContent(base, 'skopeo/inspect', imageOf('inspect'), 'v1', 'v2');

  const { stdout } = await run('skopeo', [
    'list-tags',
    '--tls-verify=false',
    `docker://${running.host}/skopeo/inspect`,
  ]);

  expect(JSON.parse(stdout)).toMatchObject({ Tags: ['v1', 'v2'] });
});
