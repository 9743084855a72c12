/** What is read of a delivery of Bitbucket Cloud, field by field. */
import { createHmac } from 'node:crypto';
import { bitbucketWebhook } from '../../../core/webhook/bitbucket';

const BEFORE = '1'.repeat(40);
const AFTER = '2'.repeat(40);
const NONE = '0'.repeat(40);
const LONG = 'e'.repeat(50);
const repository = { uuid: '{7}', full_name: 'team/shop' };

describe('a push of Bitbucket', () => {
  const at = (hash: string, more: object = {}) => ({ type: 'branch', name: 'main', target: { hash }, ...more });
  const CHANGE = { old: at(BEFORE), new: at(AFTER), forced: true };
  const read = (changes: readonly object[], more: object = {}) =>
    bitbucketWebhook.readEvent({ 'x-event-key': 'repo:push' }, { repository, push: { changes }, ...more });
  const READ = {
    repositoryId: '{7}',
    repository: 'team/shop',
    ref: 'refs/heads/main',
    before: BEFORE,
    after: AFTER,
    deleted: false,
    forced: true,
    commits: [],
  };

  test('has these fields, once for each ref', () => {
    const tag = { type: 'tag', name: 'v1' };

    expect(read([CHANGE, { old: null, new: at(AFTER, tag) }, { old: at(BEFORE), new: null }])).toEqual({
      kind: 'push',
      pushes: [
        READ,
        { ...READ, ref: 'refs/tags/v1', before: NONE, forced: false },
        { ...READ, after: NONE, deleted: true, forced: false },
      ],
    });
  });

  test('has the delivery and the person, if they are known', () => {
    const payload = { repository, push: { changes: [CHANGE] }, actor: { display_name: 'Ada' } };

    expect(bitbucketWebhook.readEvent({ 'x-event-key': 'repo:push', 'x-request-uuid': 'id' }, payload)).toEqual({
      kind: 'push',
      pushes: [{ ...READ, delivery: 'id', pusher: 'Ada' }],
    });
    expect(read([CHANGE], { actor: { display_name: 7 } })).toEqual({ kind: 'push', pushes: [READ] });
    expect(read([CHANGE], { actor: {} })).toEqual({ kind: 'push', pushes: [READ] });
  });

  test('of what is neither branch nor tag is none', () => {
    const bookmark = { type: 'named_branch' };
    const changes = [{ old: null, new: at(AFTER, bookmark) }, {}];

    expect(read(changes)).toEqual({ kind: 'push', pushes: [] });
  });

  test.each<[object, string]>([
    [{ repository: { ...repository, uuid: '' } }, 'repository.uuid: '],
    [{ repository: { ...repository, uuid: 'x'.repeat(65) } }, 'repository.uuid: '],
    [{ repository: { ...repository, full_name: '' } }, 'repository.full_name: '],
    [{ push: { changes: [{ new: at('x') }] } }, 'push.changes.0.new.target.hash: must be 40 hex digits'],
    [{ push: { changes: [{ old: at(BEFORE, { name: '' }) }] } }, 'push.changes.0.old.name: '],
  ])('with %j is not read, and the problem has its path', (more, problem) => {
    expect(read([CHANGE], more)).toEqual({ kind: 'unreadable', problem: expect.stringContaining(problem) });
  });
});

describe('events of Bitbucket', () => {
  const read = (event: string | undefined) => bitbucketWebhook.readEvent({ 'x-event-key': event }, {});

  test.each([undefined, ''])('need a name, which %j is not', (event) => {
    expect(read(event)).toEqual({ kind: 'unreadable', problem: 'the X-Event-Key header is missing' });
  });

  test('of other kinds start nothing, and a long name is cut', () => {
    const reason = `event '${LONG.slice(0, 40)}' starts nothing; only repo:push does`;
    expect(read(LONG)).toEqual({ kind: 'other', reason });
  });

  test('are authentic if one of the secrets signed them in that header', async () => {
    const signature = `sha256=${createHmac('sha256', 'secret').update('{}').digest('hex')}`;
    const ask = (secrets: readonly string[], header = 'x-hub-signature') =>
      bitbucketWebhook.isAuthentic({ [header]: signature }, Buffer.from('{}'), secrets, 0);

    expect(await ask(['other', 'secret'])).toBe(true);
    expect(await ask(['other'])).toBe(false);
    expect(await ask(['secret'], 'x-signature')).toBe(false);
  });

  test('are signed if they have the header', () => {
    expect(bitbucketWebhook.isSigned({ 'x-hub-signature': '' })).toBe(true);
    expect(bitbucketWebhook.isSigned({ 'x-hub-signature-256': 'x' })).toBe(false);
  });
});

describe('a pull request of Bitbucket', () => {
  const source = { commit: { hash: AFTER.slice(0, 12) }, repository: { ...repository, uuid: '{9}' } };
  const PULL = { id: 12, source, destination: { branch: { name: 'main' } } };
  const read = (changes: object, event = 'pullrequest:created', more: object = {}) =>
    bitbucketWebhook.readEvent({ 'x-event-key': event }, { repository, pullrequest: { ...PULL, ...changes }, ...more });
  const READ = {
    repositoryId: '{7}',
    repository: 'team/shop',
    number: 12,
    base: 'main',
    commit: AFTER.slice(0, 12),
  };

  test.each(['pullrequest:created', 'pullrequest:updated', 'pullrequest:push'])('is planned by %s', (event) => {
    expect(read({}, event)).toEqual({ kind: 'pull-request', pullRequest: { ...READ, headRepositoryId: '{9}' } });
  });

  test('of a repository that was deleted has none', () => {
    const event = read({ source: { ...source, repository: null } });
    expect(event).toEqual({ kind: 'pull-request', pullRequest: READ });
  });

  test.each([
    { id: 0 },
    { source: { ...source, commit: { hash: AFTER.slice(0, 11) } } },
    { source: { ...source, commit: { hash: `${AFTER}2` } } },
    { source: { ...source, commit: { hash: `$(id)${AFTER}` } } },
    { destination: { branch: { name: '' } } },
  ])('with %j is none', (changes) => {
    const reason = "event 'pullrequest:push' without a pull request in it";
    expect(read(changes, 'pullrequest:push')).toEqual({ kind: 'other', reason });
  });
});
