/** A git host and Debian's docker-registry with certificates of an authority that OpenSSL made, asked by the adapters. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { type FakeGitea, startFakeGitea } from '../../support/git-hosts/fake-gitea';
import type { LoopbackServer } from '../../support/http/listen';
import { type DockerRegistry, startDockerRegistry } from '../../support/registry/docker-registry';
import { imageOf, pushContent } from '../../support/registry/fake-registry-content';
import { makePrivateAuthority, type PrivateAuthority } from '../../support/tls/private-authority';
import { startTlsFront } from '../../support/tls/tls-front';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');

let authority: PrivateAuthority;
let repository: TestRepository;
let gitea: FakeGitea;
let front: LoopbackServer;
let registry: DockerRegistry;

beforeAll(async () => {
  authority = makePrivateAuthority();
  repository = createRepository();
  repository.commit('main', { 'README.md': 'hello\n' });
  gitea = await startFakeGitea(repository);
  front = await startTlsFront(authority, new URL(gitea.apiUrl).origin);
  registry = await startDockerRegistry();
  await pushContent(`http://${registry.host}`, 'team/image', imageOf('private'), 'v1');
});
afterAll(async () => {
  await Promise.all([front.stop(), gitea.stop(), registry.stop()]);
  repository.remove();
  authority.remove();
});

/** Asks both in a new process. */
async function ask(registryHost: string, env: Readonly<Record<string, string>>) {
  const git = `localhost:${front.port}`;
  const script = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(__dirname, 'ask-servers.ts'), git, registryHost];
  const { stdout } = await run(process.execPath, script, { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Record<string, string>;
}

test('content, statuses and images are read and written if the process has the authority, by the variable that functions get', async () => {
  const { certificate, key } = authority;
  const secure = await startDockerRegistry({
    http: { tls: { certificate, key } },
    storage: { filesystem: { rootdirectory: registry.data } },
  });
  try {
    expect(await ask(secure.host, { NODE_EXTRA_CA_CERTS: authority.authority })).toEqual({
      head: repository.git('rev-parse', 'main'),
      readme: 'hello\n',
      digest: imageOf('private').manifest.digest,
    });
    expect(gitea.state.statuses).toMatchObject([{ state: 'success' }]);
  } finally {
    await secure.stop();
  }
});

test('without it the error names the variable of this process, and the setting of a deployment', async () => {
  const { error } = await ask(registry.host, {});
  expect(error).toMatch(/not signed by a known authority; .*NODE_EXTRA_CA_CERTS .* the setting certificateAuthorities/);
});
