/** The notify step: every chat gets the notice, with the facts of the report. */
import { objectKeys } from '../../../core/contract/keys';
import type { Message } from '../../../core/ports/runs';
import { runNoticeText } from '../../../core/report/notice';
import type { Chat } from '../../../core/settings/schema';
import { type NotifyDependencies, notifyStep } from '../../../lambdas/notify/notify';
import { createMemoryStore } from '../../support/pipeline/memory-state';
import { reportOf } from '../../support/pipeline/runs';

const TEXT = runNoticeText('run-1', 'FAILED', 'https://console/run');
const REPORT = reportOf({ status: 'FAILED', failed: [{ service: 'auth', status: 'FAILED' }] });

let posted: [Chat, Message][];
let refused: Chat[];

beforeEach(() => {
  posted = [];
  refused = [];
});

function notify(text: string, changes: Partial<NotifyDependencies> = {}) {
  const post = async (chat: Chat, message: Message) => {
    if (refused.includes(chat)) throw new Error(`${chat} refused`);
    posted.push([chat, message]);
  };
  return notifyStep(text, { store: createMemoryStore(), chats: ['slack', 'teams'], poster: { post }, ...changes });
}

test('posts the failed jobs of the run to every chat', async () => {
  const store = createMemoryStore();
  await store.put(objectKeys.report('run-1'), JSON.stringify(REPORT));

  expect(await notify(TEXT, { store })).toEqual({ run: 'run-1', posted: ['slack', 'teams'] });
  expect(posted.map(([chat]) => chat)).toEqual(['slack', 'teams']);
  expect(posted[0]?.[1]).toMatchObject({ title: 'Run run-1 failed', lines: expect.arrayContaining(['auth: FAILED']) });
});

test('posts a run whose report cannot be read', async () => {
  await notify(TEXT, { store: { get: () => Promise.reject(new Error('S3 is down')) } });

  expect(posted).toHaveLength(2);
  expect(posted[0]?.[1].title).toBe('Run run-1 failed');
});

test('posts to the other chat if one refuses, and then fails so that Lambda retries', async () => {
  refused = ['slack'];
  await expect(notify(TEXT)).rejects.toThrow('slack refused');
  expect(posted.map(([chat]) => chat)).toEqual(['teams']);

  refused = ['slack', 'teams'];
  await expect(notify(TEXT)).rejects.toThrow('Error: slack refused; Error: teams refused');
});

test('passes on other messages', async () => {
  expect(await notify('a person wrote this')).toEqual({ posted: ['slack', 'teams'] });
  expect(posted[0]?.[1].lines).toEqual(['a person wrote this']);
});
