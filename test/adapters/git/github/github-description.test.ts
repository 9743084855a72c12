/** Requests of the adapter and replies of the fake are checked against GitHub's published descriptions. */
import { buffer } from 'node:stream/consumers';
import { createGitHubAppToken } from '../../../../adapters/git/github/app-token';
import { createGitHubHost } from '../../../../adapters/git/github/git-host';
import { createGitHubPullRequests } from '../../../../adapters/git/github/pull-requests';
import { createGitHubPushRules } from '../../../../adapters/git/github/push-rules';
import {
  createGitHubChecks,
  createGitHubComments,
  createGitHubStatuses,
} from '../../../../adapters/git/github/status-and-comment';
import type { StatusWriter } from '../../../../core/ports/git';
import { gitPermissions } from '../../../../core/settings/git-login';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { type Exchange, type FakeGitHub, startFakeGitHub, TOKEN } from '../../../support/git-hosts/fake-github';
import { createAppKey } from '../../../support/git-hosts/fake-github-app';
import { describeGraphql, describeRest } from '../../../support/git-hosts/github-description';

const rest = describeRest();
const graphql = describeGraphql();
const NOW = 1_760_000_000_000;
const APP = { appId: 4711, installationId: 77 };
const GRANTED = gitPermissions(['commit', 'announce', 'comment'], 'app');
const clock = { now: () => NOW, sleep: async () => undefined };

let repository: TestRepository;
let github: FakeGitHub;

beforeEach(async () => {
  repository = createRepository();
  github = await startFakeGitHub(repository);
});
afterEach(async () => {
  await github.stop();
  repository.remove();
});

function options() {
  return { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };
}

/** Installs the App on the repository. Returns its private key. */
function installApp(): string {
  const { privateKey, publicKey } = createAppKey();
  github.app = { ...APP, publicKey, granted: GRANTED, now: () => NOW, token: () => TOKEN };
  return privateKey;
}

/** Returns all problems of the calls so far, and the number of calls of each kind. */
function judge() {
  const isGraphql = ({ path }: Exchange) => path === '/graphql';
  const problems = github.exchanges.flatMap((each) => (isGraphql(each) ? graphql : rest).problems(each));
  return {
    problems: [...new Set(problems)],
    operations: new Set(github.requests.map((name) => name.split(/[/?]/)[1] ?? name)),
  };
}

