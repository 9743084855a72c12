/** The small pipeline, served on loopback, with an SDK client for its Step Functions endpoint. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, type DescribeExecutionOutput, SFNClient } from '@aws-sdk/client-sfn';
import { executionArn } from '../../../local/serve/execution-store';
import { type Serving, servePipeline } from '../../../local/serve/serve-pipeline';
import { makeSmallPipeline, type SmallPipeline } from '../pipeline/small-pipeline';

export interface ServedPipeline extends SmallPipeline {
  /** Returns the current server, which changes with a restart. */
  serving(): Serving;
  client(): SFNClient;
  /** All logged events. */
  readonly events: object[];
  restart(): Promise<void>;
  /** Waits until the run has ended. Fails after a minute. */
  ended(name: string): Promise<DescribeExecutionOutput>;
  /** A temporary folder that `end` removes. */
  readonly folder: string;
  end(): Promise<void>;
}

/** The command line of this project. */
export const OWN_PROGRAM = [process.execPath, join(__dirname, '../../../bin/pipeline.mjs')] as const;

/** Starts the pipeline. Builds of the services in `refuse` fail. `settings` are changes of the usual ones. */
export async function servePipelineOfTests(
  refuse: ReadonlySet<string> = new Set(),
  settings: Parameters<typeof makeSmallPipeline>[0] = {},
): Promise<ServedPipeline> {
  const pipeline = await makeSmallPipeline(settings);
  const folder = mkdtempSync(join(tmpdir(), 'served-pipeline-'));
  const events: object[] = [];
  const start = () =>
    servePipeline({
      home: pipeline.home,
      port: 0,
      docker: undefined,
      refuse,
      program: OWN_PROGRAM,
      onEvent: (event) => events.push(event),
    });
  const connect = ({ url }: Serving) =>
    new SFNClient({
      endpoint: url,
      region: 'local-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  let serving = await start();
  let client = connect(serving);
  return {
    ...pipeline,
    folder,
    events,
    serving: () => serving,
    client: () => client,
    restart: async () => {
      await serving.close();
      client.destroy();
      serving = await start();
      client = connect(serving);
    },
    ended: async (name) => {
      for (let waited = 0; waited < 60_000; waited += 100) {
        const found = await client.send(new DescribeExecutionCommand({ executionArn: executionArn(name) }));
        if (found.status !== 'RUNNING') return found;
        await new Promise((fulfil) => setTimeout(fulfil, 100));
      }
      throw new Error(`run ${name} did not end`);
    },
    end: async () => {
      client.destroy();
      await serving.close();
      pipeline.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
