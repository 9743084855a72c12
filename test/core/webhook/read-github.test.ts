/** What is read of a delivery, field by field. What differs from the host's documentation is not read as anything else. */
import { createHmac } from 'node:crypto';
import { gitHubWebhook } from '../../../core/webhook/github';
import type { WebhookEvent, WebhookHeaders } from '../../../core/webhook/payload';

const BEFORE = '1'.repeat(40);
const AFTER = '2'.repeat(40);
const NONE = '0'.repeat(40);
const LONG = 'e'.repeat(50);

const COMMITS = [
  { id: AFTER, message: 'm', added: ['a'], modified: ['b'], removed: ['c'] },
  { id: BEFORE, added: null },
];
const READ_COMMITS = [
  { id: AFTER, message: 'm', written: ['a', 'b'], removed: ['c'] },
  { id: BEFORE, message: '', written: [], removed: [] },
];

describe('a push of GitHub', () => {
  const repository = { id: 7, full_name: 'team/shop', pushed_at: 1_760_000_000 };
  const PUSH = {
    ref: 'refs/heads/main',
    before: BEFORE,
    after: AFTER,
    deleted: false,
    forced: true,
    repository,
    pusher: { name: 'ada' },
    commits: COMMITS,
  };
  const read = (changes: object, headers: WebhookHeaders = {}) =>
    gitHubWebhook.readEvent({ 'x-github-event': 'push', ...headers }, { ...PUSH, ...changes });
  const push = (event: WebhookEvent) => (event.kind === 'push' ? event.pushes[0] : undefined);

  test('has these fields', () => {
    expect(read({})).toEqual({
      kind: 'push',
      pushes: [
        {
          repositoryId: 7,
          repository: 'team/shop',
          ref: 'refs/heads/main',
          before: BEFORE,
          after: AFTER,
          deleted: false,
          forced: true,
          pushedAt: 1_760_000_000_000,
          pusher: 'ada',
          commits: READ_COMMITS,
        },
      ],
    });
  });

  test('may lack the time, and is known by its delivery then', () => {
    const gitea = { 'x-gitea-delivery': 'tea', 'x-github-delivery': 'hub' };
    for (const pushed_at of ['2026-11-23', null, undefined]) {
      const event = push(read({ repository: { ...repository, pushed_at } }, gitea));
      expect(event).toMatchObject({ delivery: 'tea' });
      expect(event).not.toHaveProperty('pushedAt');
    }
    const untimed = { repository: { id: 7, full_name: 'team/shop' } };
    expect(push(read(untimed, { 'x-github-delivery': 'hub' }))).toMatchObject({ delivery: 'hub' });
    expect(push(read(untimed))).not.toHaveProperty('delivery');
    expect(push(read({}, gitea))).not.toHaveProperty('delivery');
  });

  test.each([
    [{ deleted: undefined, after: NONE }, { deleted: true }],
    [{ deleted: undefined }, { deleted: false }],
    [{ deleted: true }, { deleted: true }],
    [{ forced: undefined }, { forced: false }],
    [{ commits: undefined }, { commits: [] }],
  ])('with %j has %j', (changes, expected) => {
    expect(push(read(changes))).toMatchObject(expected);
  });

  test.each([undefined, { name: 7 }, 'ada'])('whose pusher is %j has none', (pusher) => {
    expect(push(read({ pusher }))).not.toHaveProperty('pusher');
  });

  test.each<[object, string]>([
    [{ ref: 'heads/main' }, 'ref: '],
    [{ before: `${BEFORE}1` }, 'before: must be 40 hex digits'],
    [{ after: 'A'.repeat(40) }, 'after: must be 40 hex digits'],
    [{ after: `x${AFTER}` }, 'after: must be 40 hex digits'],
    [{ repository: { ...repository, id: 0 } }, 'repository.id: '],
    [{ repository: { ...repository, full_name: '' } }, 'repository.full_name: '],
    [{ repository: { ...repository, pushed_at: 0 } }, 'repository.pushed_at: '],
    [{ commits: [{ id: 'x' }] }, 'commits.0.id: must be 40 hex digits'],
  ])('with %j is not read, and the problem has its path', (changes, problem) => {
    expect(read(changes)).toEqual({ kind: 'unreadable', problem: expect.stringContaining(problem) });
  });
});

