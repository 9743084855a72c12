import { SendTaskFailureCommand, SendTaskSuccessCommand, TaskTimedOut } from '@aws-sdk/client-sfn';
import { sendAnswer } from '../../../adapters/aws/executions';

/** A scripted client: every command gets the given reply. */
function scriptedClient(reply: () => unknown) {
  const sent: { readonly input: unknown; readonly kind: string }[] = [];
  const client = {
    send: async (command: SendTaskSuccessCommand | SendTaskFailureCommand) => {
      sent.push({ kind: command.constructor.name, input: command.input });
      return reply();
    },
  };
  return { sent, client: client as unknown as Parameters<typeof sendAnswer>[0] };
}

describe('an approval in AWS', () => {
  test('resumes the waiting state', async () => {
    const { client, sent } = scriptedClient(() => ({}));

    expect(await sendAnswer(client, 'token', { approved: true })).toBe(true);
    expect(sent).toEqual([{ kind: SendTaskSuccessCommand.name, input: { taskToken: 'token', output: '{}' } }]);
  });

  test('that rejects fails the run as NotApproved with the reason', async () => {
    const { client, sent } = scriptedClient(() => ({}));

    await sendAnswer(client, 'token', { approved: false, reason: 'too late' });

    expect(sent).toEqual([
      {
        kind: SendTaskFailureCommand.name,
        input: { taskToken: 'token', error: 'NotApproved', cause: expect.stringMatching(/: too late$/) },
      },
    ]);
  });

  test('is too late if the state no longer waits', async () => {
    const { client } = scriptedClient(() => {
      throw new TaskTimedOut({ message: 'Task timed out', $metadata: {} });
    });

    expect(await sendAnswer(client, 'token', { approved: true })).toBe(false);
  });

  test('that AWS refuses throws the error', async () => {
    const { client } = scriptedClient(() => {
      throw new Error('AccessDenied');
    });

    await expect(sendAnswer(client, 'token', { approved: true })).rejects.toThrow('AccessDenied');
  });
});
