import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGitLabHost } from '../../../../adapters/git/gitlab/git-host';
import type { GitHost } from '../../../../core/ports/git';
import { describeGitHost } from '../../../contracts/git-host-contract';
import type { GitFault, GitHttpServer } from '../../../support/git/git-http-server';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { GITLAB_TOKEN, startFakeGitLab } from '../../../support/git-hosts/fake-gitlab';

function hostOf(gitlab: GitHttpServer, token = GITLAB_TOKEN): GitHost {
  return createGitLabHost({
    repository: 'cloud-tuner/platform/optscale',
    apiUrl: `${gitlab.url}/api/v4`,
    token: async () => token,
    clock: { now: () => Date.now(), sleep: async () => undefined },
  });
}

describeGitHost('GitLab', async (repository) => {
  const gitlab = await startFakeGitLab(repository);
  return { host: hostOf(gitlab), stop: gitlab.stop };
});

describe('GitLab', () => {
  let repository: TestRepository;
  let gitlab: GitHttpServer;
  let host: GitHost;

  beforeEach(async () => {
    repository = createRepository();
    gitlab = await startFakeGitLab(repository);
    host = hostOf(gitlab);
  });
  afterEach(async () => {
    await gitlab.stop();
    repository.remove();
  });

  const proposal = (parent: string) => ({
    branch: 'main',
    parent,
    files: [{ path: 'chart/values.yaml', content: 'tag: v2\n' }],
    message: 'release v2\n\nRun-Id: r\n',
  });

  function breakNext(path: string, fault: GitFault, times = 1): void {
    let left = times;
    gitlab.fault = (asked) => {
      if (!asked.startsWith(path) || left === 0) return undefined;
      left -= 1;
      return fault;
    };
  }

  test('gets five requests for a plan and three for the next plan of the same Dockerfiles', async () => {
    const dockerfiles = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`s${i}/Dockerfile`, `FROM a${i}\n`]));
    repository.commit('main', { ...dockerfiles, 'values.yaml': 'tag: v1\n' });
    repository.commit('main', { 'values.yaml': 'tag: v2\n' });

    const readPlan = async (ref: string): Promise<number> => {
      gitlab.requests.length = 0;
      const commit = await host.resolve(ref);
      const tree = await host.tree(commit);
      const idsOf = (end: string) => tree.filter((entry) => entry.path.endsWith(end)).map((entry) => entry.id);
      await host.blobs(idsOf('values.yaml'));
      await host.blobs(idsOf('Dockerfile'));
      await buffer(await host.archive(commit));
      return gitlab.requests.length;
    };

    expect(await readPlan('main')).toBe(5);
    repository.commit('main', { 'values.yaml': 'tag: v3\n', 's7/main.py': 'x' });
    expect(await readPlan('main')).toBe(3);
    expect(await readPlan(repository.commit('main', { 'values.yaml': 'tag: v4\n' }))).toBe(2);
  });

  test('reads a full commit even if the previously read commit is gone', async () => {
    repository.commit('main', { a: '1', 'b/c': '2' });
    await host.tree(await host.resolve('main'));
    const commit = repository.commit('other', { a: '3', 'b/c': '2', 'd/e': '4' });
    repository.git('update-ref', '-d', 'refs/heads/main');
    repository.git('reflog', 'expire', '--expire=now', '--all');
    repository.git('gc', '-q', '--prune=now');

    expect((await host.tree(commit)).map(({ path }) => path)).toEqual(['a', 'b/c', 'd/e']);
  });

  test('reads a full commit from a server that sends no deltas', async () => {
    repository.commit('main', { a: '1' });
    await host.tree(await host.resolve('main'));
    const commit = repository.commit('main', { a: '2' });
    breakNext('git-upload-pack', { status: 400 });

    expect(await host.tree(commit)).toHaveLength(1);
  });

  test('reads a changed file even if its delta base was never read', async () => {
    const text = Array.from({ length: 2000 }, (_, line) => `line ${line}\n`);
    repository.commit('main', { large: text.join(''), small: 'x' });
    await host.tree(await host.resolve('main'));
    text[1000] = 'another line\n';
    const commit = repository.commit('main', { large: text.join('') });

    const tree = await host.tree(commit);
    const blobs = await host.blobs(tree.map(({ id }) => id));

    expect([...blobs.values()].map(String)).toEqual([text.join(''), 'x']);
  });

  test('reads a repository whose objects are stored as deltas', async () => {
    const text = Array.from({ length: 2000 }, (_, line) => `line ${line}\n`);
    for (let version = 0; version < 10; version += 1) {
      text[version * 100] = `version ${version}\n`;
      repository.commit('main', { [`a/${version}.txt`]: text.join('') });
    }
    repository.git('repack', '-adfq');
    const commit = await host.resolve('main');

    const blobs = await host.blobs((await host.tree(commit)).map((entry) => entry.id));

    expect(blobs.size).toBe(10);
    expect([...blobs.values()].some((content) => content.toString() === text.join(''))).toBe(true);
  });

  test.each([
    ['git never saw it', 'reset'],
    ['its reply was lost', 'lost'],
    ['its reply was cut off', 'cut'],
    ['a gateway gave up before', { status: 503 }],
    ['a gateway gave up after', { status: 504, isApplied: true }],
    ['too many came at once', { status: 429 }],
  ] as const)('commits once although %s', async (_, fault) => {
    const parent = repository.commit('main', { 'chart/values.yaml': 'tag: v1\n' });
    breakNext('git-receive-pack', fault);

    const attempt = await host.commit(proposal(parent));

    expect(attempt).toEqual({ kind: 'committed', commit: repository.git('rev-parse', 'main') });
    expect(repository.git('rev-list', '--count', 'main')).toBe('2');
    expect(repository.git('log', '-1', '--format=%an <%ae>', 'main')).toBe('image-pipeline <image-pipeline@localhost>');
  });

  test('finds its commit below a later commit', async () => {
    const parent = repository.commit('main', { 'chart/values.yaml': 'tag: v1\n' });
    let ours = '';
    gitlab.fault = (path) => {
      if (path === 'git-receive-pack') return ours === '' ? 'lost' : undefined;
      const head = repository.git('rev-parse', 'main');
      if (ours === '' && head !== parent) {
        ours = head;
        repository.commit('main', { other: 'x' });
      }
      return undefined;
    };

    expect(await host.commit(proposal(parent))).toEqual({ kind: 'committed', commit: ours });
  });

  test('reports a protected branch with the reason of the server', async () => {
    const parent = repository.commit('main', { 'chart/values.yaml': 'tag: v1\n' });
    mkdirSync(join(repository.path, 'hooks'), { recursive: true });
    writeFileSync(join(repository.path, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 1\n');
    chmodSync(join(repository.path, 'hooks', 'pre-receive'), 0o755);

    await expect(host.commit(proposal(parent))).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringContaining('pre-receive hook declined'),
    });
    expect(repository.git('rev-parse', 'main')).toBe(parent);
  });

  test.each([
    ['a login page', 'html'],
    ['a server that is down', { status: 503 }],
    ['a reply that is always cut off', 'cut'],
  ] as const)('reports %s', async (_, fault) => {
    repository.commit('main', { a: '1' });
    breakNext('git-upload-pack', fault, 99);

    await expect(host.resolve('main')).rejects.toMatchObject({ name: 'GitHostError' });
  });

  test('does not follow a redirect to another host and sends no token there', async () => {
    repository.commit('main', { a: '1' });
    const elsewhere = await startFakeGitLab(repository);
    breakNext('git-upload-pack', { status: 307, location: `${elsewhere.url}/evil.git` }, 99);

    await expect(host.resolve('main')).rejects.toMatchObject({ name: 'GitHostError' });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
  });

  test('reports a wrong token without printing it', async () => {
    repository.commit('main', { a: '1' });

    const failure = await hostOf(gitlab, 'glpat-wrong')
      .resolve('main')
      .catch((error: Error) => error);

    expect(failure).toMatchObject({ name: 'GitHostError', message: expect.stringContaining('401') });
    expect(String(failure)).not.toContain('glpat-wrong');
    expect(String(failure)).not.toContain(Buffer.from('oauth2:glpat-wrong').toString('base64'));
  });
});
