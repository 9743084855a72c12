/** Finding a Docker engine, with small programs in place of Docker clients. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerAnswers, findDockerEngine } from '../../../local/build/docker-engine';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docker-engine-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A client in a folder of its own, which it returns. */
function client(name: string, script: string): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'docker'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'docker'), 0o755);
  return directory;
}

const versions = (own: string, engine: string) => `[ "$1" = version ] && echo "${own} ${engine}" && exit 0; exit 1`;

describe('findDockerEngine', () => {
  test('takes the first client on the PATH whose engine answers', async () => {
    const silent = client('silent', 'echo "28.0.0 "; echo "Cannot connect" >&2; exit 1');
    const old = client('old', versions('20.10.24+dfsg1', '20.10.25'));

    const found = await findDockerEngine({ PATH: `${silent}:${old}`, HOME: folder });

    expect(found).toMatchObject({ client: join(old, 'docker'), version: '20.10.25', env: { HOME: folder } });
  });

  test('skips a new client without buildx, which cannot build', async () => {
    const noBuildx = client('new', versions('28.2.2', '28.2.2'));
    const old = client('old', versions('20.10.24', '20.10.24'));

    expect((await findDockerEngine({ PATH: `${noBuildx}:${old}` }))?.client).toBe(join(old, 'docker'));
  });

  test('takes a new client with buildx', async () => {
    const withBuildx = client('new', `[ "$1" = buildx ] && exit 0; ${versions('28.2.2', '27.0.0')}`);
    expect((await findDockerEngine({ PATH: withBuildx }))?.version).toBe('27.0.0');
  });

  test('does not wait for a client that hangs', async () => {
    const hanging = client('hanging', 'exec sleep 60');
    const old = client('old', versions('20.10.24', '20.10.24'));
    const started = Date.now();

    expect((await findDockerEngine({ PATH: `${hanging}:${old}` }))?.client).toBe(join(old, 'docker'));
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('passes on only the variables by which the client finds its engine', async () => {
    const old = client('old', versions('20.10.24', '20.10.24'));
    const env = { PATH: old, DOCKER_HOST: 'tcp://127.0.0.1:1', SECRET: 'x' };

    expect((await findDockerEngine(env))?.env).toEqual({ PATH: old, DOCKER_HOST: 'tcp://127.0.0.1:1' });
  });
});

describe('dockerAnswers', () => {
  test('is false once the engine stopped', async () => {
    const directory = client('old', versions('20.10.24', '20.10.24'));
    const engine = { client: join(directory, 'docker'), version: '20.10.24', env: { PATH: '/usr/bin:/bin' } };
    expect(await dockerAnswers(engine)).toBe(true);

    writeFileSync(join(directory, 'docker'), '#!/bin/sh\nexit 1\n');

    expect(await dockerAnswers(engine)).toBe(false);
  });
});
