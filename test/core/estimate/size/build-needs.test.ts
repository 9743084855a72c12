/** The time of a build on another machine: never less than what a smaller one takes in truth, never more than a larger one saves. */
import fc from 'fast-check';
import { COMPUTE_SIZES } from '../../../../core/contract/job';
import { buildNeeds, secondsOn } from '../../../../core/estimate/size/build-needs';
import { GIB, machineSize, recordedMachine } from '../../../../core/estimate/size/machine-sizes';

const medium = { compute: 'medium', architecture: 'x86_64' } as const;

/** A build as seconds with the CPUs that it used in each. */
const profile = fc.array(fc.double({ min: 0, max: machineSize(medium).cpus, noNaN: true }), {
  minLength: 1,
  maxLength: 50,
});

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);

const needsOf = (used: readonly number[]) => ({
  builds: [{ machine: medium, memory: GIB, cpu: sum(used), build: used.length, before: 20 }],
});

test('a smaller machine takes at most the time that is told', () => {
  fc.assert(
    fc.property(profile, (used) => {
      const small = { ...medium, compute: 'small' } as const;
      const { cpus } = machineSize(small);
      const real = 20 + sum(used.map((each) => Math.max(1, each / cpus)));
      expect(real).toBeLessThanOrEqual((secondsOn(needsOf(used), small) ?? 0) + 1e-6);
    }),
  );
});

test('a larger machine takes at least the time that is told, even if all of its CPUs can be used', () => {
  fc.assert(
    fc.property(profile, (used) => {
      const large = { ...medium, compute: 'large' } as const;
      const speedUp = machineSize(large).cpus / machineSize(medium).cpus;
      const isFull = (each: number) => each === machineSize(medium).cpus;
      const real = 20 + sum(used.map((each) => (isFull(each) ? 1 / speedUp : 1)));
      expect(real).toBeGreaterThanOrEqual((secondsOn(needsOf(used), large) ?? 0) - 1e-6);
    }),
  );
});

test('the machine of a build takes what it took, even if the CPU time is more than can be', () => {
  expect(secondsOn(needsOf([1, 4, 0]), medium)).toBe(23);
  expect(secondsOn({ builds: [{ machine: medium, memory: 1, cpu: 1e6, build: 60, before: 5 }] }, medium)).toBe(65);
  expect(secondsOn({ builds: [] }, medium)).toBeUndefined();
});

test('the wait for a free machine is no time of a build', () => {
  const parts = { queue: 500, provisioning: 10, source: 5, login: 5, cacheImport: 2, build: 60, push: 8 };
  const job = { name: 'a', machine: 'x86_64 medium', parts, submittedAt: 0, endedAt: 1 };
  const needs = buildNeeds({ jobs: [{ ...job, usage: { memory: GIB, cpu: 0 } }] }, 'a', 'x86_64');

  expect(needs && secondsOn(needs, medium)).toBe(90);
});

test('every size of both CPUs has more memory than the one before it, and at least as many CPUs', () => {
  for (const architecture of ['x86_64', 'arm64'] as const) {
    const sizes = COMPUTE_SIZES.map((compute) => machineSize({ architecture, compute }));
    for (const [index, { cpus, memory }] of sizes.entries()) {
      expect(memory).toBeGreaterThan(sizes[index - 1]?.memory ?? 0);
      expect(cpus).toBeGreaterThanOrEqual(sizes[index - 1]?.cpus ?? 0);
    }
    expect(recordedMachine(`${architecture} 2xlarge`)).toEqual({ architecture, compute: '2xlarge' });
  }
});
