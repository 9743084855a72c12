/** A notice in words, for any chat: what happened, what failed, and where to look. */
import type { BuildOutcome } from '../contract/job';
import type { RunReport } from '../contract/report';
import { costText } from '../estimate/price';
import type { Link, Message } from '../ports/runs';

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

// What people are told: how a run ended, or that an alarm went off. It comes as text, which is what an e-mail of the topic shows.

/** How a run can end, in the words of Step Functions. */
export type RunEnd = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export type Notice =
  | { readonly kind: 'run'; readonly run: string; readonly status: string; readonly link: string }
  | {
      readonly kind: 'alarm';
      readonly name: string;
      readonly meaning: string;
      readonly why: string;
      readonly link?: string;
    }
  | { readonly kind: 'other'; readonly text: string };

/** A run's notice in one line. EventBridge makes it, so that the parts may be places of an event. */
export function runNoticeText(run: string, status: string, link: string): string {
  return `Run ${run} ended as ${status}. What it did: ${link}`;
}

/** Reads what came over the topic: a run's line, CloudWatch's description of an alarm, or what somebody else put there. */
export function readNotice(text: string): Notice {
  const [, run, status, link] =
    /^"?Run (\S+) ended as (\w+)\. What it did: (https:\/\/\S+?)"?$/.exec(text.trim()) ?? [];
  if (run !== undefined && status !== undefined && link !== undefined) return { kind: 'run', run, status, link };
  return readAlarm(text) ?? { kind: 'other', text };
}

function readAlarm(text: string): Notice | undefined {
  try {
    const { AlarmName: name, AlarmDescription: meaning, NewStateReason: why, AlarmArn: arn } = Object(JSON.parse(text));
    if (typeof name !== 'string') return undefined;
    const link = alarmLink(String(arn), name);
    const known = { kind: 'alarm' as const, name, meaning: String(meaning ?? ''), why: String(why ?? '') };
    return link === undefined ? known : { ...known, link };
  } catch {
    return undefined;
  }
}

function alarmLink(arn: string, name: string): string | undefined {
  const region = /^arn:aws:cloudwatch:([\w-]+):/.exec(arn)?.[1];
  if (region === undefined) return undefined;
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
  return `${console}#alarmsV2:alarm/${encodeURIComponent(name)}`;
}
