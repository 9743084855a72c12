/** The real SDK client invokes the preview function asynchronously over HTTP. */
import { text } from 'node:stream/consumers';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createPreviewStarter } from '../../../adapters/aws/executions';
import { startServer } from '../../support/http/listen';

async function withLambda(status: number, work: (client: LambdaClient) => Promise<void>) {
  const calls: object[] = [];
  const { url: endpoint, stop } = await startServer(async (request, response) => {
    const kind = request.headers['x-amz-invocation-type'];
    calls.push({ path: request.url, kind, body: JSON.parse(await text(request)) });
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 202 ? '' : '{"message":"no"}');
  });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new LambdaClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
  try {
    await work(client);
  } finally {
    client.destroy();
    await stop();
  }
  return calls;
}

const REQUEST = { number: 12, base: 'develop', commit: 'c'.repeat(40) };

test('the preview of a pull request is started asynchronously', async () => {
  const calls = await withLambda(202, (client) => createPreviewStarter(client, 'preview').start(REQUEST));

  expect(calls).toEqual([{ path: '/2015-03-31/functions/preview/invocations', kind: 'Event', body: REQUEST }]);
});

test('an event that Lambda refuses is an error', async () => {
  await withLambda(403, async (client) => {
    await expect(createPreviewStarter(client, 'preview').start(REQUEST)).rejects.toThrow();
  });
});
