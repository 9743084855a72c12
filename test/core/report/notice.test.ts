/** What comes over the topic is read again as what it was. */
import fc from 'fast-check';
import { readNotice, runNoticeText } from '../../../core/report/notice';

const LINK = 'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/arn:x';

describe('a notice', () => {
  test.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'])(
    'of a run that ended as %s is read as it was written',
    (status) => {
      const notice = { kind: 'run', run: 'push-develop-1', status, link: LINK };

      expect(readNotice(runNoticeText('push-develop-1', status, LINK))).toEqual(notice);
      expect(readNotice(`"${runNoticeText('push-develop-1', status, LINK)}"`)).toEqual(notice);
    },
  );

  test('of an alarm has its description, why it went off, and the way to it', () => {
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
