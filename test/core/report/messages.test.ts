/** Notices: read from the topic, and as people see them in Slack and Teams. */
import fc from 'fast-check';
import type { BuildOutcome } from '../../../core/contract/job';
import type { RunReport } from '../../../core/contract/report';
import type { Message } from '../../../core/ports/runs';
import {
  type Notice,
  noticeMessage,
  readNotice,
  runNoticeText,
  slackMessage,
  teamsMessage,
} from '../../../core/report/notice';
import { reportOf } from '../../support/pipeline/runs';

const RUN: Notice = { kind: 'run', run: 'push-1', status: 'FAILED', link: 'https://console/run' };

const report = (parts: Partial<RunReport> = {}) =>
  reportOf({
    run: 'push-1',
    status: 'FAILED',
    action: 'push',
    ref: 'develop',
    result: 'built 1, retagged 0, kept 80, failed 1, not done 0',
    work: { built: 1, cacheHits: 0, minutes: 20, cost: 0.2 },
    failed: [{ service: 'auth', status: 'FAILED', cause: 'exit status 1', logs: 'https://console/log' }],
    error: { name: 'BuildsFailed', message: '1 of 2 builds failed; nothing was changed:\n  auth: FAILED' },
    ...parts,
  });

describe('the message about a run', () => {
  test('that failed has its title, the failed jobs and the cause, and links to run and logs', () => {
    expect(noticeMessage(RUN, report())).toEqual({
      title: 'Run push-1 failed',
      isGood: false,
      lines: [
        'push v1.4.0 of develop: built 1, retagged 0, kept 80, failed 1, not done 0; 20 build minutes, $0.20',
        'BuildsFailed: 1 of 2 builds failed; nothing was changed',
        'auth: FAILED, exit status 1',
      ],
      links: [
        { title: 'Run', url: 'https://console/run' },
        { title: 'Log of auth', url: 'https://console/log' },
      ],
    });
  });

  test('of which many jobs failed names some of them', () => {
    const failed: BuildOutcome[] = Array.from({ length: 30 }, (_, index) => ({
      service: `s${index}`,
      status: 'FAILED',
    }));
    const { lines } = noticeMessage(RUN, report({ failed }));

    expect(lines).toHaveLength(2 + 8 + 1);
    expect(lines.at(-1)).toBe('and 22 more');
  });

  test('that is not reported yet says so', () => {
    expect(noticeMessage({ ...RUN, status: 'ABORTED' }, undefined)).toEqual({
      title: 'Run push-1 was stopped',
      isGood: false,
      lines: ['The report of the run is not available yet.'],
      links: [{ title: 'Run', url: 'https://console/run' }],
    });
  });

  test('that succeeded is good news', () => {
    const { error: _, ...good } = report({ status: 'SUCCEEDED', failed: [] });

    expect(noticeMessage({ ...RUN, status: 'SUCCEEDED' }, good)).toMatchObject({
      title: 'Run push-1 succeeded',
      isGood: true,
    });
  });
});

test('the message about an alarm has its meaning, its reason, and a link', () => {
  const alarm: Notice = { kind: 'alarm', name: 'x run stuck', meaning: 'A run hangs', why: '7 > 6', link: 'https://a' };

  expect(noticeMessage(alarm, undefined)).toEqual({
    title: 'Alarm: x run stuck',
    isGood: false,
    lines: ['A run hangs', '7 > 6'],
    links: [{ title: 'Alarm', url: 'https://a' }],
  });
});

const HOSTILE: Message = {
  title: 'Run <!channel> failed',
  isGood: false,
  lines: ['see <https://evil|this> & [that](https://evil)', '*bold* _it_ `code`'],
  links: [{ title: 'Run', url: 'https://console/run?a=1#/v2' }],
};

describe('in Slack', () => {
  test('it is one section with links, and a text for notifications', () => {
    expect(slackMessage(noticeMessage(RUN, report()))).toEqual({
      text: 'Run push-1 failed',
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            verbatim: true,
            text: [
              ':x: *Run push-1 failed*',
              'push v1.4.0 of develop: built 1, retagged 0, kept 80, failed 1, not done 0; 20 build minutes, $0.20',
              'BuildsFailed: 1 of 2 builds failed; nothing was changed',
              'auth: FAILED, exit status 1',
              '<https://console/run|Run> · <https://console/log|Log of auth>',
            ].join('\n'),
          },
        },
      ],
    });
  });

  test('texts from outside mention no one and link nothing', () => {
    const text = JSON.stringify(slackMessage(HOSTILE));

    expect(text).not.toContain('<!');
    expect(text.match(/<[^>]*>/g)).toEqual(['<https://console/run?a=1#/v2|Run>']);
  });

  test('a long message loses lines, keeps its links, and stays within Slack’s limit', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(200)}`);
    const { blocks } = slackMessage({ ...HOSTILE, lines }) as { blocks: { text: { text: string } }[] };

    expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(3000);
    expect(blocks[0]?.text.text).toMatch(/\|Run>$/);
  });
});

describe('in Teams', () => {
  test('it is an adaptive card with buttons', () => {
    expect(teamsMessage(noticeMessage(RUN, report()))).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            msteams: { width: 'Full' },
            body: [
              expect.objectContaining({ type: 'TextBlock', text: 'Run push-1 failed', color: 'Attention', wrap: true }),
              expect.objectContaining({ text: expect.stringContaining('push v1.4.0 of develop: built 1') }),
              expect.objectContaining({ text: 'BuildsFailed: 1 of 2 builds failed; nothing was changed' }),
              expect.objectContaining({ text: 'auth: FAILED, exit status 1' }),
            ],
            actions: [
              { type: 'Action.OpenUrl', title: 'Run', url: 'https://console/run' },
              { type: 'Action.OpenUrl', title: 'Log of auth', url: 'https://console/log' },
            ],
          },
        },
      ],
    });
  });

  test('texts from outside link nothing', () => {
    expect(JSON.stringify(teamsMessage(HOSTILE))).not.toMatch(/[^\\]\]\(https:/);
  });
});

const LINK = 'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/arn:x';

describe('a notice of the topic', () => {
  test.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'])(
    'of a run that ended as %s is read as it was written',
    (status) => {
      const notice = { kind: 'run', run: 'push-develop-1', status, link: LINK };

      expect(readNotice(runNoticeText('push-develop-1', status, LINK))).toEqual(notice);
      expect(readNotice(`"${runNoticeText('push-develop-1', status, LINK)}"`)).toEqual(notice);
    },
  );

  test('of an alarm has its description, its reason, and a link', () => {
    const alarm = {
      AlarmName: 'ImagePipeline run stuck',
      AlarmDescription: 'A run has been going on for 6 hours. What to do: docs/operations.md#run-stuck',
      AlarmArn: 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ImagePipeline run stuck',
      NewStateValue: 'ALARM',
      NewStateReason: 'Threshold Crossed: 1 datapoint [7.0]',
    };

    expect(readNotice(JSON.stringify(alarm))).toEqual({
      kind: 'alarm',
      name: 'ImagePipeline run stuck',
      meaning: alarm.AlarmDescription,
      why: alarm.NewStateReason,
      link: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/ImagePipeline%20run%20stuck',
    });
  });

  test('can be any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['run', 'alarm', 'other']).toContain(readNotice(text).kind);
      }),
    );
    expect(readNotice('null')).toEqual({ kind: 'other', text: 'null' });
  });
});
