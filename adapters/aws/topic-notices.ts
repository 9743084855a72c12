/** Notices to the subscribers of a topic of SNS: e-mail addresses, and the function that posts to chats. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import type { NoticeSender } from '../../core/ports/runs';

/** SNS takes subjects of less than 100 characters of ASCII: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const LONGEST_SUBJECT = 99;

/** Creates a sender. The first line of a notice is the subject of its e-mail, too. */
export function createTopicNotices(client: Pick<SNSClient, 'send'>, topicArn: string): NoticeSender {
  return {
    send: async (text) => {
      const [first = ''] = text.split('\n');
      const subject = first
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, LONGEST_SUBJECT)
        .trim();
      try {
        await client.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text }));
      } catch (error) {
        throw new PipelineError(ERROR_NAMES.notice, `the topic did not take the notice: ${messageOf(error)}`);
      }
    },
  };
}
