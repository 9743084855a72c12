/** Notices about the end of a run or an alarm: the text of the topic, which an e-mail shows, and messages for Slack and Teams. */
import type { BuildOutcome } from '../contract/job';
import type { ExecutionEnd, RunReport } from '../contract/report';
import { costText } from '../estimate/price';
import type { Link, Message } from '../ports/runs';
import { verdictText } from '../scan/scan-text';
import { clipLine } from '../text/escape';
import { present } from '../text/present';
import { approvalText } from './approval';
import { rolloutText } from './rollout-text';
import { alarmLink, endText, errorText, failureText, runTitle, UNREPORTED_ENDS } from './run-text';

export type Notice =
  | { readonly kind: 'run'; readonly run: string; readonly status: string; readonly link: string }
  | {
      readonly kind: 'waiting';
      readonly run: string;
      readonly title: string;
      readonly lines: readonly string[];
      readonly link?: string;
    }
  | {
      readonly kind: 'alarm';
      readonly name: string;
      readonly meaning: string;
      readonly why: string;
      readonly link?: string;
    }
  | { readonly kind: 'other'; readonly text: string };

/** Returns a run's notice in one line. EventBridge fills it in, so that the arguments may be paths of an event. */
export function runNoticeText(run: string, status: string, link: string): string {
  return `Run ${run} ended as ${status}. Details: ${link}`;
}

/** Reads a text of the topic: a run's line, CloudWatch's JSON about an alarm, or anything else. */
export function readNotice(text: string): Notice {
  const [, run, status, link] = /^"?Run (\S+) ended as (\w+)\. Details: (https:\/\/\S+?)"?$/.exec(text.trim()) ?? [];
  if (run !== undefined && status !== undefined && link !== undefined) return { kind: 'run', run, status, link };
  return readWaiting(text) ?? readAlarm(text) ?? { kind: 'other', text };
}

/** Reads the notice that `waitingNotice` of `approval.ts` makes. */
function readWaiting(text: string): Notice | undefined {
  const [title = '', ...lines] = text.trim().split('\n');
  const run = /^Run (\S+) waits for approval: /.exec(title)?.[1];
  if (run === undefined) return undefined;
  const link = /^Details: (https:\/\/\S+)$/.exec(lines.at(-1) ?? '')?.[1];
  const facts = { kind: 'waiting' as const, run, title };
  return link === undefined ? { ...facts, lines } : { ...facts, lines: lines.slice(0, -1), link };
}

function readAlarm(text: string): Notice | undefined {
  try {
    const { AlarmName: name, AlarmDescription: meaning, NewStateReason: why, AlarmArn: arn } = Object(JSON.parse(text));
    if (typeof name !== 'string') return undefined;
    const link = alarmLink(String(arn), name);
    return { kind: 'alarm', name, meaning: String(meaning ?? ''), why: String(why ?? ''), ...present({ link }) };
  } catch {
    return undefined;
  }
}

const JOBS_SHOWN = 8;

const LONGEST_LINE = 500;

/** Returns the message for any chat. `report` is undefined if the run is not reported yet. */
export function noticeMessage(notice: Notice, report: RunReport | undefined): Message {
  if (notice.kind === 'run') return runMessage(notice, report);
  if (notice.kind === 'waiting') {
    const { title, lines, link } = notice;
    const links = link === undefined ? [] : [{ title: 'Run', url: link }];
    return { title: line(title), isGood: true, isQuestion: true, lines: lines.map(line), links };
  }
  if (notice.kind === 'other') return { title: 'Image pipeline', isGood: false, lines: [line(notice.text)], links: [] };
  const { name, meaning, why, link } = notice;
  return {
    title: line(`Alarm: ${name}`),
    isGood: false,
    lines: [meaning, why].filter((text) => text !== '').map(line),
    links: link === undefined ? [] : [{ title: 'Alarm', url: link }],
  };
}

function runMessage({ run, status, link }: Extract<Notice, { kind: 'run' }>, report: RunReport | undefined): Message {
  const failed = report?.failed ?? [];
  const shown = failed.slice(0, JOBS_SHOWN);
  const more = failed.length - shown.length;
  return {
    title: line(`Run ${run} ${report === undefined ? unreportedEnd(status) : endText(report)}`),
    isGood: status === 'SUCCEEDED',
    lines: [
      ...(report === undefined ? ['The report of the run is not available yet.'] : reportLines(report)),
      ...shown.map(failureText),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].map(line),
    links: [{ title: 'Run', url: link }, ...pageLink(report), ...shown.flatMap(logLink)],
  };
}

