/** Measures the webhook function: single deliveries, and 200 at once. Run by `npm run bench:webhook`. */
import { parseSettings } from '../core/settings/parse-settings';
import { deliveryOf } from '../lambdas/webhook/delivery';
import { receiveStep } from '../lambdas/webhook/receive';
import type { Round } from './support/measure';
import { deliverAtOnce, httpEvent } from './support/webhook-delivery';
import { timeHandler } from './support/webhook-handler';

const SECRET = 'a secret of the bench';
const ROUNDS = 500;
const WARM_UP = 50;
const AT_ONCE = 200;
/** Most milliseconds of a median: to verify and decide; and of the warm function's answer but for the call that starts the run. */
const TARGET = { decide: 5, answer: 10 };

const settings = parseSettings({
  git: { host: 'github', repository: 'cloud-tuner/optscale', repositoryId: 123456 },
  releases: { host: 'registry.example.com', namespace: 'cloud-tuner' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
});
const missed: string[] = [];

void main();

async function main(): Promise<void> {
  const decided = await timeDecisions();
  const { body } = eventOf(0);
  print(`one delivery of ${Math.round((body.length * 3) / 4 / 1024)} kB`);
  line('verify and decide', decided, TARGET.decide);
  const rounds = await timeHandler(settings, SECRET, { rounds: ROUNDS, warmUp: WARM_UP });
  line(
    'warm function, all of it',
    timesOf(rounds, ({ work }) => work),
  );
  line(
    'a bare StartExecution call',
    timesOf(rounds, ({ floor }) => floor),
  );
  line(
    'warm function without that call',
    timesOf(rounds, ({ work, floor }) => work - floor),
    TARGET.answer,
  );
  const { milliseconds, lost, doubled } = await deliverAtOnce(AT_ONCE / 2, 2);
  const what = `${AT_ONCE} deliveries of ${AT_ONCE / 2} pushes at once to a served pipeline`;
  print(`${what}: ${milliseconds.toFixed(0)} ms, ${lost} lost, ${doubled} doubled (target 0 and 0)`);
  if (lost > 0) missed.push(`${lost} lost`);
  if (doubled > 0) missed.push(`${doubled} doubled`);
  if (missed.length > 0) print(`missed: ${missed.join(', ')}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

/** The step alone: every delivery is of another push, whose start costs nothing. */
async function timeDecisions(): Promise<readonly number[]> {
  const dependencies = {
    settings,
    secrets: { current: async () => [SECRET], refreshed: async () => [SECRET] },
    executions: { start: async () => 'started' as const, find: async () => undefined },
    clock: { now: () => Date.now() },
  };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
    const event = eventOf(round);
    const began = performance.now();
    await receiveStep(deliveryOf(event), dependencies);
    times.push(performance.now() - began);
  }
  return sorted(times.slice(WARM_UP));
}

function eventOf(push: number) {
  return httpEvent({ ref: 'refs/heads/develop', after: push.toString(16).padStart(40, 'a') }, SECRET);
}

function timesOf(rounds: readonly Round[], time: (round: Round) => number): readonly number[] {
  return sorted(rounds.map(time));
}

function sorted(times: readonly number[]): readonly number[] {
  return [...times].sort((one, other) => one - other);
}

function line(what: string, times: readonly number[], target?: number): void {
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  const goal = target === undefined ? '' : ` (target ${target} ms)`;
  print(`  ${what.padEnd(32)} median ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms${goal}`);
  if (target !== undefined && at(0.5) > target) missed.push(`${what}: ${at(0.5).toFixed(2)} ms`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
