/** Machines by recorded memory and CPU time: they hold what was recorded, cost less, and make no run longer. */
import fc from 'fast-check';
import type { Stage } from '../../../../core/catalog/model';
import type { RecordedJob, RecordedTimes } from '../../../../core/contract/estimate';
import { COMPUTE_SIZES, type ComputeSize, machineOf } from '../../../../core/contract/job';
import type { EstimatedJob } from '../../../../core/estimate/job-range';
import { NO_TIMES } from '../../../../core/estimate/recorded-jobs';
import { type ChosenSize, chooseSizes, needsOf, runMinutes } from '../../../../core/estimate/size/choose-sizes';
import { GIB, machineSize } from '../../../../core/estimate/size/machine-sizes';
import { sizeReason } from '../../../../core/estimate/size/size-text';
import { runs } from '../../../support/property-runs';

const stage = (name: string, needs: readonly string[] = []): Stage => ({ name, title: name, needs });
const STAGES = [stage('base'), stage('apps', ['base'])];

const jobOf = (name: string, part: Partial<EstimatedJob> = {}): EstimatedJob => ({
  name,
  stage: 'apps',
  minutes: 10,
  priority: 1,
  group: '',
  machine: machineOf({}),
  ...part,
});

/** A build that took these seconds and CPU seconds. */
const built = (
  name: string,
  at: number,
  part: { gib: number; cpu: number; build?: number; size?: string },
): RecordedJob => ({
  name,
  machine: part.size ?? 'x86_64 medium',
  parts: { queue: 100, provisioning: 10, source: 5, login: 5, build: part.build ?? 300, push: 0 },
  submittedAt: at * 1e6,
  endedAt: at * 1e6 + 1,
  usage: { memory: part.gib * GIB, cpu: part.cpu },
});

const several = (name: string, part: Parameters<typeof built>[2], count = 5) =>
  Array.from({ length: count }, (_, at) => built(name, at, part));

const runOf = (jobs: readonly EstimatedJob[], builders?: number) => ({
  jobs,
  stages: STAGES,
  stageConcurrency: 20,
  builders,
});

const chosenFor = (jobs: readonly EstimatedJob[], times: Partial<RecordedTimes>, builders?: number) =>
  chooseSizes(runOf(jobs, builders), { ...NO_TIMES, ...times }, 'us-east-1', new Set(jobs.map(({ name }) => name)));

const sizesOf = (chosen: readonly ChosenSize[]) => Object.fromEntries(chosen.map(({ name, to }) => [name, to.compute]));

const AUTH = [jobOf('auth')];

