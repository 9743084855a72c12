/** Who calls AWS, and what people who subscribed are told. */
import type { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { STSClient } from '@aws-sdk/client-sts';
import { readCaller } from '../../../adapters/aws/caller';
import { createTopicNotices } from '../../../adapters/aws/topic-notices';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:Notices';

function scriptedTopic(reply: () => unknown = () => ({})) {
  const sent: unknown[] = [];
  const client = {
    send: async (command: PublishCommand) => {
      sent.push(command.input);
      return reply();
    },
  };
  return { sent, notices: createTopicNotices(client as unknown as Pick<SNSClient, 'send'>, TOPIC) };
}

test('a notice is published as it is, with its first line as the subject of an e-mail', async () => {
  const { sent, notices } = scriptedTopic();
  await notices.send('Run r waits for approval: promote v1.4.0\nApprove: npx pipeline approve r');
  expect(sent).toEqual([
    {
      TopicArn: TOPIC,
      Subject: 'Run r waits for approval: promote v1.4.0',
      Message: 'Run r waits for approval: promote v1.4.0\nApprove: npx pipeline approve r',
    },
  ]);
});

test('a subject has only what SNS takes: less than 100 characters of ASCII', async () => {
  const { sent, notices } = scriptedTopic();
  await notices.send(`Freigabe für Ärzte → ${'x'.repeat(200)}\nmore`);
  const { Subject } = Object(sent[0]);
  expect(Subject).toMatch(/^Freigabe f\?r \?rzte \? x{78}$/);
  expect(Subject).toHaveLength(99);
});

test('a topic that takes no notice is named in an error', async () => {
  const { notices } = scriptedTopic(() => {
    throw new Error('AuthorizationError');
  });
  await expect(notices.send('x')).rejects.toMatchObject({
    name: 'NoticeError',
    message: 'the topic did not take the notice: AuthorizationError',
  });
});

test('the caller is the ARN of the identity, and no answer is an error', async () => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/Developer/alice';
  const client = (reply: object) => ({ send: async () => reply }) as unknown as Pick<STSClient, 'send'>;
  expect(await readCaller(client({ Arn: arn }))).toBe(arn);
  await expect(readCaller(client({}))).rejects.toThrow('AWS did not say who calls');
});
