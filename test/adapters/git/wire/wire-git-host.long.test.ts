/** Any git server as a git host, by git's own protocol alone. */
import { createWireGitHost } from '../../../../adapters/git/wire/git-host';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { type GitHttpServer, startGitHttpServer } from '../../../support/git/git-http-server';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';

const AUTHORIZATION = 'Basic dGVhbTpzZWNyZXQ=';

function startServer({ path: repository }: TestRepository, hasFilters = true): Promise<GitHttpServer> {
  return startGitHttpServer({
    repository,
    path: 'team/monorepo.git',
    authorization: AUTHORIZATION,
    hasFilters,
    other: (_, response) => response.writeHead(404).end(),
  });
}

function hostOf(server: GitHttpServer, authorization = AUTHORIZATION) {
  return createWireGitHost({
    url: `${server.url}/team/monorepo.git`,
    authorization: async () => authorization,
    clock: { now: () => Date.now(), sleep: async () => undefined },
  });
}

describeGitHost('any server over https', async (repository) => {
  const server = await startServer(repository);
  return { host: hostOf(server), stop: server.stop };
});

describe('any server over https', () => {
  let repository: TestRepository;
  let server: GitHttpServer;

  async function start(hasFilters: boolean) {
    repository = createRepository();
    server = await startServer(repository, hasFilters);
  }
  afterEach(async () => {
    await server.stop();
    repository.remove();
  });

  test('is used without filters if it has none', async () => {
    await start(false);
    const first = repository.commit('main', { a: '1', 'b/c': '2' });
    const second = repository.commit('main', { a: '2' });
    const host = hostOf(server);

    expect((await host.tree(second)).map(({ path }) => path)).toEqual(['a', 'b/c']);
    expect(await host.isAncestor(first, second)).toBe(true);
    expect((await host.log(second, 'a', 5)).map(({ commit }) => commit)).toEqual([second, first]);
  });

  test('is asked for its capabilities once, and for nothing but git', async () => {
    await start(true);
    const commit = repository.commit('main', { a: '1' });
    const host = hostOf(server);
    await host.resolve('main');
    await host.readFiles(commit, ['a']);
    await host.branches();
    await host.archive(commit);

    expect(server.requests.filter((path) => path.startsWith('info/refs'))).toHaveLength(1);
    expect(server.requests.every((path) => /^(info\/refs|git-upload-pack)/.test(path))).toBe(true);
  });

  test('finds ancestors and revisions in a history that is deeper than the first fetch', async () => {
    await start(true);
    const first = repository.commit('main', { a: '1' });
    for (let at = 0; at < 70; at += 1) repository.commit('main', { b: String(at) });
    const last = repository.commit('main', { b: 'end' });
    const host = hostOf(server);

    expect(await host.isAncestor(first, last)).toBe(true);
    expect(await host.isAncestor(last, first)).toBe(false);
    expect((await host.log(last, 'a', 3)).map(({ commit }) => commit)).toEqual([first]);
    expect(await host.resolve(first.slice(0, 12))).toBe(first);
  });

  test.each(['main', 'a'.repeat(40)])(
    'refuses a wrong login for %s with an error that does not contain it',
    async (ref) => {
      await start(true);
      const wrong = 'Basic d3Jvbmc6c2VjcmV0';

      const failure = hostOf(server, wrong).resolve(ref);
      await expect(failure).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringContaining('401') });
      await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining(wrong) });
    },
  );
});
