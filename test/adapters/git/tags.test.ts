/** The contract of tags and releases, on a repository on disk, on any git server, and on the fakes of GitHub, GitLab and Gitea. */
import { createGiteaTags } from '../../../adapters/git/gitea/tags';
import { createGitHubTags } from '../../../adapters/git/github/tags';
import { createGitLabTags } from '../../../adapters/git/gitlab/tags';
import { createLocalTags } from '../../../adapters/git/local/tags';
import { createWireTags } from '../../../adapters/git/wire/tags';
import type { TagHost } from '../../../core/ports/git';
import { type GitFault, startGitHttpServer } from '../../support/git/git-http-server';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { GITEA_REPOSITORY, GITEA_TOKEN, startFakeGitea } from '../../support/git-hosts/fake-gitea';
import { type GitHubFault, startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { GITLAB_TOKEN, startFakeGitLab } from '../../support/git-hosts/fake-gitlab';
import { createStillClock } from '../../support/pipeline/memory-state';

/** New for each test, because a retry moves it. */
let clock = createStillClock();

interface Started {
  readonly tags: TagHost;
  /** Loses the reply of the next requests whose path matches, after they took effect. */
  lose(path: RegExp): void;
  stop(): Promise<void>;
}

/** Returns a function that makes the first request whose path matches lose its reply. */
function loseOnce<Fault>(server: { fault: (path: string) => Fault | undefined }, lost: Fault) {
  return (path: RegExp) => {
    let isLost = false;
    server.fault = (asked) => {
      if (isLost || !path.test(asked)) return undefined;
      isLost = true;
      return lost;
    };
  };
}

const HOSTS: Readonly<Record<string, (repository: TestRepository) => Promise<Started>>> = {
  'a repository on disk': async ({ path }) => ({
    tags: createLocalTags(path, clock),
    lose: () => undefined,
    stop: async () => undefined,
  }),
  GitHub: async (repository) => {
    const fake = await startFakeGitHub(repository);
    const options = { repository: 'cloud-tuner/optscale', apiUrl: fake.apiUrl, token: async () => TOKEN, clock };
    return {
      tags: createGitHubTags(options),
      lose: loseOnce<GitHubFault>(fake, { kind: 'lost' }),
      stop: fake.stop,
    };
  },
  GitLab: async (repository) => {
    const fake = await startFakeGitLab(repository);
    const apiUrl = `${fake.url}/api/v4`;
    const options = { repository: 'cloud-tuner/platform/optscale', apiUrl, token: async () => GITLAB_TOKEN, clock };
    return {
      tags: createGitLabTags(options),
      lose: loseOnce<GitFault>(fake, 'lost'),
      stop: fake.stop,
    };
  },
  'any git server': async (repository) => {
    const served = await startGitHttpServer({
      repository: repository.path,
      path: 'team/monorepo.git',
      authorization: 'Basic x',
      other: (_, response) => response.writeHead(404).end(),
    });
    return {
      tags: createWireTags({ url: `${served.url}/team/monorepo.git`, authorization: async () => 'Basic x', clock }),
      lose: loseOnce<GitFault>(served, 'lost'),
      stop: served.stop,
    };
  },
  'Gitea and Forgejo': async (repository) => {
    const fake = await startFakeGitea(repository);
    const options = { repository: GITEA_REPOSITORY, apiUrl: fake.apiUrl, token: async () => GITEA_TOKEN, clock };
    return {
      tags: createGiteaTags(options),
      lose: loseOnce<GitFault>(fake, 'lost'),
      stop: fake.stop,
    };
  },
};

describe.each(Object.entries(HOSTS))('tags on %s', (name, start) => {
  let repository: TestRepository;
  let host: Started;
  let commit: string;

  beforeEach(async () => {
    clock = createStillClock(Date.parse('2026-11-23T12:00:00Z'));
    repository = createRepository();
    commit = repository.commit('main', { a: '1' }, 'first');
    host = await start(repository);
  });
  afterEach(async () => {
    await host.stop();
    repository.remove();
  });

  const tag = (parts: object = {}) =>
    host.tags.createTag({ name: 'v1.4.0', commit, message: 'release v1.4.0\n\nRun-Id: r', ...parts });

  test('are annotated, on the commit, with message, author and time', async () => {
    expect(await tag()).toEqual({ kind: 'created' });
    expect(repository.git('cat-file', '-t', 'refs/tags/v1.4.0')).toBe('tag');
    expect(repository.git('rev-parse', 'v1.4.0^{commit}')).toBe(commit);
    const format = '%(contents:subject)|%(taggername)|%(taggeremail)|%(taggerdate:unix)|%(contents:body)';
    expect(repository.git('for-each-ref', `--format=${format}`, 'refs/tags/v1.4.0').trim()).toBe(
      'release v1.4.0|image-pipeline|<image-pipeline@localhost>|1795435200|Run-Id: r',
    );
    expect(() => repository.git('fsck', '--strict')).not.toThrow();
  });

  test('that are there with the same commit are left as they are', async () => {
    await tag();
    const id = repository.git('rev-parse', 'refs/tags/v1.4.0');
    expect(await tag({ message: 'another' })).toEqual({ kind: 'exists' });
    expect(repository.git('rev-parse', 'refs/tags/v1.4.0')).toBe(id);
    repository.git('tag', 'light', commit);
    expect(await tag({ name: 'light' })).toEqual({ kind: 'exists' });
  });

  test('that are there with another commit are never moved', async () => {
    await tag();
    const other = repository.commit('main', { a: '2' }, 'second');
    expect(await tag({ commit: other })).toEqual({ kind: 'other', commit });
    expect(repository.git('rev-parse', 'v1.4.0^{commit}')).toBe(commit);
  });

  test.each(['a..b', 'a\nb', 'a b', 'x.lock', ''])('are not made under the name %j', async (bad) => {
    await expect(tag({ name: bad })).rejects.toMatchObject({ name: 'GitHostError' });
    expect(repository.git('tag', '--list')).toBe('');
  });

  test('are made once although a reply is lost', async () => {
    host.lose(/git\/refs|git-receive-pack/);
    expect(['created', 'exists']).toContain((await tag()).kind);
    expect(repository.git('rev-parse', 'v1.4.0^{commit}')).toBe(commit);
  });

  test('have one page, whatever is asked again', async () => {
    await tag();
    const page = { tag: 'v1.4.0', title: 'v1.4.0', notes: '# v1.4.0\n', isPrerelease: false };
    const url = await host.tags.createRelease(page);
    expect(await host.tags.createRelease({ ...page, notes: 'other' })).toBe(url);
    if (!['a repository on disk', 'any git server'].includes(name)) expect(url).toMatch(/releases\/(tag\/)?v1\.4\.0$/);
    else expect(url).toBeUndefined();
  });

  test('are told with the commits since another one: author, parents, message and paths, the newest first', async () => {
    const two = repository.commit('main', { 'b/ü': '1' }, 'feat: two (#7)\n\nbody');
    repository.git('branch', 'side', two);
    const side = repository.commit('side', { c: '1' }, 'three');
    const four = repository.commit('main', { a: null }, 'four');
    const tree = repository.git('rev-parse', `${four}^{tree}`);
    const merge = repository.git('commit-tree', tree, '-p', four, '-p', side, '-m', 'Merge pull request #9 from x');
    repository.git('update-ref', 'refs/heads/main', merge);

    const found = await host.tags.commits(commit, merge, 10);

    expect(found[0]).toMatchObject({ commit: merge, parents: [four, side], paths: [] });
    expect(new Set(found.map((each) => each.commit))).toEqual(new Set([merge, four, side, two]));
    expect(found.find((each) => each.commit === two)).toMatchObject({
      parents: [commit],
      message: expect.stringMatching(/^feat: two \(#7\)\n\nbody\n?$/),
      paths: ['b/ü'],
    });
    expect(found.every(({ author }) => author !== '')).toBe(true);
    expect(await host.tags.commits(commit, merge, 2)).toHaveLength(2);
    expect(await host.tags.commits(merge, merge, 10)).toEqual([]);
  });
});
