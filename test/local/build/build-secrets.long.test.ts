/** Builds on one machine get the secrets and agents of their service, on the way that a local run takes. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalCodeBuild } from '../../../local/build/local-code-build';
import { CATALOG_FILE, makeSampleSource, RELEASES, type SampleSource } from './embedded/sample-source';
import { startBuildRequest } from './start-build-request';

const VARIABLE = 'NPM_TOKEN_OF_LOCAL_TEST';

/** Notes what a build could use while it runs. */
const CLIENT = `#!/bin/sh
for each in "$@"; do
  case "$each" in
    --secret=id=npm,src=*) echo "npm $(sha256sum < "\${each#*src=}")" >> "FILE" ;;
    --ssh=default=*) SSH_AUTH_SOCK="\${each#--ssh=default=}" ssh-add -L >> "FILE" ;;
    --secret=* | --ssh=*) echo "another: $each" >> "FILE" ;;
  esac
done
`;

let folder: string;
let source: SampleSource;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'local-secrets-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  source = await makeSampleSource({
    [CATALOG_FILE]: 'platform: v1.4.0\nservices:\n  app: { secrets: [npm], ssh: { default: deploy } }\n  web: {}\n',
    'app/Dockerfile': 'FROM scratch\n',
    'web/Dockerfile': 'FROM scratch\n',
  });
});
afterAll(() => {
  delete process.env[VARIABLE];
  source.remove();
  rmSync(folder, { recursive: true });
});

/** What the build of a service could use, and the log. */
async function built(service: string) {
  const docker = join(folder, service);
  writeFileSync(docker, CLIENT.replaceAll('FILE', `${docker}.seen`));
  chmodSync(docker, 0o755);
  writeFileSync(`${docker}.seen`, '');
  const codeBuild = createLocalCodeBuild({
    docker: { client: docker, version: '20.10.24', env: { PATH: process.env.PATH ?? '', HOME: folder } },
    logs: join(folder, 'logs'),
    toolFile: join(folder, 'tool.cjs'),
    catalogFile: CATALOG_FILE,
    releases: RELEASES,
    mirrors: {},
    secrets: { npm: `env:${VARIABLE}`, deploy: `file:${join(folder, 'key')}`, other: 'env:OTHER' },
    refuse: new Set(),
  });
  try {
    await codeBuild.startBuild(startBuildRequest({ source, service, host: '127.0.0.1:1' }));
  } finally {
    await codeBuild.close();
  }
  return {
    seen: readFileSync(`${docker}.seen`, 'utf8'),
    log: readFileSync(join(folder, 'logs/run-1', `${service}.log`), 'utf8'),
  };
}

test('a build gets its own secret and key, and the log has neither', async () => {
  process.env[VARIABLE] = 'top-secret';
  const { seen, log } = await built('app');

  const digest = execFileSync('sha256sum', { input: 'top-secret' }).toString().trim();
  expect(seen).toBe(`npm ${digest}\n${readFileSync(join(folder, 'key.pub'), 'utf8')}`);
  expect(log).not.toContain('top-secret');
});

test('a build whose service names none gets none', async () => {
  process.env[VARIABLE] = 'top-secret';
  expect((await built('web')).seen).toBe('');
});

test('a build without its variable fails, and says which secret is missing', async () => {
  delete process.env[VARIABLE];
  await expect(built('app')).rejects.toThrow();
  const log = readFileSync(join(folder, 'logs/run-1/app.log'), 'utf8');
  expect(log).toContain(`the secret npm has no value at env:${VARIABLE}; npx pipeline doctor tells how to give it one`);
});
