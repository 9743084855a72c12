/** A notice in words, for any chat: what happened, what failed, and where to look. */
import type { BuildOutcome, RunReport } from '../contract';
import { costText } from '../estimate/price';
import type { Notice } from './notice';

export interface Link {
  readonly title: string;
  readonly url: string;
}

/** Plain text: each chat escapes it in its own way. */
export interface Message {
  readonly title: string;
  readonly isGood: boolean;
  readonly lines: readonly string[];
  readonly links: readonly Link[];
}

/** Chats cut long messages, and people do not read them. */
const JOBS_SHOWN = 8;
const LONGEST_LINE = 500;

/** `report` is the run's, if it has one: a run that was stopped has none. */
export function noticeMessage(notice: Notice, report: RunReport | undefined): Message {
  if (notice.kind === 'run') return runMessage(notice, report);
  if (notice.kind === 'other') return { title: 'Image pipeline', isGood: false, lines: [cut(notice.text)], links: [] };
  const { name, meaning, why, link } = notice;
  return {
    title: `Alarm: ${name}`,
    isGood: false,
    lines: [meaning, why].filter((line) => line !== '').map(cut),
    links: link === undefined ? [] : [{ title: 'Alarm', url: link }],
  };
}

function runMessage({ run, status, link }: Extract<Notice, { kind: 'run' }>, report: RunReport | undefined): Message {
  const failed = report?.failed ?? [];
  const shown = failed.slice(0, JOBS_SHOWN);
  const more = failed.length - shown.length;
  return {
    title: `Run ${run} ${ENDS[status] ?? status}`,
    isGood: status === 'SUCCEEDED',
    lines: [
      ...(report === undefined ? ['Its report is not there yet.'] : facts(report)),
      ...shown.map((job) => cut(`${job.service}: ${job.status}${job.cause === undefined ? '' : `, ${job.cause}`}`)),
      ...(more > 0 ? [`and ${more} more`] : []),
    ],
    links: [{ title: 'Run', url: link }, ...shown.flatMap(logLink)],
  };
}

const ENDS: Readonly<Record<string, string>> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'ran out of time',
  ABORTED: 'was stopped',
};

function facts({ action, version, ref, totals, failed, work, error }: RunReport): string[] {
  const what = [action, version, ref === undefined ? undefined : `of ${ref}`].filter((part) => part !== undefined);
  const counts = `built ${work.built}, retagged ${totals.retag}, kept ${totals.keep}, failed ${failed.length}`;
  // The message of failed builds lists them again.
  const reason =
    error === undefined ? [] : [`${error.name}: ${(error.message.split('\n')[0] ?? '').replace(/:$/, '')}`];
  return [`${what.join(' ')}: ${counts}; ${work.minutes} build minutes, ${costText(work)}`, ...reason].map(cut);
}

function logLink({ service, logs }: BuildOutcome): Link[] {
  return logs?.startsWith('https://') ? [{ title: `Log of ${service}`, url: logs }] : [];
}

function cut(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE - 3)}...`;
}
