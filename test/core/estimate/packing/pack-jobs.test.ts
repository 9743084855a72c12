/** Packings keep every rule whatever the catalog: no job is lost, none shares a machine that it must not, and no run gets longer. */
import fc from 'fast-check';
import type { Stage } from '../../../../core/catalog/model';
import type { EstimatedJob } from '../../../../core/estimate/job-range';
import { estimatePacked } from '../../../../core/estimate/packing/estimate-packed';
import { type Packing, packJobs } from '../../../../core/estimate/packing/pack-jobs';
import { simulate } from '../../../../core/estimate/simulate';

const stage = (name: string, needs: readonly string[] = []): Stage => ({ name, title: name, needs });

const drawnJob = fc.record({
  stage: fc.constantFrom('base', 'apps', 'late'),
  minutes: fc.integer({ min: 1, max: 40 }),
  priority: fc.nat(2),
  architecture: fc.constantFrom('x86_64' as const, 'arm64' as const),
  compute: fc.constantFrom('medium' as const, 'large' as const),
  group: fc.constantFrom(undefined, '', 'linux/arm64'),
});

const packings: fc.Arbitrary<Packing<EstimatedJob>> = fc.record({
  jobs: fc.array(drawnJob, { maxLength: 30 }).map((all) =>
    all.map(({ architecture, compute, group, ...job }, index) => ({
      ...job,
      name: `j${index}`,
      machine: { architecture, compute },
      ...(group === undefined ? {} : { group }),
    })),
  ),
  stages: fc.constantFrom(
    [stage('base'), stage('apps', ['base']), stage('late')],
    [stage('base'), stage('apps'), stage('late', ['apps'])],
  ),
  builders: fc.integer({ min: 1, max: 12 }),
  stageConcurrency: fc.integer({ min: 1, max: 8 }),
});

const names = (jobs: readonly EstimatedJob[]) => jobs.map(({ name }) => name).sort();

describe('a packing', () => {
  test('has every job on exactly one machine', () => {
    fc.assert(
      fc.property(packings, (packing) => {
        expect(names(packJobs(packing).flatMap(({ jobs }) => jobs))).toEqual(names(packing.jobs));
      }),
    );
  });

  test('puts jobs together only if stage, machine and group are the same, and none that has no group', () => {
    const sharedOf = ({ stage: of, machine, group }: EstimatedJob) => JSON.stringify([of, machine, group]);
    fc.assert(
      fc.property(packings, (packing) => {
        for (const pack of packJobs(packing).filter(({ jobs }) => jobs.length > 1)) {
          expect(new Set(pack.jobs.map(sharedOf)).size).toBe(1);
          expect(pack.jobs.some(({ group }) => group === undefined)).toBe(false);
          expect(pack.mostMinutes).toBeLessThanOrEqual(60);
        }
      }),
    );
  });

  test('never makes a run longer, whether or not builds side by side are faster', () => {
    fc.assert(
      fc.property(packings, ({ jobs, ...shape }) => {
        const before = simulate({ ...shape, jobs }).minutes;
        const packs = packJobs({ ...shape, jobs });
        const slow = packs.map((pack) => ({ ...pack, minutes: pack.mostMinutes }));
        expect(simulate({ ...shape, jobs: packs }).minutes).toBeLessThanOrEqual(before);
        expect(simulate({ ...shape, jobs: slow }).minutes).toBeLessThanOrEqual(before);
      }),
    );
  });

  test('is the same for the same jobs in any order', () => {
    const machines = (packing: Packing<EstimatedJob>) =>
      packJobs(packing)
        .map(({ jobs }) => jobs.map(({ name }) => name).join())
        .sort();
    fc.assert(
      fc.property(packings, (packing) => {
        expect(machines({ ...packing, jobs: packing.jobs.toReversed() })).toEqual(machines(packing));
      }),
    );
  });

  test('takes as long as its bound or longer', () => {
    fc.assert(
      fc.property(packings, (packing) => {
        const { minutes, lowerBound } = estimatePacked(packing, 'us-east-1');
        expect(minutes).toBeGreaterThanOrEqual(lowerBound);
      }),
    );
  });
});

test('ten images of a minute share one machine if there is only one, and none if the longest image would wait', () => {
  const job = (name: string, minutes: number): EstimatedJob => ({
    name,
    stage: 'base',
    minutes,
    priority: 0,
    group: '',
  });
  const small = Array.from({ length: 10 }, (_, index) => job(`s${index}`, 1));
  const shape = { stages: [stage('base')], stageConcurrency: 20 };
  expect(packJobs({ ...shape, jobs: small, builders: 1 }).map(({ jobs }) => jobs.length)).toEqual([10]);
  const long = [job('a', 20), job('b', 20)];
  expect(packJobs({ ...shape, jobs: long, builders: 2 }).map(({ jobs }) => jobs.length)).toEqual([1, 1]);
});
