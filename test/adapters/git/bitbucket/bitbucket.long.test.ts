/** Bitbucket Cloud: contents and commits, statuses, comments, webhooks and rights, held against its published description. */
import { createBitbucketHost } from '../../../../adapters/git/bitbucket/git-host';
import { createBitbucketHooks, readBitbucketRights } from '../../../../adapters/git/bitbucket/hooks-and-rights';
import {
  createBitbucketComments,
  createBitbucketStatuses,
} from '../../../../adapters/git/bitbucket/status-and-comment';
import type { GitTask } from '../../../../core/settings/git-login';
import { COMMIT, describeCommentWriter, withHtmlMarker } from '../../../contracts/comment-contract';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { gitHostHooksContract } from '../../../contracts/git-host-hooks-contract';
import { differences, readDescription } from '../../../support/api-descriptions/rest-description';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import {
  BITBUCKET_PERSON,
  BITBUCKET_REPOSITORY,
  BITBUCKET_TOKEN,
  type FakeBitbucket,
  startFakeBitbucket,
} from '../../../support/git-hosts/bitbucket/fake-bitbucket';
import { createStillClock } from '../../../support/pipeline/memory-state';

const description = readDescription('bitbucket-cloud', ['page', 'pagelen']);

const optionsOf = ({ apiUrl }: FakeBitbucket, token = BITBUCKET_TOKEN) => ({
  repository: BITBUCKET_REPOSITORY,
  apiUrl,
  token: async () => token,
  clock: { ...createStillClock(), now: () => Date.now() },
});

describeGitHost('Bitbucket Cloud', async (repository) => {
  const fake = await startFakeBitbucket(repository);
  return { host: createBitbucketHost(optionsOf(fake)), stop: fake.stop };
});

describeCommentWriter('Bitbucket Cloud', async (repository) => {
  const fake = await startFakeBitbucket(repository);
  const { state } = fake;
  return {
    writer: createBitbucketComments(optionsOf(fake)),
    addComment: (pull, text) => {
      state.comments.push({ id: state.comments.length + 1, pull, raw: text, deleted: false });
    },
    texts: () => state.comments.map(({ raw }) => withHtmlMarker(raw)),
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

gitHostHooksContract('Bitbucket Cloud', async () => {
  const repository = createRepository();
  const fake = await startFakeBitbucket(repository);
  const { state } = fake;
  let token = BITBUCKET_TOKEN;
  return {
    hooks: createBitbucketHooks({ ...optionsOf(fake), token: async () => token }),
    addHook: (url, isWrong = false) => {
      const uuid = `{hook-${state.hooks.length}}`;
      const events = isWrong ? ['repo:fork'] : ['repo:push', 'pullrequest:created', 'pullrequest:updated'];
      state.hooks.push({ uuid, url, active: !isWrong, events });
      return uuid;
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

describe('on Bitbucket Cloud', () => {
  let repository: TestRepository;
  let fake: FakeBitbucket;

  beforeEach(async () => {
    repository = createRepository();
    fake = await startFakeBitbucket(repository);
  });
  afterEach(async () => {
    await fake.stop();
    repository.remove();
  });

  const status = { commit: COMMIT, run: 'main-1', state: 'pending', description: 'building 1' } as const;

  test('a status replaces the one before, and always has a link', async () => {
    const { setStatus } = createBitbucketStatuses(optionsOf(fake));
    await setStatus(status);
    await setStatus({ ...status, state: 'error', description: 'stopped', url: 'https://x.example' });
    await setStatus({ ...status, commit: 'd'.repeat(40) });

    expect(differences(description, fake.exchanges)).toEqual([]);
    expect(fake.state.statuses.get(`${COMMIT} image-pipeline`)).toMatchObject({
      state: 'FAILED',
      description: 'stopped',
      url: 'https://x.example',
    });
    const other = fake.state.statuses.get(`${'d'.repeat(40)} image-pipeline`);
    expect(other?.url).toMatch(/team\/monorepo\/commits\/d{40}$/);
  });

  test('a comment has no HTML that people would see', async () => {
    fake.state.heads.set(7, COMMIT);
    const body = '<!-- m -->\nhead\n<details><summary>3 kept</summary>\n\nrows\n\n</details>';
    await createBitbucketComments(optionsOf(fake)).putComment({ pull: 7, commit: COMMIT, marker: '<!-- m -->', body });

    expect(fake.state.comments[0]?.raw).toBe('[//]: # (m)\n\nhead\n**3 kept**\n\nrows\n\n');
  });

  test('the API token of a person is used with its e-mail for the API, and with another name for git', async () => {
    await fake.stop();
    fake = await startFakeBitbucket(repository, true);
    const commit = repository.commit('main', { a: '1' });
    const host = createBitbucketHost(optionsOf(fake, BITBUCKET_PERSON));

    expect(await host.resolve('main')).toBe(commit);
    expect(await host.resolve(commit.slice(0, 12))).toBe(commit);
    expect(differences(description, fake.exchanges)).toEqual([]);
  });

  test('an invalid token is an error that does not contain it', async () => {
    const written = createBitbucketStatuses(optionsOf(fake, 'wrongwrongwrong')).setStatus(status);

    await expect(written).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringContaining('401') });
    await expect(written).rejects.not.toThrow(/wrongwrong/);
  });

  test('a deleted comment is not edited', async () => {
    fake.state.heads.set(7, COMMIT);
    fake.state.comments.push({ id: 1, pull: 7, raw: '[//]: # (m)\n\none', deleted: true });
    const comment = { pull: 7, commit: COMMIT, marker: '<!-- m -->', body: '<!-- m -->\ntwo' };
    await createBitbucketComments(optionsOf(fake)).putComment(comment);

    expect(fake.state.comments.map(({ raw }) => raw)).toEqual(['[//]: # (m)\n\none', '[//]: # (m)\n\ntwo']);
  });

  const ALL: readonly GitTask[] = ['commit', 'read', 'announce', 'comment'];
  const READER: readonly GitTask[] = ['read', 'announce', 'comment'];

  test.each<[readonly GitTask[], string | undefined, readonly string[], readonly string[]]>([
    [ALL, 'repository:write, pullrequest', [], []],
    [ALL, 'read:repository:bitbucket,write:repository:bitbucket,read:pullrequest:bitbucket', [], []],
    [ALL, 'repository', ['scope repository:write', 'scope pullrequest'], []],
    [ALL, 'webhook', ['scope repository', 'scope repository:write', 'scope pullrequest'], []],
    [[...ALL, 'propose'], 'repository:write, pullrequest', ['scope pullrequest:write'], []],
    [[...ALL, 'propose'], 'repository:write, pullrequest:write', [], []],
    [READER, 'repository, pullrequest', [], []],
    [READER, 'repository:write, pullrequest', [], ['scope repository:write']],
    [ALL, undefined, [], []],
  ])('the rights for %j with the scopes %s', async (tasks, scopes, missing, excess) => {
    fake.state.scopes = scopes;

    const rights = await readBitbucketRights({ ...optionsOf(fake), tasks });
    expect(rights).toMatchObject({ missing, excess });
    expect(rights.facts.join()).toContain(scopes === undefined ? 'not told' : scopes.split(',')[0]);
    expect(differences(description, fake.exchanges)).toEqual([]);
  });
});
