/** Bitbucket Data Center: contents and commits, statuses, comments, webhooks and rights, held against its published description. */
import { createBitbucketServerHost } from '../../../../adapters/git/bitbucket-server/git-host';
import { createServerHooks, readServerRights } from '../../../../adapters/git/bitbucket-server/hooks-and-rights';
import {
  createServerComments,
  createServerStatuses,
} from '../../../../adapters/git/bitbucket-server/status-and-comment';
import type { GitTask } from '../../../../core/settings/git-login';
import { COMMIT, describeCommentWriter, withHtmlMarker } from '../../../contracts/comment-contract';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { gitHostHooksContract } from '../../../contracts/git-host-hooks-contract';
import { differences, readDescription } from '../../../support/api-descriptions/rest-description';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import {
  type FakeBitbucketServer,
  SERVER_REPOSITORY,
  SERVER_TOKEN,
  startFakeBitbucketServer,
} from '../../../support/git-hosts/bitbucket/fake-bitbucket-server';
import { createStillClock } from '../../../support/pipeline/memory-state';

const description = readDescription('bitbucket-server', ['start', 'limit']);

const optionsOf = ({ apiUrl }: FakeBitbucketServer, token = SERVER_TOKEN) => ({
  repository: SERVER_REPOSITORY,
  apiUrl,
  token: async () => token,
  clock: { ...createStillClock(), now: () => Date.now() },
});

describeGitHost('Bitbucket Data Center', async (repository) => {
  const fake = await startFakeBitbucketServer(repository);
  return { host: createBitbucketServerHost(optionsOf(fake)), stop: fake.stop };
});

describeCommentWriter('Bitbucket Data Center', async (repository) => {
  const fake = await startFakeBitbucketServer(repository);
  const { state } = fake;
  return {
    writer: createServerComments(optionsOf(fake)),
    addComment: (pull, text) => {
      state.comments.push({ id: 62 + state.comments.length, pull, text: text, version: 0 });
    },
    texts: () => state.comments.map(({ text }) => withHtmlMarker(text)),
    heads: state.heads,
    loseReply: () => {
      fake.losesReplies = true;
    },
    stop: async () => {
      expect(differences(description, fake.exchanges)).toEqual([]);
      await fake.stop();
    },
  };
});

gitHostHooksContract('Bitbucket Data Center', async () => {
  const repository = createRepository();
  const fake = await startFakeBitbucketServer(repository);
  const { state } = fake;
  let token = SERVER_TOKEN;
  return {
    hooks: createServerHooks({ ...optionsOf(fake), token: async () => token }),
    addHook: (url, isWrong = false) => {
      const id = 10 + state.hooks.length;
      const events = isWrong
        ? ['repo:forked']
        : ['repo:refs_changed', 'pr:opened', 'pr:from_ref_updated', 'pr:modified'];
      state.hooks.push({ id, name: 'web', url, active: !isWrong, events, sslVerificationRequired: !isWrong });
      return id;
    },
    secretOf: (id) => state.secrets.get(id),
    refuse: () => {
      token = 'revoked';
    },
    stop: async () => {
      expect(fake.exchanges.flatMap((each) => description.problems(each))).toEqual([]);
      await fake.stop();
      repository.remove();
    },
  };
});

describe('on Bitbucket Data Center', () => {
  let repository: TestRepository;
  let fake: FakeBitbucketServer;

  beforeEach(async () => {
    repository = createRepository();
    fake = await startFakeBitbucketServer(repository);
  });
  afterEach(async () => {
    await fake.stop();
    repository.remove();
  });

  test.each([
    ['no link', undefined, /\/projects\/TEAM\/repos\/monorepo\/commits\/c{40}$/],
    ['a link', 'https://x.example/run', /^https:\/\/x\.example\/run$/],
    ['a link that is too long', `https://x.example/${'x'.repeat(500)}`, /\/commits\/c{40}$/],
  ])('a status with %s has one that the host takes, and replaces the one before', async (_, url, shown) => {
    const { setStatus } = createServerStatuses(optionsOf(fake));
    const status = { commit: COMMIT, run: 'r', description: 'd', ...(url === undefined ? {} : { url }) };
    await setStatus({ ...status, state: 'pending' });
    await setStatus({ ...status, state: 'success' });

    expect(differences(description, fake.exchanges)).toEqual([]);
    expect([...fake.state.statuses.values()]).toEqual([
      expect.objectContaining({ state: 'SUCCESSFUL', url: expect.stringMatching(shown) }),
    ]);
  });

  test('a comment that a person edits meanwhile is not overwritten', async () => {
    fake.state.heads.set(7, COMMIT);
    const { putComment } = createServerComments(optionsOf(fake));
    const comment = { pull: 7, commit: COMMIT, marker: '<!-- m -->' };
    await putComment({ ...comment, body: '<!-- m -->\none' });
    const [first] = fake.state.comments;
    let version = 0;
    if (first !== undefined)
      Object.defineProperty(first, 'version', { get: () => (version += 1), set: () => undefined });

    await expect(putComment({ ...comment, body: '<!-- m -->\ntwo' })).rejects.toMatchObject({ name: 'GitHostError' });
    expect(first?.text).toBe('[//]: # (m)\n\none');
  });

  const ALL: readonly GitTask[] = ['commit', 'read', 'announce', 'comment'];
  const READER: readonly GitTask[] = ['read', 'announce', 'comment'];

  test.each([
    [ALL, { writes: true, archived: false }, [], []],
    [ALL, { writes: false, archived: false }, ['permission REPO_WRITE'], []],
    [READER, { writes: false, archived: false }, [], []],
    [READER, { writes: true, archived: false }, [], ['permission REPO_WRITE']],
    [ALL, { writes: true, archived: true }, ['a repository that is not archived'], []],
  ])('the rights for %j with %j', async (tasks, changes, missing, excess) => {
    Object.assign(fake.state, changes);

    expect(await readServerRights({ ...optionsOf(fake), tasks })).toMatchObject({ missing, excess });
    expect(differences(description, fake.exchanges)).toEqual([]);
  });

  test('an invalid token is an error that does not contain it', async () => {
    const read = createBitbucketServerHost(optionsOf(fake, 'wrongwrongwrong')).resolve('main');

    await expect(read).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringContaining('401') });
    await expect(read).rejects.not.toThrow(/wrongwrong/);
  });
});