describe('a smaller machine', () => {
  test('is chosen for a build that waits more than it computes, beside a longer one', () => {
    const records = [...several('auth', { gib: 1.1, cpu: 60 }), ...several('ngui', { gib: 4, cpu: 800, build: 900 })];
    const chosen = chosenFor([jobOf('auth'), jobOf('ngui')], { jobs: records });

    expect(sizesOf(chosen)).toEqual({ auth: 'small' });
    expect(chosen[0]).toMatchObject({
      builds: 5,
      before: { minutes: 6, cost: 0.06 },
      after: { minutes: 6, cost: 0.03 },
    });
    expect(chosen.map(sizeReason)).toEqual(['small, because recorded builds used up to 1.1 of its 4 GiB']);
  });

  test('is not chosen if the run would end later, however little', () => {
    expect(chosenFor(AUTH, { jobs: several('auth', { gib: 1, cpu: 60 }) })).toEqual([]);
    expect(sizesOf(chosenFor(AUTH, { jobs: several('auth', { gib: 1, cpu: 0 }) }))).toEqual({ auth: 'small' });
  });

  test('is not chosen if the build would take so much longer that nothing is saved', () => {
    const jobs = [
      ...several('auth', { gib: 1, cpu: 640, build: 160 }),
      ...several('ngui', { gib: 7, cpu: 0, build: 3000 }),
    ];
    const machine = machineOf({ compute: 'large' });

    expect(chosenFor([jobOf('auth'), jobOf('ngui', { machine })], { jobs })).toEqual([]);
  });

  test.each([
    ['four builds', { jobs: several('auth', { gib: 1, cpu: 0 }, 4) }],
    ['builds that were not measured', { jobs: several('auth', { gib: 1, cpu: 0 }).map(({ usage: _, ...job }) => job) }],
    ['builds on another CPU', { jobs: several('auth', { gib: 1, cpu: 0, size: 'arm64 medium' }) }],
    ['builds on a machine that is not known', { jobs: several('auth', { gib: 1, cpu: 0, size: 'LINUX_EC2 custom' }) }],
    ['builds of another service', { jobs: several('chat', { gib: 1, cpu: 0 }) }],
    ['memory that leaves no margin', { jobs: several('auth', { gib: 3, cpu: 0 }) }],
    [
      'one build of ten that used more',
      { jobs: [...several('auth', { gib: 1, cpu: 0 }, 9), built('auth', 20, { gib: 3.5, cpu: 0 })] },
    ],
  ])('is not chosen by %s', (_, times) => {
    expect(chosenFor(AUTH, times)).toEqual([]);
  });

  test('is not chosen for a module, a size that the catalog names, or a price that is not known', () => {
    const jobs = several('auth', { gib: 1, cpu: 0 });
    const times = { ...NO_TIMES, jobs };
    const { group: _, ...module } = jobOf('auth');
    const arm = machineOf({ platforms: ['linux/arm64'] });
    const onArm = several('auth', { gib: 1, cpu: 0, size: 'arm64 medium' });

    expect(chosenFor([module], times)).toEqual([]);
    expect(chooseSizes(runOf(AUTH), times, 'us-east-1', new Set())).toEqual([]);
    expect(chosenFor([jobOf('auth', { machine: arm })], { jobs: onArm })).toEqual([]);
  });

  test('forgets what a Dockerfile of long ago needed', () => {
    const old = built('auth', 0, { gib: 6, cpu: 0 });
    const newer = Array.from({ length: 10 }, (_, at) => built('auth', at + 1, { gib: 1, cpu: 0 }));

    expect(sizesOf(chosenFor(AUTH, { jobs: [old, ...newer] }))).toEqual({ auth: 'small' });
  });
});

describe('a larger machine', () => {
  test('is chosen as soon as one build used more than the machine holds with a margin', () => {
    const chosen = chosenFor(AUTH, { jobs: several('auth', { gib: 7.2, cpu: 60 }, 1) });

    expect(sizesOf(chosen)).toEqual({ auth: 'large' });
    expect(chosen.map(sizeReason)).toEqual(['large, because recorded builds used up to 7.2 of the 8 GiB of medium']);
  });

  test('is chosen for a build that ran out of memory, whatever others used', () => {
    const shortages = [{ name: 'auth', machine: 'x86_64 medium', at: 99e6 }];
    const chosen = chosenFor(AUTH, { jobs: several('auth', { gib: 1, cpu: 0 }), shortages });

    expect(sizesOf(chosen)).toEqual({ auth: 'large' });
    expect(sizesOf(chosenFor(AUTH, { shortages }))).toEqual({ auth: 'large' });
    expect(chosen.map(sizeReason)).toEqual(['large, because a build ran out of the 8 GiB of medium']);
  });

  test('is no longer chosen after ten builds that were measured since', () => {
    const shortages = [{ name: 'auth', machine: 'x86_64 medium', at: 0 }];
    const since = Array.from({ length: 10 }, (_, at) =>
      built('auth', at + 1, { gib: 1, cpu: 60, size: 'x86_64 large' }),
    );

    expect(sizesOf(chosenFor(AUTH, { jobs: since.slice(1), shortages }))).toEqual({ auth: 'large' });
    expect(chosenFor(AUTH, { jobs: since, shortages })).toEqual([]);
  });

  test('is the largest one if none is large enough', () => {
    expect(sizesOf(chosenFor(AUTH, { jobs: several('auth', { gib: 500, cpu: 0 }) }))).toEqual({ auth: '2xlarge' });
  });
});

