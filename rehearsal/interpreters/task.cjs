/** The function of all tasks, the same file on both interpreters. It behaves as its request says. */
exports.handler = async (request) => {
  const { returns = null, throws, throwsBelow = 0, attempt = 0, waitMs = 0, bytes = 0, token, answer } = request;
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  if (throws !== undefined || attempt < throwsBelow) {
    const error = new Error('asked to fail');
    error.name = throws ?? 'TooEarly';
    throw error;
  }
  // On the local runtime, `compare.ts` answers instead.
  if (answer !== undefined && process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined) await send(token, answer);
  return bytes > 0 ? 'x'.repeat(bytes) : returns;
};

async function send(taskToken, answer) {
  const { SFNClient, SendTaskSuccessCommand, SendTaskFailureCommand } = require('@aws-sdk/client-sfn');
  const client = new SFNClient({});
  const failed = new SendTaskFailureCommand({ taskToken, error: answer.error, cause: 'refused' });
  const succeeded = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer.output ?? null) });
  await client.send(answer.error === undefined ? succeeded : failed);
}
