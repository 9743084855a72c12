/** Schedules keep every rule whatever the catalog, and are never shorter than the lower bound. */
import fc from 'fast-check';
import type { Stage } from '../../../core/catalog/model';
import { lowerBound, type Schedule, type Simulation, simulate, withBarriers } from '../../../core/estimate/simulate';

const stage = (name: string, needs: readonly string[] = [], maxConcurrency?: number): Stage => ({
  name,
  title: name,
  needs,
  ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
});
const job = (name: string, stageName: string, minutes: number, priority = 0) => ({
  name,
  stage: stageName,
  minutes,
  priority,
});

/** Stages that need only earlier ones, and jobs in them. */
const simulations: fc.Arbitrary<Simulation> = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(20), { maxLength: 3 }),
      limit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .chain((drawn) => {
    const stages = drawn.map(({ needs, limit }, index) => {
      const earlier = index === 0 ? [] : needs.map((need) => `s${need % index}`);
      return stage(`s${index}`, [...new Set(earlier)], limit);
    });
    const jobs = fc.array(
      fc.record({ stage: fc.nat(stages.length - 1), minutes: fc.integer({ min: 1, max: 30 }), priority: fc.nat(3) }),
      { maxLength: 25 },
    );
    return fc.record({
      stages: fc.constant(stages),
      jobs: jobs.map((all) =>
        all.map((each, index) => job(`j${index}`, `s${each.stage}`, each.minutes, each.priority)),
      ),
      builders: fc.integer({ min: 1, max: 8 }),
      stageConcurrency: fc.integer({ min: 1, max: 8 }),
    });
  });

/** The most jobs that run in the same minute; a job ends before another one starts in its place. */
function mostAtOnce(jobs: Schedule['jobs']): number {
  return Math.max(0, ...jobs.map(({ start }) => jobs.filter((each) => each.start <= start && each.end > start).length));
}

describe('a schedule', () => {
  test('runs every job once and for its minutes', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const { jobs } = simulate(simulation);
        expect(jobs.map(({ name }) => name).sort()).toEqual(simulation.jobs.map(({ name }) => name).sort());
        for (const { start, end, minutes } of jobs) expect(end - start).toBe(minutes);
      }),
    );
  });

  test('is never shorter than the lower bound, and never longer than one job after the other', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const { minutes } = simulate(simulation);
        expect(minutes).toBeGreaterThanOrEqual(lowerBound(simulation));
        expect(minutes).toBeLessThanOrEqual(simulation.jobs.reduce((sum, each) => sum + each.minutes, 0));
      }),
    );
  });

  test('has no more jobs at once than builders, nor of one stage than it may have', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const { jobs } = simulate(simulation);
        expect(mostAtOnce(jobs)).toBeLessThanOrEqual(simulation.builders);
        for (const { name, maxConcurrency } of simulation.stages) {
          const here = jobs.filter((each) => each.stage === name);
          expect(mostAtOnce(here)).toBeLessThanOrEqual(maxConcurrency ?? simulation.stageConcurrency);
        }
      }),
    );
  });

  test('starts no job before all jobs of all stages that its stage waits for have ended', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const { jobs } = simulate(simulation);
        const needs = new Map(simulation.stages.map((each) => [each.name, each.needs]));
        const allBefore = (name: string): string[] =>
          (needs.get(name) ?? []).flatMap((need) => [need, ...allBefore(need)]);
        for (const { stage: name, start } of jobs) {
          const before = allBefore(name);
          const ends = jobs.filter((each) => before.includes(each.stage)).map(({ end }) => end);
          expect(Math.max(0, ...ends)).toBeLessThanOrEqual(start);
        }
      }),
    );
  });

  test('leaves no builder idle while a job could start', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const free = { ...simulation, stages: simulation.stages.map(({ name }) => stage(name)), stageConcurrency: 100 };
        const { jobs } = simulate(free);
        for (const { start } of jobs.filter((each) => each.start > 0)) {
          const justBefore = jobs.filter((each) => each.start < start && each.end >= start);
          expect(justBefore).toHaveLength(simulation.builders);
        }
      }),
    );
  });

  test('starts the most urgent job first, and of equal ones the longest', () => {
    const jobs = [job('b', 's', 5, 1), job('long', 's', 9, 1), job('a', 's', 5, 1), job('first', 's', 1, 0)];

    const schedule = simulate({ jobs, stages: [stage('s')], builders: 1, stageConcurrency: 9 });

    expect(schedule.jobs.map(({ name, start }) => `${start} ${name}`)).toEqual(['0 first', '1 long', '10 a', '15 b']);
  });

  test('starts stages that wait for nothing, unlike with barriers', () => {
    const stages = [stage('tools'), stage('apps', ['tools']), stage('web')];
    const jobs = [job('t', 'tools', 10), job('a', 'apps', 15), job('w', 'web', 10)];
    const simulation = { jobs, builders: 3, stageConcurrency: 3 };

    expect(simulate({ ...simulation, stages }).minutes).toBe(25);
    expect(simulate({ ...simulation, stages: withBarriers(stages) }).minutes).toBe(35);
  });

  test('refuses jobs that can never be scheduled', () => {
    const one = { jobs: [job('a', 's', 1)], stages: [stage('s')], stageConcurrency: 1 };

    expect(() => simulate({ ...one, builders: 0 })).toThrow('1 jobs can never start');
    expect(() => simulate({ ...one, jobs: [job('a', 'x', 1)], builders: 1 })).toThrow("'x', which does not exist");
  });
});
