/** The setting `machineSize`: recorded builds choose machines, and nothing else about the run. */
import type { RecordedTimes } from '../../../../core/contract/estimate';
import { objectKeys } from '../../../../core/contract/keys';
import { NO_TIMES } from '../../../../core/estimate/recorded-jobs';
import { codeBuildMachine } from '../../../../core/image/build-images';
import type { Settings } from '../../../../core/settings/schema';
import { planStep } from '../../../../lambdas/plan/plan';
import { eachTest } from '../../../support/each-test';
import { makePlanWorld, settings } from '../plan-world';

const RELEASE = { action: 'release', version: 'v1.4.0', ref: 'main' };

const world = eachTest(makePlanWorld, (world) => world.remove());

const used = (name: string, gib: number, machine = 'x86_64 medium') =>
  Array.from({ length: 5 }, (_, at) => ({
    name,
    machine,
    parts: { build: 300 },
    submittedAt: at,
    endedAt: at + 1,
    usage: { memory: gib * 2 ** 30, cpu: 0 },
  }));

const TIMES: RecordedTimes = {
  ...NO_TIMES,
  jobs: [...used('auth', 1), ...used('restapi', 7)],
  shortages: [{ name: 'ngui', machine: 'x86_64 medium', at: 9 }],
};

const recordTimes = (times: RecordedTimes | string) =>
  world.dependencies.store.put(objectKeys.times(), typeof times === 'string' ? times : JSON.stringify(times));

/** Returns the machine of each service's job, and the plan. */
async function run(part: Partial<Settings>, name = 'run-1') {
  Object.assign(world.dependencies, { settings: { ...settings, ...part } });
  const { stages } = await planStep({ run: name, input: RELEASE }, world.dependencies);
  const jobs = Object.values(stages)
    .flat()
    .flatMap((job) => ('images' in job ? job.images : job));
  const plan = await world.plan(RELEASE, name);
  return { jobs, plan, machines: Object.fromEntries(jobs.map(({ service, machine }) => [service, machine])) };
}

const SMALL = codeBuildMachine({ compute: 'small', architecture: 'x86_64' });
const LARGE = codeBuildMachine({ compute: 'large', architecture: 'x86_64' });

test('builds on the machines that recorded builds need, and says why', async () => {
  await recordTimes(TIMES);
  const { machines, plan } = await run({ machineSize: 'recorded' });

  expect(machines).toMatchObject({ auth: SMALL, restapi: LARGE, ngui: LARGE });
  const of = (name: string) => plan.services.find((service) => service.name === name);
  expect(of('auth')).toMatchObject({
    machine: { compute: 'small' },
    sized: 'small, because recorded builds used up to 1 of its 4 GiB',
  });
  expect(of('restapi')?.sized).toBe('large, because recorded builds used up to 7 of the 8 GiB of medium');
  expect(of('ngui')?.sized).toBe('large, because a build ran out of the 8 GiB of medium');
  expect(of('etcd')).not.toHaveProperty('sized');
});

test('changes no digest, candidate, action, reason or version', async () => {
  await recordTimes(TIMES);
  const [before, after] = [await run({}), await run({ machineSize: 'recorded' }, 'run-2')];

  expect(before.plan.services.some(({ sized }) => sized !== undefined)).toBe(false);
  const rest = ({ plan }: typeof before) => plan.services.map(({ machine: _, sized: __, ...service }) => service);
  expect(rest(after)).toEqual(rest(before));
  const jobs = ({ jobs: all }: typeof before) => all.map(({ machine: _, ...job }) => job);
  expect(jobs(after)).toEqual(jobs(before));
  expect(after.machines).not.toEqual(before.machines);
});

test('shares machines among images of the chosen sizes only', async () => {
  await recordTimes({ ...TIMES, jobs: used('auth', 1) });
  const before = await run({ builders: 1 });
  const { plan, jobs } = await run({ machineSize: 'recorded', builders: 1 }, 'run-2');

  expect(before.plan.machines).toEqual([['auth', 'ngui', 'restapi']]);
  expect(plan.machines).toBeUndefined();
  expect(jobs.map(({ service }) => service).sort()).toEqual(['auth', 'etcd', 'ngui', 'restapi']);
});

test('leaves a size that the catalog names, and machines that are reserved', async () => {
  await recordTimes(TIMES);
  const catalog = world.repository.git('show', 'main:pipeline.yaml');
  world.repository.commit('main', { 'pipeline.yaml': catalog.replace(/auth: \{/, 'auth: { compute: large,') });
  const named = await run({ machineSize: 'recorded' });
  const arn = 'arn:aws:codebuild:eu-central-1:123456789012:fleet/images:0a1b2c3d-4e5f-6789-abcd-ef0123456789';
  const fleets = [{ arn, compute: 'medium', architecture: 'x86_64' } as const];
  const reserved = await run({ machineSize: 'recorded', fleets }, 'run-2');

  expect(named.machines).toMatchObject({ auth: LARGE, ngui: LARGE });
  expect(reserved.machines.ngui).toMatchObject({ computeType: 'BUILD_GENERAL1_MEDIUM', fleet: { FleetArn: arn } });
});

test.each([
  ['nothing', undefined],
  ['a damaged text', '{"schema":1,'],
])('takes the sizes of the catalog if the record has %s', async (_, text) => {
  if (text !== undefined) await recordTimes(text);
  const { machines } = await run({ machineSize: 'recorded' });
  const before = await run({}, 'run-2');

  expect(machines).toEqual(before.machines);
});
