/** Which images of a plan share a machine, and the job that such a machine gets. */
import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import type { BuildJob, CodeBuildMachine } from '../../../../core/contract/job';
import type { PlannedModule } from '../../../../core/contract/plan';
import { machineJobs, shareMachines } from '../../../../core/planning/shared-machines';
import { plannedService, planOf } from '../../../support/pipeline/runs';

const CATALOG = parseCatalog(`
platform: v1.4.0
modules:
  lib: { path: lib, publish: { stage: base, minutes: 40 } }
stages:
  - { name: base }
  - { name: apps }
services:
  root: { path: root, stage: base, minutes: 20 }
  a: { path: a, stage: apps, minutes: 15 }
  b: { path: b, stage: apps, minutes: 15 }
  c: { path: c, stage: apps, minutes: 15 }
  d: { path: d, stage: apps, minutes: 15 }
`);

const APPS = ['a', 'b', 'c', 'd'];

const lib = (action: PlannedModule['action']): PlannedModule => ({
  name: 'lib',
  action,
  contentDigest: 'digest of lib',
  package: 'lib',
  version: '1.0.0',
  stage: 'base',
  minutes: 40,
  reasons: [],
});

/** Returns the shared machines of a run that builds these services, the services of each by name. */
function shared(builders: number | undefined, names: readonly string[], modules: readonly PlannedModule[] = []) {
  const services = CATALOG.services.map(({ name }) => plannedService(name, names.includes(name) ? 'build' : 'retag'));
  const settings = { maxConcurrency: 20, ...(builders === undefined ? {} : { builders }) };
  const { machines } = shareMachines(planOf(services, { modules }), CATALOG, settings);
  return machines?.map((machine) => [...machine].sort());
}

describe('the machines of a plan', () => {
  test('are shared if the account has fewer than the run has images, and by images that are built', () => {
    expect(shared(1, APPS)).toEqual([APPS]);
    expect(shared(1, ['a', 'c'])).toEqual([['a', 'c']]);
  });

  test('are not named if each builds one image', () => {
    expect(shared(1, ['a', 'root'])).toBeUndefined();
    expect(shared(1, [])).toBeUndefined();
    expect(shared(20, APPS)).toBeUndefined();
    expect(shared(undefined, APPS)).toBeUndefined();
  });

  test('are shared by more images if the run waits for a published module all the same', () => {
    const all = ['root', ...APPS];
    expect(shared(2, all, [lib('publish')])).toEqual([APPS]);
    expect(shared(2, all, [lib('keep')])).toEqual(shared(2, all));
    expect(shared(2, all)).not.toEqual([APPS]);
  });
});

const machine: CodeBuildMachine = {
  environmentType: 'LINUX_CONTAINER',
  computeType: 'MEDIUM',
  environmentImage: 'standard',
};

const job = (service: string, timeoutMinutes = 15): BuildJob => ({
  service,
  inputDigest: `digest of ${service}`,
  candidate: `registry.example/candidates:${service}`,
  bases: '{}',
  machine,
  timeoutMinutes,
});

const listOf = (service: string) => `bucket/lists/${service}`;

describe('the job of a machine', () => {
  test('names its images, their list and the sum of their limits', () => {
    const images = [job('long', 60), job('short', 15)];
    expect(machineJobs({ apps: images }, [['short', 'long']], listOf)).toEqual({
      apps: [
        {
          service: 'short',
          images: [images[1], images[0]],
          together: true,
          list: 'bucket/lists/short',
          machine,
          timeoutMinutes: 75,
        },
      ],
    });
  });

  test('with one image is that of the image, and has no list', () => {
    expect(machineJobs({ apps: [job('alone')] }, [], listOf).apps).toEqual([
      { service: 'alone', images: [job('alone')], together: false, list: '', machine, timeoutMinutes: 15 },
    ]);
  });

  test('has the longest limit of CodeBuild at most', () => {
    const images = [job('a', 1500), job('b', 1500)];
    expect(machineJobs({ apps: images }, [['a', 'b']], listOf).apps?.[0]?.timeoutMinutes).toBe(2160);
  });

  test('comes as early as the most urgent of its images, and every stage has its own', () => {
    const jobs = machineJobs(
      { base: [], apps: [job('urgent'), job('next'), job('late')] },
      [['late', 'urgent']],
      listOf,
    );
    expect(jobs.apps?.map(({ images }) => images.map(({ service }) => service))).toEqual([
      ['late', 'urgent'],
      ['next'],
    ]);
    expect(jobs.base).toEqual([]);
  });

  test('has only the images that are still built', () => {
    const [kept] = machineJobs({ apps: [job('a')] }, [['b', 'a']], listOf).apps ?? [];
    expect(kept).toMatchObject({ service: 'a', together: false, list: '', images: [job('a')] });
  });
});
