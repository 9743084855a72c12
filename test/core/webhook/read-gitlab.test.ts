/** What is read of a delivery, field by field. What differs from the host's documentation is not read as anything else. */
import { createHmac } from 'node:crypto';
import { gitLabWebhook } from '../../../core/webhook/gitlab';
import type { WebhookHeaders } from '../../../core/webhook/payload';

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

describe('a push of GitLab', () => {
  const PUSH = {
    object_kind: 'push',
    ref: 'refs/heads/main',
    before: BEFORE,
    after: AFTER,
    project_id: 7,
    user_username: 'ada',
    project: { path_with_namespace: 'team/shop' },
    commits: COMMITS,
  };
  const read = (changes: object, headers: WebhookHeaders = {}) =>
    gitLabWebhook.readEvent({ 'x-gitlab-event': 'Push Hook', ...headers }, { ...PUSH, ...changes });
  const READ = {
    repositoryId: 7,
    repository: 'team/shop',
    ref: 'refs/heads/main',
    before: BEFORE,
    after: AFTER,
    deleted: false,
    forced: false,
    commits: READ_COMMITS,
  };

  test('has these fields', () => {
    expect(read({})).toEqual({ kind: 'push', pushes: [{ ...READ, pusher: 'ada' }] });
    expect(read({ user_username: 7 })).toEqual({ kind: 'push', pushes: [READ] });
    expect(read({ after: NONE, commits: null })).toMatchObject({ pushes: [{ deleted: true, commits: [] }] });
  });

  test('is known by the id that stays the same when it is sent again, if it has one', () => {
    const ids = { 'idempotency-key': 'key', 'webhook-id': 'id', 'x-gitlab-event-uuid': 'uuid' };

    expect(read({}, ids)).toMatchObject({ pushes: [{ delivery: 'key' }] });
    expect(read({}, { ...ids, 'idempotency-key': undefined })).toMatchObject({ pushes: [{ delivery: 'id' }] });
    expect(read({}, { 'x-gitlab-event-uuid': 'uuid' })).toMatchObject({ pushes: [{ delivery: 'uuid' }] });
  });

  test.each<[object, string]>([
    [{ object_kind: 'tag_push' }, 'object_kind: '],
    [{ ref: 'heads/main' }, 'ref: '],
    [{ project_id: 0 }, 'project_id: '],
    [{ project: { path_with_namespace: '' } }, 'project.path_with_namespace: '],
    [{ before: 'x' }, 'before: must be 40 hex digits'],
  ])('with %j is not read, and the problem has its path', (changes, problem) => {
    expect(read(changes)).toEqual({ kind: 'unreadable', problem: expect.stringContaining(problem) });
  });
});

describe('events of GitLab', () => {
  const read = (event: string | undefined) => gitLabWebhook.readEvent({ 'x-gitlab-event': event }, {});

  test.each([undefined, ''])('need a name, which %j is not', (event) => {
    expect(read(event)).toEqual({ kind: 'unreadable', problem: 'the X-Gitlab-Event header is missing' });
  });

  test('of other kinds start nothing, and a long name is cut', () => {
    const reason = `event '${LONG.slice(0, 40)}' starts nothing; only Push Hook does`;
    expect(read(LONG)).toEqual({ kind: 'other', reason });
  });

  test.each([
    [{ 'webhook-signature': '' }, true],
    [{ 'x-gitlab-token': '' }, true],
    [{ 'webhook-id': 'x' }, false],
  ])('with %j are signed: %p', (headers, expected) => {
    expect(gitLabWebhook.isSigned(headers)).toBe(expected);
  });

  test.each([
    ['plain', ['other', 'plain'], true],
    ['plain', ['other'], false],
    ['whsec_c2VjcmV0', ['whsec_c2VjcmV0'], false],
  ])('with the token %s and the secrets %j are authentic: %p', async (token, secrets, expected) => {
    const headers = { 'x-gitlab-token': token };
    expect(await gitLabWebhook.isAuthentic(headers, Buffer.from('{}'), secrets, 0)).toBe(expected);
  });
});

describe('a signing token of GitLab', () => {
  const key = Buffer.alloc(32, 7);
  const token = `whsec_${key.toString('base64')}`;
  const now = 1_760_000_000_000;
  const timestamp = String(now / 1000);
  const signed = (by: Buffer) => `v1,${createHmac('sha256', by).update(`id.${timestamp}.{}`).digest('base64')}`;
  const ask = (signature: string, secrets: readonly string[]) =>
    gitLabWebhook.isAuthentic(
      { 'webhook-id': 'id', 'webhook-timestamp': timestamp, 'webhook-signature': signature },
      Buffer.from('{}'),
      secrets,
      now,
    );

  test('signs deliveries, which a plain token never does', async () => {
    expect(await ask(signed(key), ['plain', token])).toBe(true);
    expect(await ask(signed(Buffer.alloc(32, 8)), [token])).toBe(false);
    expect(await ask(signed(key), [key.toString('base64')])).toBe(false);
  });
});

describe('a merge request of GitLab', () => {
  const MERGE = {
    iid: 12,
    action: 'open',
    target_branch: 'main',
    source_branch: 'feature',
    source_project_id: 9,
    last_commit: { id: AFTER },
  };
  const project = { id: 7, path_with_namespace: 'team/shop' };
  const read = (attributes: object, more: object = {}) =>
    gitLabWebhook.readEvent(
      { 'x-gitlab-event': 'Merge Request Hook' },
      { object_attributes: { ...MERGE, ...attributes }, project, ...more },
    );
  const READ = { repositoryId: 7, repository: 'team/shop', number: 12, base: 'main', commit: AFTER, branch: 'feature' };

  test.each<[object, object]>([
    [{}, {}],
    [{ action: 'reopen' }, {}],
    [{ action: 'update', oldrev: BEFORE }, {}],
    [{ action: 'update' }, { changes: { target_branch: { previous: 'a' } } }],
  ])('with %j and %j is planned', (attributes, more) => {
    expect(read(attributes, more)).toEqual({ kind: 'pull-request', pullRequest: { ...READ, headRepositoryId: 9 } });
  });

  test('of a project that was deleted has none', () => {
    expect(read({ source_project_id: null })).toEqual({ kind: 'pull-request', pullRequest: READ });
  });

  test.each<[object, object, string]>([
    [{ action: 'update' }, {}, 'update'],
    [{ action: 'update' }, { changes: { title: {} } }, 'update'],
    [{ action: 'merge', oldrev: BEFORE }, {}, 'merge'],
    [{ action: LONG }, {}, LONG.slice(0, 40)],
  ])('with %j and %j changes no plan', (attributes, more, action) => {
    const reason = `event 'Merge Request Hook' with action '${action}' changes no plan`;
    expect(read(attributes, more)).toEqual({ kind: 'other', reason });
  });

  test.each([{ iid: 0 }, { target_branch: '' }, { source_project_id: 0 }, { last_commit: { id: 'x' } }])(
    'with %j is none',
    (attributes) => {
      const reason = "event 'Merge Request Hook' without a merge request in it";
      expect(read(attributes)).toEqual({ kind: 'other', reason });
    },
  );

  test.each([{ project: { ...project, id: 0 } }, { project: { ...project, path_with_namespace: '' } }])(
    'with %j is none',
    (more) => {
      expect(read({}, more)).toMatchObject({ kind: 'other' });
    },
  );
});
