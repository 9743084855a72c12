/** Which heads of branches get a run without a webhook. */
import type { Catalog } from '../../../core/catalog/model';
import { parseSettings } from '../../../core/settings/parse-settings';
import { isRecorded, type PastRuns, reconcileBranch } from '../../../core/webhook/reconcile';

const COMMIT = '2'.repeat(40);
const NOW = Date.parse('2026-11-23T12:00:00Z');
const DAY = 24 * 60 * 60 * 1000;
const NO_RUN: PastRuns = { statuses: [], caughtUp: 0, committed: false, isOwn: false };

const settings = parseSettings({
  git: { host: 'github', repository: 'team/shop' },
  releases: { host: 'registry.example.com', namespace: 'team' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
  branches: [
    { branch: 'develop', allow: ['push', 'build'], version: '{version}-dev' },
    { branch: 'main', allow: ['release'] },
    { branch: 'x/*', allow: ['push'], version: '{version}-{slug}' },
  ],
});

const decide = (past: Partial<PastRuns>, name = 'develop', age = 0) => {
  const head = { name, commit: COMMIT, message: '', committedAt: NOW - age };
  return reconcileBranch(head, { ...NO_RUN, ...past }, settings, NOW);
};

test('a head without a run gets a push, under a name that depends on the catch-ups so far', () => {
  const first = decide({});
  const again = decide({ caughtUp: 1 });

  expect(first).toEqual({
    kind: 'start',
    name: expect.stringMatching(/^push-develop-2{12}-/),
    input: { action: 'push', ref: 'refs/heads/develop', commit: COMMIT },
  });
  expect(decide({})).toEqual(first);
  expect(again).not.toEqual(first);
});

test.each<[string, Partial<PastRuns>]>([
  ['the pipeline made its head', { isOwn: true }],
  ['a run of its head is open', { statuses: ['RUNNING', 'FAILED'] }],
  ['the run of its head failed and was reported', { statuses: ['FAILED', 'SUCCEEDED'] }],
  ['the run of its head has succeeded', { statuses: ['SUCCEEDED', 'FAILED'] }],
])('nothing starts if %s', (reason, past) => {
  expect(decide(past)).toEqual({ kind: 'ignore', reason });
});

test('a head whose commit of the pipeline was removed gets a run', () => {
  expect(decide({ statuses: ['SUCCEEDED'], committed: true }).kind).toBe('start');
});

test.each([
  ['main', 0, 'ignore'],
  ['other', 0, 'ignore'],
  ['x/a', 3 * DAY, 'start'],
  ['x/a', 3 * DAY + 1, 'ignore'],
  ['develop', 400 * DAY, 'start'],
])('a head of %s, %i ms old: %s', (name, age, kind) => {
  expect(decide({}, name, age).kind).toBe(kind);
});

describe('a commit is recorded', () => {
  const catalog = { services: [{ name: 'auth' }, { name: 'ngui' }] } as unknown as Catalog;
  const digests = (of: Readonly<Record<string, string>>) =>
    new Map(Object.entries(of).map(([name, inputDigest]) => [name, { inputDigest }])) as never;
  const recorded = (inputs: Readonly<Record<string, string>>, lock: Readonly<Record<string, string>>) =>
    isRecorded({ catalog, inputs: digests(inputs), lock: digests(lock) });

  test('only if the lock has every service with its inputs', () => {
    expect(recorded({ auth: 'a', ngui: 'b' }, { auth: 'a', ngui: 'b', old: 'c' })).toBe(true);
    expect(recorded({ auth: 'a', ngui: 'b' }, { auth: 'a', ngui: 'c' })).toBe(false);
    expect(recorded({ auth: 'a', ngui: 'b' }, { auth: 'a' })).toBe(false);
    expect(recorded({ auth: 'a' }, { auth: 'a' })).toBe(false);
  });
});
