import { SendTaskFailureCommand, SendTaskSuccessCommand, TaskTimedOut } from '@aws-sdk/client-sfn';
import { sendAnswer } from '../../../adapters/aws/executions';

function clientThat(answer: () => unknown) {
  const sent: { readonly input: unknown; readonly kind: string }[] = [];
  const client = {
    send: async (command: SendTaskSuccessCommand | SendTaskFailureCommand) => {
      sent.push({ kind: command.constructor.name, input: command.input });
      return answer();
    },
  };
  return { sent, client: client as unknown as Parameters<typeof sendAnswer>[0] };
}

describe('an answer in AWS', () => {
  test('lets the waiting state go on', async () => {
    const { client, sent } = clientThat(() => ({}));

    expect(await sendAnswer(client, 'token', { approved: true })).toBe(true);
    expect(sent).toEqual([{ kind: SendTaskSuccessCommand.name, input: { taskToken: 'token', output: '{}' } }]);
  });

  test('that is no ends the run as not approved, with the reason', async () => {
    const { client, sent } = clientThat(() => ({}));

    await sendAnswer(client, 'token', { approved: false, reason: 'too late' });

    expect(sent).toEqual([
      {
        kind: SendTaskFailureCommand.name,
        input: { taskToken: 'token', error: 'NotApproved', cause: expect.stringMatching(/: too late$/) },
      },
    ]);
  });

  test('is too late where nobody waits any more', async () => {
    const { client } = clientThat(() => {
      throw new TaskTimedOut({ message: 'Task timed out', $metadata: {} });
    });

    expect(await sendAnswer(client, 'token', { approved: true })).toBe(false);
  });

  test('that AWS refuses is an error', async () => {
    const { client } = clientThat(() => {
      throw new Error('AccessDenied');
    });

    await expect(sendAnswer(client, 'token', { approved: true })).rejects.toThrow('AccessDenied');
  });
});
