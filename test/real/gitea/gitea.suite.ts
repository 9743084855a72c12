/** The adapter of Gitea on a real server: contents, webhook, status, comment, protected branch, rights and tags. */
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { systemClock } from '../../../adapters/clock';
import { createGiteaHost } from '../../../adapters/git/gitea/git-host';
import { createGiteaHooks, readGiteaRights } from '../../../adapters/git/gitea/hooks-and-rights';
import { createGiteaPushRules } from '../../../adapters/git/gitea/push-rules';
import { createGiteaComments, createGiteaStatuses } from '../../../adapters/git/gitea/status-and-comment';
import { createGiteaTags } from '../../../adapters/git/gitea/tags';
import { hookFaults } from '../../../core/doctor/judge-webhook';
import type { PreviewRequest } from '../../../core/ports/runs';
import { parseSettings } from '../../../core/settings/parse-settings';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { describeGitHost } from '../../contracts/git-host-contract';
import { fakeExecutions } from '../../lambdas/webhook/fake-executions';
import { type LoopbackServer, startServer } from '../../support/http/listen';
import { type RealGitea, startRealGitea } from './real-gitea';

let gitea: RealGitea;
beforeAll(async () => {
  gitea = await startRealGitea();
}, 3_600_000);
afterAll(() => gitea.close());

const optionsOf = (repository: string, token = gitea.tokens.ada) => ({
  repository,
  apiUrl: gitea.apiUrl,
  token: async () => token,
  clock: systemClock,
});

describeGitHost('a real Gitea', async ({ path }) => ({
  host: createGiteaHost(optionsOf(await gitea.adoptRepository(path))),
}));

