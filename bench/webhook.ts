/** Measures the webhook function: single deliveries, and 200 at once. Run by `npm run bench:webhook`. */
import { parseSettings } from '../core/settings/parse-settings';
import { deliveryOf } from '../lambdas/webhook/delivery';
import { receiveStep } from '../lambdas/webhook/receive';
import type { Round } from './support/measure';
import { deliverAtOnce, httpEvent } from './support/webhook-delivery';
import { timeHandler } from './support/webhook-handler';

const SECRET = 'a benchmark secret';
const ROUNDS = 500;
const WARM_UP = 50;
const AT_ONCE = 200;
/** Upper limits for medians, in ms. `answer` is the reply of the warm function without the call that starts the run. */
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
  console.log(`one delivery of ${Math.round((body.length * 3) / 4 / 1024)} kB`);
  printTimes('verify and decide', decided, TARGET.decide);
  const rounds = await timeHandler(settings, SECRET, { rounds: ROUNDS, warmUp: WARM_UP });
  printTimes(
    'warm function, total',
    timesOf(rounds, ({ work }) => work),
  );
  printTimes(
    'a bare StartExecution call',
    timesOf(rounds, ({ floor }) => floor),
  );
  printTimes(
    'warm function without that call',
    timesOf(rounds, ({ work, floor }) => work - floor),
    TARGET.answer,
  );
  const { milliseconds, lost, doubled } = await deliverAtOnce(AT_ONCE / 2, 2);
  const load = `${AT_ONCE} deliveries of ${AT_ONCE / 2} pushes sent concurrently to a served pipeline`;
  console.log(`${load}: ${milliseconds.toFixed(0)} ms, ${lost} lost, ${doubled} duplicated (target 0 and 0)`);
  if (lost > 0) missed.push(`${lost} lost`);
  if (doubled > 0) missed.push(`${doubled} duplicated`);
  if (missed.length > 0) console.log(`missed: ${missed.join(', ')}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

/** Measures the step alone. Every delivery is of a different push, and starting a run costs nothing. */
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

function printTimes(label: string, times: readonly number[], target?: number): void {
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  const goal = target === undefined ? '' : ` (target ${target} ms)`;
  console.log(`  ${label.padEnd(32)} median ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms${goal}`);
  if (target !== undefined && at(0.5) > target) missed.push(`${label}: ${at(0.5).toFixed(2)} ms`);
}