describe('events of GitHub', () => {
  const read = (event: string | undefined, payload: unknown = {}) =>
    gitHubWebhook.readEvent({ 'x-github-event': event }, payload);

  test.each([undefined, ''])('need a name, which %j is not', (event) => {
    expect(read(event)).toEqual({ kind: 'unreadable', problem: 'the X-GitHub-Event header is missing' });
  });

  test('of other kinds start nothing, and a long name is cut', () => {
    expect(read('ping')).toEqual({ kind: 'other', reason: 'ping: the webhook is set up' });
    expect(read(LONG)).toEqual({
      kind: 'other',
      reason: `event '${LONG.slice(0, 40)}' starts nothing; only push does`,
    });
  });

  test('that are no object are not read, and at most five problems are told', () => {
    const told = (payload: unknown) => (read('push', payload) as { readonly problem: string }).problem;

    expect(told(null)).toMatch(/^payload: /);
    const commits = Array.from({ length: 9 }, () => ({ id: 'x' }));
    expect(told({ commits }).split('; ')).toHaveLength(5);
  });

  test('are authentic if one of the secrets signed them in that header', async () => {
    const signature = `sha256=${createHmac('sha256', 'secret').update('{}').digest('hex')}`;
    const ask = (secrets: readonly string[], header = 'x-hub-signature-256') =>
      gitHubWebhook.isAuthentic({ [header]: signature }, Buffer.from('{}'), secrets, 0);

    expect(await ask(['other', 'secret'])).toBe(true);
    expect(await ask(['other'])).toBe(false);
    expect(await ask(['secret'], 'x-signature')).toBe(false);
  });

  test('are signed if they have the header', () => {
    expect(gitHubWebhook.isSigned({ 'x-hub-signature-256': '' })).toBe(true);
    expect(gitHubWebhook.isSigned({ 'x-hub-signature': 'sha1=x' })).toBe(false);
  });
});

describe('a pull request of GitHub', () => {
  const pull = { base: { ref: 'main' }, head: { sha: AFTER, ref: 'feature', repo: { id: 9 } } };
  const PULL = { action: 'opened', number: 12, pull_request: pull, repository: { id: 7, full_name: 'team/shop' } };
  const read = (changes: object) =>
    gitHubWebhook.readEvent({ 'x-github-event': 'pull_request' }, { ...PULL, ...changes });
  const READ = { repositoryId: 7, repository: 'team/shop', number: 12, base: 'main', commit: AFTER, branch: 'feature' };

  test.each([
    {},
    { action: 'reopened' },
    { action: 'synchronize' },
    { action: 'synchronized' },
    { action: 'edited', changes: { base: { ref: { from: 'develop' } } } },
  ])('with %j is planned', (changes) => {
    expect(read(changes)).toEqual({ kind: 'pull-request', pullRequest: { ...READ, headRepositoryId: 9 } });
  });

  test('of a repository that was deleted has none', () => {
    expect(read({ pull_request: { ...pull, head: { sha: AFTER, ref: 'feature', repo: null } } })).toEqual({
      kind: 'pull-request',
      pullRequest: READ,
    });
  });

  test.each([
    [{ action: 'edited', changes: { title: {} } }, 'edited'],
    [{ action: 'edited' }, 'edited'],
    [{ action: 'closed', changes: { base: {} } }, 'closed'],
    [{ action: LONG }, LONG.slice(0, 40)],
  ])('with %j changes no plan', (changes, action) => {
    const reason = `event 'pull_request' with action '${action}' changes no plan`;
    expect(read(changes)).toEqual({ kind: 'other', reason });
  });

  test.each([
    { number: 0 },
    { pull_request: { ...pull, base: { ref: '' } } },
    { pull_request: { ...pull, head: { sha: 'x', repo: null } } },
    { pull_request: { ...pull, head: { sha: AFTER, repo: { id: 0 } } } },
    { repository: { id: 0, full_name: 'team/shop' } },
    { repository: { id: 7, full_name: '' } },
  ])('with %j is none', (changes) => {
    expect(read(changes)).toEqual({ kind: 'other', reason: "event 'pull_request' without a pull request in it" });
  });
});
