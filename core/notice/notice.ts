/** What people are told: how a run ended, or that an alarm went off. It comes as text, which is what an e-mail of the topic shows. */

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