describe('on a real Gitea', () => {
  let repository: string;
  let head: string;

  beforeEach(async () => {
    repository = await gitea.createRepository();
    head = await createGiteaHost(optionsOf(repository)).resolve('main');
  });

  /** Pushes a commit to a branch. Returns its id. */
  async function push(branch: string, parent: string, files: Readonly<Record<string, string>>, message = 'a change') {
    const changes = Object.entries(files).map(([path, content]) => ({ path, content }));
    const attempt = await createGiteaHost(optionsOf(repository)).commit({ branch, parent, files: changes, message });
    if (attempt.kind !== 'committed') throw new Error('the branch moved');
    return attempt.commit;
  }

  /** Makes a branch with one commit and a pull request of it. */
  async function openPull(): Promise<{ readonly number: number; readonly commit: string }> {
    await gitea.api('POST', `/repos/${repository}/branches`, { new_branch_name: 'topic', old_branch_name: 'main' });
    const commit = await push('topic', head, { a: '1' });
    const content = { title: 'a change', head: 'topic', base: 'main' };
    const { number } = await gitea.api<{ number: number }>('POST', `/repos/${repository}/pulls`, content);
    return { number, commit };
  }

  test('the last status of a run is the one that counts', async () => {
    const { setStatus } = createGiteaStatuses(optionsOf(repository));
    await setStatus({ commit: head, run: 'r', state: 'pending', description: 'building 1' });
    await setStatus({ commit: head, run: 'r', state: 'failure', description: 'failed 1', url: 'https://x.example' });

    const found = await gitea.api<{ state: string; statuses: readonly object[] }>(
      'GET',
      `/repos/${repository}/commits/${head}/status`,
    );
    expect(found.state).toBe('failure');
    expect(found.statuses).toEqual([
      expect.objectContaining({
        context: 'image-pipeline',
        status: 'failure',
        description: 'failed 1',
        target_url: 'https://x.example',
      }),
    ]);
  });

  test('a comment is made once, edited, and not written for an older head', async () => {
    const { number, commit } = await openPull();
    const { putComment } = createGiteaComments(optionsOf(repository));
    const comment = { pull: number, commit, marker: '<!-- m -->' };
    await gitea.api('POST', `/repos/${repository}/issues/${number}/comments`, { body: 'I wonder <!-- m -->' });

    expect(await putComment({ ...comment, body: '<!-- m -->\none' })).toBe('written');
    expect(await putComment({ ...comment, body: '<!-- m -->\ntwo' })).toBe('written');
    expect(await putComment({ ...comment, commit: head, body: '<!-- m -->\nold' })).toBe('outdated');
    const all = await gitea.api<readonly { body: string }[]>('GET', `/repos/${repository}/issues/${number}/comments`);
    expect(all.map(({ body }) => body)).toEqual(['I wonder <!-- m -->', '<!-- m -->\ntwo']);
  });

  test('a push to a protected branch is refused, told beforehand, and leaves the branch as it is', async () => {
    const rule = { rule_name: 'main', enable_push: false };
    await gitea.api('POST', `/repos/${repository}/branch_protections`, rule);

    await expect(push('main', head, { a: '1' })).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringMatching(/branch 'main' cannot be updated/),
    });
    expect(await createGiteaHost(optionsOf(repository)).head('main')).toBe(head);
    expect(await createGiteaPushRules(optionsOf(repository)).refusals('main')).toHaveLength(1);
    expect(await createGiteaPushRules(optionsOf(repository)).refusals('topic')).toEqual([]);
  });

  test.each([
    ['read', ['permission write'], []],
    ['write', [], []],
    ['admin', [], ['permission admin']],
  ])('a reader who may %s', async (permission, missing, excess) => {
    await gitea.api('PUT', `/repos/${repository}/collaborators/bob`, { permission });
    const rights = await readGiteaRights({ ...optionsOf(repository, gitea.tokens.bob), tasks: ['read', 'announce'] });

    expect(rights).toMatchObject({ missing, excess });
  });

  test('a tag is made with a page, once, and the commits since another one are told with their paths', async () => {
    const tags = createGiteaTags(optionsOf(repository));
    const commit = await push('main', head, { 'a/b': '1' }, 'feat: one');
    const page = { tag: 'v1.0.0', title: 'v1.0.0', notes: '# v1.0.0', isPrerelease: false };

    expect(await tags.createTag({ name: 'v1.0.0', commit, message: 'release' })).toEqual({ kind: 'created' });
    expect(await tags.createTag({ name: 'v1.0.0', commit, message: 'release' })).toEqual({ kind: 'exists' });
    expect(await tags.createTag({ name: 'v1.0.0', commit: head, message: 'x' })).toEqual({ kind: 'other', commit });
    const url = await tags.createRelease(page);
    expect(url).toMatch(/\/releases\/tag\/v1\.0\.0$/);
    expect(await tags.createRelease(page)).toBe(url);
    expect(await tags.commits(head, commit, 10)).toEqual([
      expect.objectContaining({ commit, parents: [head], paths: ['a/b'], author: 'image-pipeline' }),
    ]);
  });

  describe('a webhook', () => {
    const SECRET = 'a secret of at least thirty-two characters';
    let receiver: LoopbackServer;
    let url: string;
    let received: { readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];

    beforeEach(async () => {
      received = [];
      receiver = await startServer(async (request, response) => {
        received.push({ headers: request.headers, body: await buffer(request) });
        response.end();
      });
      url = `${receiver.url}/webhook`;
      const content = { url, secret: SECRET, events: ['push', 'pull_request'] as const };
      const hooks = createGiteaHooks(optionsOf(repository));
      const id = await hooks.create({ ...content, secret: 'another secret' });
      await hooks.update(id, content);
      const [hook] = await hooks.list();
      expect(hook && hookFaults(hook, content)).toEqual([]);
    });
    afterEach(() => receiver.stop());

    const settings = () =>
      parseSettings({
        git: { host: 'gitea', repository, apiUrl: gitea.apiUrl },
        valuesFile: 'chart/values.yaml',
        releases: { host: 'registry.example', namespace: 'team' },
        candidates: { host: 'registry.example', repository: 'candidates' },
        branches: [{ branch: 'main', allow: ['push'], version: '{version}-dev' }],
        pullRequests: { comment: true },
      });

    /** Waits for a delivery of the event, and hands it to the webhook step. */
    async function receive(event: string, isOurs: (body: string) => boolean, secret = SECRET) {
      const find = () =>
        received.find(({ headers, body }) => headers['x-gitea-event'] === event && isOurs(body.toString()));
      for (let tries = 0; find() === undefined && tries < 60; tries += 1) await systemClock.sleep(250);
      const { headers, body } = find() ?? { headers: {}, body: Buffer.from('') };
      const executions = fakeExecutions();
      const previews: PreviewRequest[] = [];
      const secrets = { current: async () => [secret], refreshed: async () => [secret] };
      const delivery = { headers: headers as Readonly<Record<string, string>>, body };
      const reply = await receiveStep(delivery, {
        settings: settings(),
        secrets,
        executions,
        previews: { start: async (request) => void previews.push(request) },
        clock: systemClock,
      });
      return { reply, started: executions.started, previews };
    }

    test('of a push starts one run, if its secret is right', async () => {
      const commit = await push('main', head, { 'auth/main.py': '1' });

      const { reply, started } = await receive('push', (body) => body.includes(commit));
      expect(reply).toMatchObject({ status: 202, result: 'started' });
      expect(started).toEqual([expect.stringContaining(`push-main-${commit.slice(0, 12)}`)]);
      const forged = await receive('push', (body) => body.includes(commit), 'a wrong secret');
      expect(forged).toMatchObject({ reply: { status: 401, result: 'refused' }, started: [] });
    });

    test('of a commit that the pipeline made starts nothing', async () => {
      const message = 'release v1.0.0\n\nRun-Id: r1\nSource: 0123456789abcdef0123456789abcdef01234567';
      const commit = await push('main', head, { 'chart/values.yaml': 'tag: v1\n' }, message);

      const { reply, started } = await receive('push', (body) => body.includes(commit));
      expect(reply).toMatchObject({ status: 200, result: 'ignored', reason: 'the pipeline made the commit' });
      expect(started).toEqual([]);
    });

    test('of a pull request and of a push to it is previewed', async () => {
      const { number, commit } = await openPull();
      const opened = await receive('pull_request', (body) => body.includes('"action": "opened"'));
      expect(opened.previews).toEqual([{ number, base: 'main', commit }]);

      const next = await push('topic', commit, { a: '2' });
      const updated = await receive('pull_request', (body) => body.includes('"synchronized"') && body.includes(next));
      expect(updated.previews).toEqual([{ number, base: 'main', commit: next }]);
    });
  });
});