const drawnService = fc.record({
  stage: fc.constantFrom('base', 'apps'),
  minutes: fc.integer({ min: 1, max: 40 }),
  priority: fc.nat(2),
  compute: fc.constantFrom<ComputeSize>('medium', 'large'),
  builds: fc.array(
    fc.record({
      gib: fc.double({ min: 0.01, max: 20, noNaN: true }),
      cpu: fc.integer({ min: 0, max: 4000 }),
      build: fc.integer({ min: 0, max: 1500 }),
      size: fc.constantFrom('x86_64 small', 'x86_64 medium', 'x86_64 large'),
    }),
    { maxLength: 12 },
  ),
  shortage: fc.option(fc.constantFrom('x86_64 small', 'x86_64 medium'), { nil: undefined }),
});

const drawnRuns = fc
  .record({ services: fc.array(drawnService, { maxLength: 15 }), builders: fc.integer({ min: 1, max: 9 }) })
  .map(({ services, builders }) => {
    const jobs = services.map(({ compute, builds: _, shortage: __, ...job }, index) =>
      jobOf(`s${index}`, { ...job, machine: machineOf({ compute }) }),
    );
    const records = services.flatMap(({ builds }, index) => builds.map((part, at) => built(`s${index}`, at + 1, part)));
    const shortages = services.flatMap(({ shortage }, index) =>
      shortage === undefined ? [] : [{ name: `s${index}`, machine: shortage, at: 6e6 }],
    );
    return { run: runOf(jobs, builders), times: { ...NO_TIMES, jobs: records, shortages } };
  });

const choose = ({ run, times }: { run: ReturnType<typeof runOf>; times: RecordedTimes }) =>
  chooseSizes(run, times, 'us-east-1', new Set(run.jobs.map(({ name }) => name)));

describe('whatever is recorded', () => {
  const check = (
    rule: Parameters<typeof fc.property<[typeof drawnRuns extends fc.Arbitrary<infer Drawn> ? Drawn : never]>>[1],
  ) => fc.assert(fc.property(drawnRuns, rule), { numRuns: runs(400) });

  test('no machine has less memory than a build of the last ten used, and none is one that had too little', () => {
    check((drawn) => {
      const needs = needsOf(drawn.run, drawn.times);
      for (const { name, to } of choose(drawn)) {
        const { memory = 0, shortage } = needs.get(name) ?? {};
        expect(machineSize(to).memory).toBeGreaterThanOrEqual(memory);
        if (shortage !== undefined) {
          expect(COMPUTE_SIZES.indexOf(to.compute)).toBeGreaterThan(COMPUTE_SIZES.indexOf(shortage.compute));
        }
      }
    });
  });

  test('the simulated run never ends later, and every smaller machine is cheaper', () => {
    check((drawn) => {
      const chosen = choose(drawn);
      const needs = needsOf(drawn.run, drawn.times);
      const smaller = chosen.filter(({ from, to }) => machineSize(to).memory < machineSize(from).memory);
      expect(runMinutes(drawn.run, needs, smaller)).toBeLessThanOrEqual(runMinutes(drawn.run, needs, []));
      for (const { before, after } of smaller) expect(after.cost).toBeLessThan(before.cost ?? 0);
    });
  });

  test('the same records give the same machines, in whatever order they are', () => {
    check((drawn) => {
      const { run, times } = drawn;
      const turned = { ...times, jobs: times.jobs.toReversed(), shortages: times.shortages.toReversed() };
      expect(choose({ run, times: turned })).toEqual(choose(drawn));
      expect(choose({ run: { ...run, jobs: run.jobs.toReversed() }, times })).toEqual(choose(drawn));
    });
  });
});
