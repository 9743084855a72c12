/** Azure DevOps: contents and commits, statuses, comments, webhooks and rights, held against its published descriptions. */
import { createAzureHost } from '../../../../adapters/git/azure/git-host';
import { createAzureHooks } from '../../../../adapters/git/azure/hooks';
import { createAzurePushRules } from '../../../../adapters/git/azure/push-rules';
import { readAzureRights } from '../../../../adapters/git/azure/rights';
import { createAzureComments, createAzureStatuses } from '../../../../adapters/git/azure/status-and-comment';
import { hookFaults } from '../../../../core/doctor/judge-webhook';
import type { GitTask } from '../../../../core/settings/git-login';
import { COMMIT, describeCommentWriter, withHtmlMarker } from '../../../contracts/comment-contract';
import { describeGitHost } from '../../../contracts/git-host-contract';
import { gitHostHooksContract } from '../../../contracts/git-host-hooks-contract';
import { differences, readDescription } from '../../../support/api-descriptions/rest-description';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import {
  AZURE_REPOSITORY,
  AZURE_TOKEN,
  type FakeAzure,
  startFakeAzure,
} from '../../../support/git-hosts/azure/fake-azure';
import { createStillClock } from '../../../support/pipeline/memory-state';

const description = readDescription('azure-devops');

const optionsOf = ({ apiUrl }: FakeAzure, token = AZURE_TOKEN) => ({
  repository: AZURE_REPOSITORY,
  apiUrl,
  token: async () => token,
  clock: { ...createStillClock(), now: () => Date.now() },
});

describeGitHost('Azure DevOps', async (repository) => {
  const fake = await startFakeAzure(repository);
  return { host: createAzureHost(optionsOf(fake)), stop: fake.stop };
});

