/** The notify step: posts a notice of the topic to every chat of the settings, with the facts of the run's report. */
import { objectKeys } from '../../core/contract/keys';
import type { RunReport } from '../../core/contract/report';
import type { ChatPoster } from '../../core/ports/runs';
import type { ObjectStore } from '../../core/ports/store';
import { type Notice, noticeMessage, readNotice } from '../../core/report/notice';
import type { Chat } from '../../core/settings/schema';
import { readIfStored } from '../shared/stored';

export interface NotifyDependencies {
  readonly store: Pick<ObjectStore, 'get'>;
  readonly chats: readonly Chat[];
  readonly poster: ChatPoster;
}

export interface NotifyResult {
  /** The run that the notice is about, if any. */
  readonly run?: string;
  /** The chats that have the notice. */
  readonly posted: readonly Chat[];
}

/** Tries every chat, then throws if one of them did not take the notice. */
export async function notifyStep(text: string, { store, chats, poster }: NotifyDependencies): Promise<NotifyResult> {
  const notice = readNotice(text);
  const message = noticeMessage(notice, await reportOf(notice, store));
  const posts = await Promise.allSettled(chats.map((chat) => poster.post(chat, message)));
  const refusals = posts.flatMap((post) => (post.status === 'rejected' ? [post.reason] : []));
  if (refusals.length > 0) throw refusals.length === 1 ? refusals[0] : new Error(refusals.map(String).join('; '));
  return { ...('run' in notice ? { run: notice.run } : {}), posted: chats };
}

/** Returns the stored report, or undefined if it cannot be read: the notice is posted all the same. */
async function reportOf(notice: Notice, store: Pick<ObjectStore, 'get'>): Promise<RunReport | undefined> {
  if (notice.kind !== 'run') return undefined;
  return readIfStored<RunReport>(store, objectKeys.report(notice.run)).catch(() => undefined);
}
