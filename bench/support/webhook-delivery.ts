/** Signed pushes in GitHub's format, and concurrent delivery to a served pipeline. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DescribeExecutionCommand, paginateListExecutions } from '@aws-sdk/client-sfn';
import { homePaths } from '../../local/runtime/home';
import { STATE_MACHINE_ARN } from '../../local/serve/execution-store';
import { postDelivery } from '../../test/support/deliveries/post-delivery';
import { type ServedPipeline, servePipelineOfTests } from '../../test/support/deliveries/served-pipeline';

/** Makes a payload of about 30 kB, which is a large push. */
const COMMITS = 100;

interface BenchPush {
  readonly ref: string;
  readonly after: string;
}

/** Returns the headers and body of the delivery. */
function signedPush({ ref, after }: BenchPush, secret: string): { headers: Record<string, string>; body: string } {
  const commits = Array.from({ length: COMMITS }, (_, index) => ({
    id: index.toString(16).padStart(40, 'b'),
    message: `change ${index}: ${'x'.repeat(150)}`,
    added: [],
    modified: [`service${index}/main.py`, `service${index}/Dockerfile`],
    removed: [],
  }));
  const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: 1_760_000_000 };
  const body = JSON.stringify({ ref, before: 'c'.repeat(40), after, repository, commits });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': after,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return { headers, body };
}

/** Returns the delivery as the event that API Gateway passes to the function. */
export function httpEvent(push: BenchPush, secret: string) {
  const { headers, body } = signedPush(push, secret);
  return { headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

interface DeliveredAtOnce {
  /** The time from the first request to the last reply. */
  readonly milliseconds: number;
  /** The number of pushes without a run, plus failed deliveries. */
  readonly lost: number;
  /** The number of runs beyond one per push. */
  readonly doubled: number;
}

/** Delivers `pushes` pushes, each `times` times, all concurrently. Stops their runs at the end. */
export async function deliverAtOnce(pushes: number, times: number): Promise<DeliveredAtOnce> {
  const served = await servePipelineOfTests();
  try {
    const after = served.repository.git('rev-parse', 'main');
    const all = Array.from({ length: pushes }, (_, index) => ({ ref: `refs/heads/feature/bench-${index}`, after }));
    for (const { ref } of all) served.repository.git('update-ref', ref, after);
    const secret = readFileSync(homePaths(served.home).webhookSecret, 'utf8').trim();
    const requests = all.map((push) => signedPush(push, secret));
    const url = `${served.serving().url}/webhook`;
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: times }, () => requests.map((request) => postDelivery(url, request))).flat(),
    );
    const milliseconds = performance.now() - began;
    const refs = await startedRefs(served);
    const lost = all.filter(({ ref }) => !refs.includes(ref)).length;
    const unanswered = answers.filter(({ status }) => status !== 200 && status !== 202).length;
    return { milliseconds, lost: lost + unanswered, doubled: refs.length - new Set(refs).size };
  } finally {
    await served.end();
  }
}

/** Returns the ref of each started run. */
async function startedRefs(served: ServedPipeline): Promise<readonly BenchPush['ref'][]> {
  const client = served.client();
  const arns: string[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn: STATE_MACHINE_ARN })) {
    arns.push(...executions.map(({ executionArn = '' }) => executionArn));
  }
  const found = await Promise.all(
    arns.map((executionArn) => client.send(new DescribeExecutionCommand({ executionArn }))),
  );
  return found.map(({ input }) => JSON.parse(input ?? '{}').ref);
}