function unreportedEnd(status: string): string {
  if (status === 'SUCCEEDED') return 'succeeded';
  return endText({ status: 'FAILED', error: UNREPORTED_ENDS[status as Exclude<ExecutionEnd, 'SUCCEEDED'>] });
}

function reportLines(report: RunReport): readonly string[] {
  const { ref, result, work } = report;
  const title = [runTitle(report), ...(ref === undefined ? [] : [`of ${ref}`])].join(' ');
  const [error] = errorText(report)?.split('\n') ?? [];
  return [
    `${title}: ${result}; ${work.minutes} build minutes, ${costText(work)}`,
    ...(error === undefined ? [] : [error]),
    ...(report.scan === undefined ? [] : [`scan: ${verdictText(report.scan)}`]),
    ...(report.rollout === undefined ? [] : [rolloutText(report.rollout)]),
    ...(report.approval === undefined ? [] : [approvalText(report.approval) ?? '']),
    ...(report.tag === undefined
      ? []
      : [`tagged ${report.tag.name}${report.tag.url === undefined ? '' : `: ${report.tag.url}`}`]),
    ...(report.warnings ?? []).map((warning) => `Note: ${warning}`),
  ];
}

/** An address that ends no link of a chat. A log on one machine is a path. */
const WEB_ADDRESS = /^https:\/\/[^\s\p{C}<>|]+$/u;

function pageLink(report: RunReport | undefined): Link[] {
  const { page } = report ?? {};
  return page !== undefined && WEB_ADDRESS.test(page) ? [{ title: 'Page', url: page }] : [];
}

function logLink({ service, logs }: BuildOutcome): Link[] {
  return logs !== undefined && WEB_ADDRESS.test(logs) ? [{ title: line(`Log of ${service}`), url: logs }] : [];
}

/** Returns the text as one line that chats show whole. */
function line(text: string): string {
  return clipLine(text, LONGEST_LINE);
}

/** Characters that Slack takes in a section. */
const SLACK_LIMIT = 3000;

/** Returns the body for an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackMessage({ title, isGood, isQuestion = false, lines, links }: Message): object {
  const icon = isQuestion ? ':raised_hand:' : isGood ? ':white_check_mark:' : ':x:';
  const body = [
    `${icon} *${escapeSlack(title)}*`,
    ...lines.map(escapeSlack),
    links.map(({ title: name, url }) => `<${url}|${escapeSlack(name)}>`).join(' · '),
  ];
  const text = clipMiddle(body.filter((line) => line !== ''));
  // With `verbatim`, addresses and names in the text are not turned into links.
  return {
    text: escapeSlack(title),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } }],
  };
}

/** Leaves out whole lines before the last one, which has the links, until the text fits. */
function clipMiddle(lines: readonly string[]): string {
  const text = lines.join('\n');
  return text.length <= SLACK_LIMIT || lines.length < 3
    ? text.slice(0, SLACK_LIMIT)
    : clipMiddle([...lines.slice(0, -2), ...lines.slice(-1)]);
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Buttons that Teams shows below one card. */
const MAX_LINKS = 6;

/**
 * Returns the body for a workflow ("When a Teams webhook request is received"): a message with an adaptive card as its attachment.
 * https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
export function teamsMessage({ title, isGood, isQuestion = false, lines, links }: Message): object {
  const color = isQuestion ? 'Warning' : isGood ? 'Good' : 'Attention';
  const block = (text: string, style: object = {}) => ({
    type: 'TextBlock',
    text: escapeTeams(text),
    wrap: true,
    ...style,
  });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [block(title, { weight: 'Bolder', size: 'Medium', color }), ...lines.map((line) => block(line))],
    actions: links.slice(0, MAX_LINKS).map(({ title: name, url }) => ({ type: 'Action.OpenUrl', title: name, url })),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** Escapes the part of Markdown that cards know: https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features */
function escapeTeams(text: string): string {
  return text.replace(/[\\`*_[\]()#~|<>&]|^[-+]|(?<=^\d{1,9})[.)]/g, '\\$&');
}