describeCommentWriter('Azure DevOps', async (repository) => {
  const fake = await startFakeAzure(repository);
  const { state } = fake;
  return {
    writer: createAzureComments(optionsOf(fake)),
    addComment: (pull, text) => {
      const id = 100 + state.threads.length;
      state.threads.push({ id, pull, status: 'active', content: text, deleted: false });
    },
    texts: () => state.threads.map(({ content }) => withHtmlMarker(content)),
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

gitHostHooksContract('Azure DevOps', async () => {
  const repository = createRepository();
  const fake = await startFakeAzure(repository);
  let token = AZURE_TOKEN;
  return {
    hooks: createAzureHooks({ ...optionsOf(fake), token: async () => token }),
    addHook: (url, isWrong = false) => {
      if (isWrong)
        return fake.addSubscription(url, 'git.push', { status: 'disabledByUser', acceptUntrustedCerts: 'true' });
      const [id = ''] = EVENTS.map((event) => fake.addSubscription(url, event));
      return id;
    },
    secretOf: (id) => fake.state.subscriptions.find((each) => each.id === id)?.consumerInputs.basicAuthPassword,
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

const EVENTS = ['git.push', 'git.pullrequest.created', 'git.pullrequest.updated'];
const WANTED = { url: 'https://abc.example/webhook', events: ['push', 'pull_request'] as const };

describe('on Azure DevOps', () => {
  let repository: TestRepository;
  let fake: FakeAzure;

  beforeEach(async () => {
    repository = createRepository();
    fake = await startFakeAzure(repository);
  });
  afterEach(async () => {
    await fake.stop();
    repository.remove();
  });

  test('a status has context, state and link', async () => {
    const { setStatus } = createAzureStatuses(optionsOf(fake));
    await setStatus({ commit: COMMIT, run: 'r', state: 'failure', description: 'd', url: 'https://x.example' });

    expect(differences(description, fake.exchanges)).toEqual([]);
    expect(fake.state.statuses).toEqual([
      {
        commit: COMMIT,
        state: 'failed',
        description: 'd',
        targetUrl: 'https://x.example',
        context: { name: 'image-pipeline', genre: 'continuous-integration' },
      },
    ]);
  });

  test('a comment does not block the merge, and a deleted one is not edited', async () => {
    fake.state.heads.set(7, COMMIT);
    fake.state.threads.push({ id: 100, pull: 7, status: 'closed', content: '[//]: # (m)', deleted: true });
    const comment = { pull: 7, commit: COMMIT, marker: '<!-- m -->', body: '<!-- m -->\none' };
    await createAzureComments(optionsOf(fake)).putComment(comment);

    expect(fake.state.threads[1]).toMatchObject({ status: 'closed', content: '[//]: # (m)\n\none' });
    expect(differences(description, fake.exchanges)).toEqual([]);
  });

  test('every event of a webhook has the secret as its password, and twins are two webhooks', async () => {
    const hooks = createAzureHooks(optionsOf(fake));
    const first = await hooks.create({ ...WANTED, secret: 's'.repeat(32) });
    await hooks.create({ ...WANTED, secret: 't'.repeat(32) });
    const all = await hooks.list();

    expect(all.map((hook) => [hook.url, hookFaults(hook, WANTED)])).toEqual([
      [WANTED.url, []],
      [WANTED.url, []],
    ]);
    await hooks.update(first, { ...WANTED, secret: 'u'.repeat(32) });
    const passwords = fake.state.subscriptions.map(({ consumerInputs }) => consumerInputs.basicAuthPassword);
    expect(passwords).toEqual([...Array(3).fill('u'.repeat(32)), ...Array(3).fill('t'.repeat(32))]);
    expect(fake.state.subscriptions.map(({ eventType }) => eventType)).toEqual([...EVENTS, ...EVENTS]);
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no password', { basicAuthPassword: '' }, /no secret/],
    ['another user name', { basicAuthUsername: 'ada' }, /no secret/],
    ['no details', { resourceDetailsToSend: 'minimal' }, /JSON/],
    ['no check of the certificate', { acceptUntrustedCerts: 'true' }, /certificate/],
    ['a status after failures', { status: 'disabledBySystem' }, /switched off/],
  ])('a webhook with %s is found', async (_, changes, fault) => {
    for (const event of EVENTS) fake.addSubscription(WANTED.url, event, changes);
    const [hook] = await createAzureHooks(optionsOf(fake)).list();

    expect(hook && hookFaults(hook, WANTED).join()).toMatch(fault);
  });

  test('a subscription of another repository is not ours', async () => {
    fake.addSubscription(WANTED.url, 'git.push');
    const [subscription] = fake.state.subscriptions;
    if (subscription !== undefined) subscription.publisherInputs = { repository: 'f'.repeat(36) };

    expect(await createAzureHooks(optionsOf(fake)).list()).toEqual([]);
  });

  const ALL: readonly GitTask[] = ['commit', 'read', 'announce', 'comment'];
  const READER: readonly GitTask[] = ['read', 'announce', 'comment'];

  test.each<[readonly GitTask[], number, readonly string[], readonly string[]]>([
    [ALL, 2 + 4 + 16384, [], []],
    [ALL, 2, ['permission Contribute', 'permission Contribute to pull requests'], []],
    [ALL, 0, ['permission Read', 'permission Contribute', 'permission Contribute to pull requests'], []],
    [['commit', 'propose'], 2 + 4, ['permission Contribute to pull requests'], []],
    [['commit'], 2 + 4, [], []],
    [READER, 2 + 16384, [], []],
    [READER, 2 + 4 + 16384, [], ['permission Contribute']],
  ])('the rights for %j with the permissions %i', async (tasks, permissions, missing, excess) => {
    fake.state.permissions = permissions;

    expect(await readAzureRights({ ...optionsOf(fake), tasks })).toMatchObject({ missing, excess });
    expect(differences(description, fake.exchanges)).toEqual([]);
  });

  const policy = (changes: object = {}) => ({
    isEnabled: true,
    isBlocking: true,
    type: { id: 'fa4e907d-c16b-4a4c-9dfa-4906e5d171dd', displayName: 'Minimum number of reviewers' },
    ...changes,
  });

  test.each<[string, number, readonly object[], boolean, readonly RegExp[]]>([
    ['no policy', 4, [], false, []],
    ['a policy that blocks', 4, [policy()], false, [/policy blocks pushes: Minimum number of reviewers/]],
    ['a policy that it may bypass', 4 + 128, [policy()], false, []],
    ['a policy that only warns', 4, [policy({ isBlocking: false })], false, []],
    ['a policy that is switched off', 4, [policy({ isEnabled: false })], false, []],
    ['a lock', 4, [], true, [/locked/]],
    ['no permission', 0, [], false, [/may not contribute/]],
  ])('a push to a branch with %s is judged beforehand', async (_, permissions, policies, isLocked, refusals) => {
    repository.commit('main', { a: '1' });
    repository.commit('main-2', { a: '1' });
    fake.state.permissions = permissions;
    fake.state.policies.set('refs/heads/main', policies as readonly Readonly<Record<string, unknown>>[]);
    if (isLocked) fake.state.locked.add('refs/heads/main');
    const rules = createAzurePushRules(optionsOf(fake));

    expect(await rules.refusals('main')).toEqual(refusals.map((refusal) => expect.stringMatching(refusal)));
    expect(await rules.refusals('missing')).toEqual([]);
    expect(differences(description, fake.exchanges)).toEqual([]);
  });

  test('nothing can be written to a disabled repository', async () => {
    fake.state.disabled = true;

    expect((await readAzureRights({ ...optionsOf(fake), tasks: ALL })).missing).toEqual([
      'a repository that is not disabled',
    ]);
  });

  test('an invalid token is an error that does not contain it', async () => {
    const read = createAzureHost(optionsOf(fake, 'wrongwrongwrong')).resolve('main');

    await expect(read).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringContaining('401') });
    await expect(read).rejects.not.toThrow(new RegExp(Buffer.from(':wrongwrongwrong').toString('base64')));
  });
});
