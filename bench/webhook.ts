/** How fast the webhook function is, and what it does with 200 deliveries at once. Run by `npm run bench:webhook`. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseSettings } from '../core/settings';
import { deliveryOf, type WebhookReply } from '../lambdas/webhook/delivery';
import { receiveStep } from '../lambdas/webhook/receive';

const SECRET = 'a secret of the bench';
/** A large, ordinary push: about 30 kB. */
const COMMITS = 100;
const ROUNDS = 500;
const AT_ONCE = 200;
/** Most milliseconds for one delivery, without the call that starts the run. */
const TARGET = 5;
/** Time that the service takes to start a run, in ms. */
const START = 20;

const started: string[] = [];
const dependencies = {
  settings: parseSettings({
    git: { host: 'github', repository: 'cloud-tuner/optscale', repositoryId: 123456 },
    releases: { host: 'registry.example.com', namespace: 'cloud-tuner' },
    candidates: { host: 'registry.example.com', repository: 'candidates' },
  }),
  secrets: { current: async () => [SECRET], refreshed: async () => [SECRET] },
  executions: { start: startOnce, find: async () => undefined },
  clock: { now: () => Date.now() },
};

async function startOnce({ name }: { readonly name: string }): Promise<'started' | 'already'> {
  const isNew = !started.includes(name);
  if (isNew) started.push(name);
  if (isServing) await new Promise((done) => setTimeout(done, START));
  return isNew ? 'started' : 'already';
}
let isServing = false;

function eventOf(push: number) {
  const after = push.toString(16).padStart(40, 'a');
  const commits = Array.from({ length: COMMITS }, (_, index) => ({
    id: index.toString(16).padStart(40, 'b'),
    message: `change ${index}: ${'x'.repeat(150)}`,
    added: [],
    modified: [`service${index}/main.py`, `service${index}/Dockerfile`],
    removed: [],
  }));
  const repository = { id: 123456, full_name: 'cloud-tuner/optscale', pushed_at: 1_760_000_000 };
  const body = JSON.stringify({ ref: 'refs/heads/develop', before: 'c'.repeat(40), after, repository, commits });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return { headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

async function main(): Promise<number> {
  const times: number[] = [];
  const events = Array.from({ length: ROUNDS }, (_, index) => eventOf(index));
  for (const event of events) {
    const began = performance.now();
    await receiveStep(deliveryOf(event), dependencies);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  const size = Math.round((events[0]?.body.length ?? 0) / 1365);
  console.log(`one delivery of ${size} kB: median ${at(0.5)} ms, p99 ${at(0.99)} ms (target ${TARGET} ms)`);

  started.length = 0;
  const { answers, milliseconds } = await deliverAtOnce();
  const lost = answers.filter((status) => status !== 202 && status !== 200).length;
  const doubled = started.length - AT_ONCE / 2;
  console.log(
    `${AT_ONCE} deliveries of ${AT_ONCE / 2} pushes at once over HTTP: ${milliseconds.toFixed(0)} ms, ${lost} lost, ${doubled} doubled`,
  );
  return Number(at(0.5)) <= TARGET && lost === 0 && doubled === 0 ? 0 : 1;
}

/** Every push twice, all at the same time, to a server on this machine. */
async function deliverAtOnce(): Promise<{ answers: readonly number[]; milliseconds: number }> {
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString('base64');
    const event = { headers: request.headers as Record<string, string>, body, isBase64Encoded: true };
    const reply: WebhookReply = await receiveStep(deliveryOf(event), dependencies);
    response.writeHead(reply.status).end(reply.reason);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  isServing = true;
  const began = performance.now();
  const replies = Array.from({ length: AT_ONCE }, async (_, index) => {
    const { headers, body } = eventOf(100_000 + Math.floor(index / 2));
    const reply = await fetch(url, { method: 'POST', headers, body: Buffer.from(body, 'base64') });
    await reply.arrayBuffer();
    return reply.status;
  });
  const answers = await Promise.all(replies);
  const milliseconds = performance.now() - began;
  server.closeAllConnections();
  server.close();
  return { answers, milliseconds };
}

void main().then((code) => {
  process.exitCode = code;
});
