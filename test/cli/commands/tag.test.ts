import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskClaims } from '../../../adapters/disk/disk-store';
import { type RegistryLogEntry, startRegistry } from '../../../local/registry/start-registry';
import { homePaths, writeLocalSettings } from '../../../local/runtime/home';
import { startFaultProxy } from '../../support/http/fault-proxy';
import type { FaultRule } from '../../support/http/fault-proxy-rules';
import { runCommand } from '../../support/pipeline/small-pipeline';
import { headManifest } from '../../support/registry/registry-snapshot';
import { startScriptedRegistry } from '../../support/registry/scripted-registry';

let folder: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let log: RegistryLogEntry[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tag-'));
  log = [];
  registry = await startRegistry({ directory: folder, log: (entry) => log.push(entry) });
});

afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts an image index without children under the tag, made different by its annotation, and returns its digest. */
async function seed(repository: string, tag: string, content = repository): Promise<string> {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations: { content } });
  const url = `http://${registry.host}/v2/${repository}/manifests/${tag}`;
  const response = await fetch(url, { method: 'PUT', headers: { 'Content-Type': mediaType }, body });
  expect(response.status).toBe(201);
  return response.headers.get('docker-content-digest') ?? '';
}

const tag = (...args: string[]) => runCommand('tag', '--registry', registry.host, ...args);
const digestOf = (repository: string, reference: string) => headManifest(registry.host, repository, reference);

