/** Hands a pull request to the preview function, without waiting for what it makes of it. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { PreviewStarter } from '../../core/ports';

/** Starts the function with that name or ARN. Lambda repeats an event that failed twice. */
export function createPreviewStarter(client: LambdaClient, functionName: string): PreviewStarter {
  return {
    start: async (request) => {
      const payload = {
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify(request),
      } as const;
      await client.send(new InvokeCommand(payload));
    },
  };
}
