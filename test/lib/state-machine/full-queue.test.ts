/** A first release in a new account: CodeBuild runs few builds at a time, queues five times as many, and refuses all others. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { QUEUE_HOURS } from '../../../core/contract/job';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { createFakeBuildQueue } from '../../support/aws/fake-build-queue';
import { synthesize } from '../synthesized';
import { job, named, plan, run, serviceOf } from './machine-run';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Step Functions ends an execution whose history would get longer. */
const MAX_EVENTS = 25_000;
/** TaskScheduled, TaskStarted and TaskSubmitFailed. */
const EVENTS_OF_A_REFUSED_START = 3;
/** All other events of a job, from its iteration's start to its end. */
const OTHER_EVENTS_OF_A_JOB = 20;

const catalog = parseCatalog(readFileSync(join(__dirname, '../../../catalogs/cloud-tuner.yaml'), 'utf8'));
const minutesOf = new Map(catalog.services.map(({ name, minutes }) => [name, minutes]));
const definition = stateMachineDefinition(synthesize({ stages: catalog.stages }).toJSON() as Template);
const everything = plan(
  {},
  {
    stages: Object.fromEntries(
      catalog.stages.map(({ name }) => [
        name,
        catalog.services.filter(({ stage }) => stage === name).map((service) => job(service.name)),
      ]),
    ),
  },
);

/** One release of everything, in the virtual time of jest's timers. */
async function release(quota: number) {
  const queue = createFakeBuildQueue(quota, Math.random);
  const startedAt = Date.now();
  let endedAt: number | undefined;
  const running = run(() => everything, {
    definition,
    build: (payload) => queue.build(minutesOf.get(serviceOf(payload) ?? '') ?? 0),
  }).finally(() => {
    endedAt = Date.now();
  });
  while (endedAt === undefined) await jest.advanceTimersByTimeAsync(MINUTE_MS / 2);
  const { result } = await running;
  return { status: result.status, ...queue.seen, hours: (endedAt - startedAt) / HOUR_MS };
}

describe('a first release of 73 images in a new account', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const total = catalog.services.reduce((sum, { minutes }) => sum + minutes, 0) / 60;

  test.each([1, 2, 3])(
    'ends well with %i builds at a time, only slower',
    async (quota) => {
      const { status, started, mostRunning, refused, hours, longestWaitMs } = await release(quota);

      expect({ status, started, mostRunning }).toEqual({ status: 'SUCCEEDED', started: 73, mostRunning: quota });
      expect(refused).toBeGreaterThan(0);
      expect(refused * EVENTS_OF_A_REFUSED_START + 73 * OTHER_EVENTS_OF_A_JOB).toBeLessThan(MAX_EVENTS);
      expect(longestWaitMs).toBeLessThan(QUEUE_HOURS * HOUR_MS);
      expect(hours).toBeGreaterThanOrEqual(total / quota);
      expect(hours).toBeLessThan((total / quota) * 1.5 + 1);
    },
    120_000,
  );

  test('has no refused job if the account runs twenty builds at a time', async () => {
    expect(await release(20)).toMatchObject({ status: 'SUCCEEDED', refused: 0 });
  }, 120_000);

  test('fails in the end if no build can start', async () => {
    const refuse = () => {
      throw named('CodeBuild.AccountLimitExceededException', 'Cannot have more than 0 builds in queue for the account');
    };
    const first = { ...everything, stages: { ...everything.stages } };
    for (const name of Object.keys(first.stages)) first.stages[name] = name === 'tools' ? [job('auth')] : [];
    const startedAt = Date.now();
    let ended = false;
    const running = run(() => first, { definition, build: refuse }).finally(() => {
      ended = true;
    });
    while (!ended) await jest.advanceTimersByTimeAsync(MINUTE_MS * 5);

    expect((await running).result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
    expect((Date.now() - startedAt) / HOUR_MS).toBeGreaterThan(24);
  }, 120_000);
});
