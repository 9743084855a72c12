/** Gitea and Forgejo: contents and commits, statuses, comments, webhooks and rights. */
import { createGiteaHost } from '../../../../adapters/git/gitea/git-host';
import { createGiteaHooks, readGiteaRights } from '../../../../adapters/git/gitea/hooks-and-rights';
import { createGiteaComments, createGiteaStatuses } from '../../../../adapters/git/gitea/status-and-comment';
import { hookFaults } from '../../../../core/doctor/judge-webhook';
import type { GitTask } from '../../../../core/settings/git-login';
import { COMMIT, describeCommentWriter } from '../../../contracts/comment-contract';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { type FakeGitea, GITEA_REPOSITORY, GITEA_TOKEN, startFakeGitea } from '../../../support/git-hosts/fake-gitea';
import { createStillClock } from '../../../support/pipeline/memory-state';

const optionsOf = ({ apiUrl }: FakeGitea, token = GITEA_TOKEN) => ({
  repository: GITEA_REPOSITORY,
  apiUrl,
  token: async () => token,
  clock: { ...createStillClock(), now: () => Date.now() },
});

describeGitHost('Gitea', async (repository) => {
  const gitea = await startFakeGitea(repository);
  return { host: createGiteaHost(optionsOf(gitea)), stop: gitea.stop };
});

describeCommentWriter('Gitea', async (repository) => {
  const gitea = await startFakeGitea(repository);
  const { state } = gitea;
  return {
    writer: createGiteaComments(optionsOf(gitea)),
    addComment: (pull, text) => {
      state.comments.push({ id: state.comments.length + 1, pull, body: text });
    },
    texts: () => state.comments.map(({ body }) => body),
    heads: state.heads,
    loseReply: () => {
      state.losesReplies = true;
    },
    stop: gitea.stop,
  };
});

describe('on Gitea', () => {
  let repository: TestRepository;
  let gitea: FakeGitea;

  beforeEach(async () => {
    repository = createRepository();
    gitea = await startFakeGitea(repository);
  });
  afterEach(async () => {
    await gitea.stop();
    repository.remove();
  });

  test('a status has the one name of the pipeline, state and link', async () => {
    const { setStatus } = createGiteaStatuses(optionsOf(gitea));
    await setStatus({
      commit: COMMIT,
      run: 'main-1',
      state: 'error',
      description: 'stopped',
      url: 'https://x.example',
    });

    expect(gitea.state.statuses).toEqual([
      {
        sha: COMMIT,
        state: 'error',
        context: 'image-pipeline',
        description: 'stopped',
        target_url: 'https://x.example',
      },
    ]);
  });

  test('an invalid token is an error that does not contain it', async () => {
    const written = createGiteaStatuses(optionsOf(gitea, 'wrongwrongwrong')).setStatus({
      commit: COMMIT,
      run: 'main-1',
      state: 'success',
      description: 'built 1',
    });

    await expect(written).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringContaining('401') });
    await expect(written).rejects.not.toThrow(/wrongwrong/);
  });

  const WANTED = { url: 'https://abc.example/webhook', events: ['push', 'pull_request'] as const };

  test('a webhook is created with address, events and secret, and found among many', async () => {
    for (let id = 1; id <= 65; id += 1) {
      gitea.state.hooks.push({
        id,
        type: 'gitea',
        active: true,
        events: ['push'],
        config: { url: `https://x.example/${id}`, content_type: 'json' },
      });
    }
    const hooks = createGiteaHooks(optionsOf(gitea));
    const id = await hooks.create({ ...WANTED, secret: 's'.repeat(32) });
    const found = (await hooks.list()).find((hook) => hook.id === id);

    expect(found && hookFaults(found, WANTED)).toEqual([]);
    expect(gitea.state.secrets.get(id)).toBe('s'.repeat(32));
  });

  test('a webhook is replaced after manual changes, because Gitea ignores a new secret', async () => {
    gitea.state.hooks.push({
      id: 1,
      type: 'gitea',
      active: false,
      events: ['issues'],
      config: { url: WANTED.url, content_type: 'form' },
    });
    const hooks = createGiteaHooks(optionsOf(gitea));
    const [before] = await hooks.list();
    const id = await hooks.update(1, { ...WANTED, secret: 't'.repeat(32) });
    const after = await hooks.list();

    expect(before && hookFaults(before, WANTED)).not.toEqual([]);
    expect(after.map((hook) => [hook.id, hookFaults(hook, WANTED)])).toEqual([[id, []]]);
    expect(id).not.toBe(1);
    expect(gitea.state.secrets.get(id)).toBe('t'.repeat(32));
  });

  const ALL: readonly GitTask[] = ['commit', 'read', 'announce', 'comment'];
  const READER: readonly GitTask[] = ['read', 'announce', 'comment'];

  test.each([
    [ALL, { admin: false, push: true, pull: true }, [], []],
    [ALL, { admin: false, push: false, pull: true }, ['permission write'], []],
    [READER, { admin: false, push: true, pull: true }, [], []],
    [READER, { admin: true, push: true, pull: true }, [], ['permission admin']],
    [ALL, { admin: false, push: false, pull: false }, ['permission read', 'permission write'], []],
  ])('the rights for %j with %j', async (tasks, permissions, missing, excess) => {
    gitea.state.permissions = permissions;

    expect(await readGiteaRights({ ...optionsOf(gitea), tasks })).toMatchObject({ missing, excess });
  });

  test('nothing can be written to an archived repository', async () => {
    gitea.state.archived = true;

    const { missing } = await readGiteaRights({ ...optionsOf(gitea), tasks: ALL });
    expect(missing).toEqual(['a repository that is not archived']);
  });
});