describe('GitHub’s published descriptions', () => {
  test('match all requests and replies about pull requests and rules', async () => {
    const base = repository.commit('main', { a: '1' });
    const host = createGitHubPullRequests(options());
    const rules = github.pullRequests.rules;
    const propose = async (branch: string) => {
      await host.createBranch(branch, base);
      const head = repository.commit(branch, { a: branch });
      const { number } = await host.propose({ base: 'main', branch, title: 'one', body: 'text' });
      return { number, head, method: 'squash', message: 'one\n\ntwo' } as const;
    };
    rules.needsReview = true;
    const held = await propose('image-pipeline/a');
    await host.merge(held);
    await host.close(held.number, 'a reason');
    Object.assign(rules, { needsReview: false, hasQueue: true, isProtected: true });
    await host.merge(await propose('image-pipeline/b'));
    rules.hasQueue = false;
    await host.merge(await propose('image-pipeline/c'));
    await host.open('main');
    await createGitHubPushRules(options()).refusals('main');
    // The checker closes every part of a combined schema, and the rules of a branch are combined of 25.
    const rulesets = github.exchanges.findIndex(({ path }) => path.includes('/rules/branches/'));
    github.exchanges.splice(rulesets, 1);

    const { problems, operations } = judge();
    expect(problems).toEqual([]);
    expect([...operations]).toEqual(
      expect.arrayContaining(['EnableAutoMerge', 'Enqueue', 'Protection', 'pulls', 'rules']),
    );
  });

  test('match all requests and replies of the git host', async () => {
    const host = createGitHubHost(options());
    const first = repository.commit('main', {
      'values.yaml': 'tag: v1\n',
      binary: Buffer.from([0, 1]),
      'folder/file': 'x',
    });
    repository.git('tag', '-a', '-m', 'a tag', 'v1.0.0', first);

    await host.resolve('main');
    for (const ref of ['main', 'v1.0.0', first, first.slice(0, 10)]) {
      await host.resolve(ref, ['values.yaml', 'binary', 'folder', 'none']);
    }
    await host.branches();
    const tree = await host.tree(first);
    await host.blobs(tree.map(({ id }) => id));
    await buffer(await host.archive(first));
    await host.readFiles(first, ['values.yaml', 'none']);
    const attempt = await host.commit({
      branch: 'main',
      parent: first,
      files: [{ path: 'values.yaml', content: 'tag: v2\n' }],
      message: 'release v2\n\nRun-Id: r\n',
    });
    const second = attempt.kind === 'committed' ? attempt.commit : '';
    await host.log(second, 'values.yaml', 10);
    await host.isAncestor(first, second);
    await host.isAncestor(first, 'f'.repeat(40));
    await host.head('main');

    const { problems, operations } = judge();
    expect(problems).toEqual([]);
    expect([...operations].sort()).toEqual(expect.arrayContaining(['Commit', 'Resolve', 'compare', 'git', 'tarball']));
  });

  test('match a tree that is listed folder by folder', async () => {
    github.treeLimit = 2;
    await createGitHubHost(options()).tree(repository.commit('main', { a: '1', 'b/c': '2', 'b/d': '3' }));

    expect(judge().problems).toEqual([]);
    expect(github.exchanges.length).toBeGreaterThan(1);
  });

  test('match the search for a commit whose reply was lost', async () => {
    const parent = repository.commit('main', { 'values.yaml': 'tag: v1\n' });
    github.fault = (operation) => (operation === 'Commit' ? { kind: 'lost' } : undefined);
    const files = [{ path: 'values.yaml', content: 'tag: v2\n' }];
    await createGitHubHost(options()).commit({ branch: 'main', parent, files, message: 'release v2' });

    expect(github.requests).toContain('FindCommit');
    expect(judge().problems).toEqual([]);
  });

  test('match commit statuses with and without a link', async () => {
    const commit = repository.commit('main', { a: '1' });
    const { setStatus }: StatusWriter = createGitHubStatuses(options());
    await setStatus({ commit, run: 'main-1', state: 'pending', description: 'building 1' });
    await setStatus({
      commit,
      run: 'main-1',
      state: 'error',
      description: 'x'.repeat(140),
      url: 'https://console.example/run',
    });

    expect(judge().problems).toEqual([]);
    expect(github.statuses).toEqual([
      { commit, state: 'pending', description: 'building 1', context: 'image-pipeline' },
      expect.objectContaining({ state: 'error', target_url: 'https://console.example/run' }),
    ]);
  });

  test('match a check run that is created, edited and completed in each way', async () => {
    const commit = repository.commit('main', { a: '1' });
    installApp();
    const { setStatus }: StatusWriter = createGitHubChecks({ ...options(), appId: APP.appId });
    const url = 'https://console.example/run';
    await setStatus({ commit, run: 'main-1', state: 'pending', description: 'building 1', url });
    await setStatus({ commit, run: 'main-1', state: 'success', description: 'built 1', url, summary: '# built' });
    await setStatus({ commit, run: 'main-2', state: 'error', description: 'no answer' });

    expect(judge().problems).toEqual([]);
    expect(github.exchanges.map(({ method, status }) => `${method} ${status}`)).toEqual([
      ...['GET 200', 'POST 201'],
      ...['GET 200', 'PATCH 200'],
      ...['GET 200', 'POST 201'],
    ]);
  });

  test('match a comment on a pull request that is created and edited', async () => {
    const commit = repository.commit('main', { a: '1' });
    github.pulls.set(7, commit);
    const { putComment } = createGitHubComments(options());
    const comment = { pull: 7, commit, marker: '<!-- m -->' };
    await putComment({ ...comment, body: '<!-- m -->\none' });
    await putComment({ ...comment, body: '<!-- m -->\ntwo' });

    expect(judge().problems).toEqual([]);
    expect(github.exchanges.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'GET', 'GET', 'PATCH']);
  });

  test('match the token of a GitHub App', async () => {
    const privateKey = installApp();
    const login = { permissions: GRANTED, privateKey: async () => privateKey };

    await createGitHubAppToken({ ...options(), ...APP, ...login })();

    expect(github.exchanges).toHaveLength(1);
    expect(judge().problems).toEqual([]);
  });
});

describe('the comparison with the descriptions', () => {
  const call: Exchange = {
    method: 'GET',
    path: '/repos/a/b/git/trees/x?recursive=1',
    body: '',
    status: 200,
    reply: '{}',
  };
  const ask = (query: string, data: object): Exchange => {
    const body = JSON.stringify({ query, variables: { n: 'x' } });
    return { method: 'POST', path: '/graphql', body, status: 200, reply: JSON.stringify({ data }) };
  };

  test.each<[string, Partial<Exchange>, RegExp]>([
    ['an unknown path', { path: '/repos/a/b/git/forest' }, /no such operation/],
    ['an unknown method', { method: 'DELETE' }, /no such operation/],
    ['an unknown parameter', { path: '/repos/a/b/git/trees/x?deep=1' }, /no parameter deep/],
    ['an undocumented status', { status: 418 }, /418 is not documented/],
    ['a reply of the wrong type', { reply: '{"truncated":"no"}' }, /\/truncated must be boolean/],
    ['a reply with an unknown field', { reply: '{"tree":[{"oid":"x"}]}' }, /additional properties.*oid/],
    [
      'a request without a required field',
      { method: 'POST', path: '/repos/a/b/statuses/x', body: '{"context":"x"}', status: 201 },
      /required property 'state'/,
    ],
  ])('would notice %s', (_, changes, problem) => {
    expect(rest.problems({ ...call, ...changes }).join('\n')).toMatch(problem);
  });

  const LOGIN = 'query ($n: String!) { user(login: $n) { login } }';
  test.each<[string, Exchange, RegExp]>([
    ['an unknown field', ask('{ viewer { shoeSize } }', {}), /Cannot query field "shoeSize"/],
    ['an argument of the wrong type', ask(LOGIN.replace('String!', 'Int!'), { user: null }), /Int/],
    ['a missing field in the reply', ask(LOGIN, { user: {} }), /Cannot return null for non-nullable/],
    ['a reply of the wrong type', ask(LOGIN, { user: { login: { x: 1 } } }), /String cannot represent/],
    ['a reply with extra data', ask(LOGIN, { user: { login: 'x', more: 1 } }), /more than what was asked/],
  ])('would notice %s', (_, exchange, problem) => {
    expect(graphql.problems(exchange).join('\n')).toMatch(problem);
  });
});