describe('pipeline tag', () => {
  test('gives all images the tag with the same digest, and succeeds the second time', async () => {
    const [auth, etcd] = [await seed('team/auth', 'v1.3.0'), await seed('team/etcd', 'v1.3.0')];

    const first = await tag('--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', 'team/etcd', '--json');
    const again = await tag('--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', 'team/etcd');

    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout).images).toEqual([
      { image: 'team/auth', outcome: 'tagged', digest: auth },
      { image: 'team/etcd', outcome: 'tagged', digest: etcd },
    ]);
    expect(await digestOf('team/auth', 'v1.4.0')).toBe(auth);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/team\/auth +already there/) });
  });

  describe('beside a local pipeline', () => {
    let home: string;
    const claims = () => createDiskClaims(homePaths(home).claims);
    const image = (repository: string) => `${registry.host}/${repository}`;

    beforeEach(async () => {
      home = join(folder, 'home');
      const settings = {
        git: { host: 'local' as const, path: join(home, 'repository.git') },
        releases: { host: registry.host, namespace: 'team' },
        candidates: { host: registry.host, repository: 'candidates' },
      };
      await writeLocalSettings(home, settings, true);
    });

    const args = ['--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', 'team/etcd'];

    test('claims the tag of every image, as a run does', async () => {
      const auth = await seed('team/auth', 'v1.3.0');
      await seed('team/etcd', 'v1.3.0');

      expect((await tag(...args, '--home', home)).exitCode).toBe(0);
      expect(await claims().find(image('team/auth'), 'v1.4.0')).toEqual({
        image: image('team/auth'),
        version: 'v1.4.0',
        digest: auth,
        run: 'pipeline tag',
      });
    });

    test.each([['--dry-run'], []])('refuses a tag that a run has claimed and not put yet %j', async (...more) => {
      await seed('team/auth', 'v1.3.0');
      await seed('team/etcd', 'v1.3.0');
      await claims().claim({ image: image('team/etcd'), version: 'v1.4.0', digest: 'sha256:other', run: 'run-1' });

      const { exitCode, stdout } = await tag(...args, '--home', home, ...more);

      expect({ exitCode, stdout }).toEqual({
        exitCode: 1,
        stdout: expect.stringMatching(
          /team\/auth +held back[\s\S]*team\/etcd +taken .*v1\.4\.0 is claimed for sha256:other by run-1/,
        ),
      });
      expect(await digestOf('team/auth', 'v1.4.0')).toBeUndefined();
      expect(await claims().find(image('team/auth'), 'v1.4.0')).toBeUndefined();
    });

    test('of concurrent commands with different images exactly one puts the tag', async () => {
      const names = ['a', 'b', 'c'];
      const digests = await Promise.all(names.map((from) => seed('team/auth', from, from)));

      const results = await Promise.all(
        names.map((from) => tag('--from', from, '--to', 'v1.4.0', 'team/auth', '--home', home)),
      );

      expect(new Set(digests).size).toBe(3);
      const winners = digests.filter((_, index) => results[index]?.exitCode === 0);
      expect(winners).toEqual([await digestOf('team/auth', 'v1.4.0')]);
    });

    test('is refused for a registry that is not the pipeline’s, and without one', async () => {
      const elsewhere = await runCommand('tag', '--registry', 'localhost:1', ...args, '--home', home);
      const nowhere = await tag(...args, '--home', join(folder, 'none'));

      expect(elsewhere).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/--registry: is localhost:1, and/),
      });
      expect(nowhere).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has no local pipeline') });
      expect(log).toEqual([]);
    });
  });

  test('documents its behavior for concurrent calls in its help', async () => {
    const { exitCode, stdout } = await runCommand('tag', '--help');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/both find the tag free[\s\S]*With --home[\s\S]*does not use/);
  });

  test('writes nothing in a dry run', async () => {
    await seed('team/auth', 'v1.3.0');
    log.length = 0;

    const { exitCode, stdout } = await tag('--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', '--dry-run');

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('would be tagged') });
    expect(log.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  });

  test('tags no image if one is missing or has the tag with another digest, and lists all problems', async () => {
    await seed('team/auth', 'v1.3.0');
    await seed('team/etcd', 'v1.3.0');
    const other = await seed('team/etcd', 'v1.4.0', 'other');

    const { exitCode, stdout, stderr } = await tag(
      ...['--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', 'team/etcd', 'team/none'],
    );

    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'no image was given v1.4.0, because of 1 without v1.3.0: check the names and --from; ' +
        '1 with another image as v1.4.0: choose another --to; then run it again\n',
    );
    expect(stdout).toMatch(/team\/auth +held back[\s\S]*team\/etcd +taken[\s\S]*team\/none +missing/);
    expect(await digestOf('team/auth', 'v1.4.0')).toBeUndefined();
    expect(await digestOf('team/etcd', 'v1.4.0')).toBe(other);
  });

  test.each([
    ['a tag of 129 characters', ['--from', 'v1', '--to', 'v'.repeat(129), 'team/auth'], /--to: is no tag/],
    ['a tag with a slash', ['--from', 'a/b', '--to', 'v1', 'team/auth'], /--from: is no digest and no tag: "a\/b"/],
    ['an image with a tag in it', ['--from', 'v1', '--to', 'v2', 'team/auth:v1'], /team\/auth:v1: is no repository/],
    ['an image in upper case', ['--from', 'v1', '--to', 'v2', 'Team/auth'], /Team\/auth: is no repository/],
    ['an image that leaves the registry', ['--from', 'v1', '--to', 'v2', '../auth'], /\.\.\/auth: is no repository/],
    ['an image twice', ['--from', 'v1', '--to', 'v2', 'a', 'a'], /a: .*given twice/],
    ['no image', ['--from', 'v1', '--to', 'v2'], /missing required argument 'image'/],
  ])('refuses %s before any request', async (_, args, message) => {
    const { exitCode, stderr } = await tag(...(args as string[]));

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message as RegExp) });
    expect(log).toEqual([]);
  });

  test('lists the images with the tag if one could not be written, and completes the rest when it is run again', async () => {
    await seed('team/auth', 'v1.3.0');
    await seed('team/etcd', 'v1.3.0');
    const full: FaultRule = {
      name: 'full',
      method: 'PUT',
      path: /^\/v2\/team\/etcd\//,
      nth: 1,
      fault: { kind: 'reply', when: 'before', status: 403 },
    };
    const proxy = await startFaultProxy(`http://${registry.host}`, [full]);
    const names = ['--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', 'team/etcd'];

    const first = await runCommand('tag', '--registry', proxy.host, ...names);
    const again = await runCommand('tag', '--registry', proxy.host, ...names);
    await proxy.close();

    expect(proxy.unfired()).toEqual([]);
    expect(first).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/team\/auth +tagged[\s\S]*team\/etcd +failed/),
      stderr:
        '1 of 2 images are known to have v1.4.0; fix what the table says, then run the same command again, which completes the rest\n',
    });
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('after a temporary fault, the error says to run the same command again', async () => {
    await seed('team/auth', 'v1.3.0');
    const down: FaultRule = { name: 'down', method: 'PUT', fault: { kind: 'reply', when: 'before', status: 503 } };
    const proxy = await startFaultProxy(`http://${registry.host}`, [down]);

    const { stderr } = await runCommand(
      ...['tag', '--registry', proxy.host, '--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth'],
    );
    await proxy.close();

    expect(stderr).toBe(
      '0 of 1 images are known to have v1.4.0; run the same command again, which completes the rest\n',
    );
  });

  test('the registry may be given as a URL', async () => {
    await seed('team/auth', 'v1.3.0');
    const names = ['--from', 'v1.3.0', '--to', 'v1.4.0', 'team/auth', '--dry-run'];

    expect((await runCommand('tag', '--registry', `http://${registry.host}/`, ...names)).exitCode).toBe(0);
    expect((await runCommand('tag', '--registry', `https://${registry.host}`, ...names)).exitCode).toBe(0);
    expect(await runCommand('tag', '--registry', 'ftp://x', ...names)).toMatchObject({ exitCode: 2 });
    const withLogin = await runCommand('tag', '--registry', 'https://user:p@ssw0rd@host', ...names);
    expect(withLogin).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--registry: is ***@host;') });
    expect(withLogin.stdout + withLogin.stderr).not.toContain('p@ss');
  });

  test('a host that answers with an HTML page is reported', async () => {
    const server = await startScriptedRegistry(() => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<p>',
    }));

    const { exitCode, stdout, stderr } = await runCommand(
      ...['tag', '--registry', server.host, '--from', 'v1', '--to', 'v2', 'team/auth'],
    );
    await server.close();

    expect(exitCode).toBe(1);
    expect(stdout).toContain('answered with text/html instead of a manifest; check that it is a registry');
    expect(stderr).toContain('no image was given v2, because of 1 that could not be read: fix what the table says');
  });

  test('names a registry that does not answer', async () => {
    const { exitCode, stdout } = await runCommand(
      'tag',
      '--registry',
      '127.0.0.1:9',
      '--from',
      'v1',
      '--to',
      'v2',
      'team/auth',
    );

    expect({ exitCode, stdout }).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/127\.0\.0\.1:9.*ECONNREFUSED/),
    });
  }, 60_000);
});
