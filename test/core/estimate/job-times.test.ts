/** The times of a job, out of the three forms in which CodeBuild describes a build. */
import { readJobTimes, sharedJobs } from '../../../core/estimate/job-times';
import { jobSeconds } from '../../../core/estimate/recorded-jobs';

/** As in the AWS CLI's example of `batch-get-builds`, cut to what counts. Times are seconds since 1970. */
const API = {
  buildStatus: 'SUCCEEDED',
  startTime: 1548717462.122,
  endTime: 1548717536.846,
  environment: { computeType: 'BUILD_GENERAL1_MEDIUM', type: 'LINUX_CONTAINER', environmentVariables: [] },
  phases: [
    { phaseType: 'SUBMITTED', startTime: 1548717462.122, endTime: 1548717462.484, durationInSeconds: 0 },
    { phaseType: 'QUEUED', startTime: 1548717462.484, endTime: 1548717462.775, durationInSeconds: 0 },
    { phaseType: 'PROVISIONING', startTime: 1548717462.775, endTime: 1548717496.909, durationInSeconds: 34 },
    { phaseType: 'DOWNLOAD_SOURCE', startTime: 1548717496.909, endTime: 1548717512.555, durationInSeconds: 15 },
    { phaseType: 'INSTALL', startTime: 1548717512.555, endTime: 1548717512.734, durationInSeconds: 0 },
    { phaseType: 'PRE_BUILD', startTime: 1548717512.734, endTime: 1548717512.924, durationInSeconds: 0 },
    { phaseType: 'BUILD', startTime: 1548717512.924, endTime: 1548717522.254, durationInSeconds: 9 },
    { phaseType: 'FINALIZING', startTime: 1548717522.254, endTime: 1548717524.254, durationInSeconds: 2 },
    { phaseType: 'COMPLETED', startTime: 1548717524.254 },
  ],
};

const exporting = (value: string) => ({ ...API, exportedEnvironmentVariables: [{ name: 'JOB_PARTS', value }] });

function rounded(build: unknown) {
  const { parts } = readJobTimes(build) ?? { parts: {} };
  return Object.fromEntries(Object.entries(parts).map(([part, time]) => [part, Math.round(Number(time) * 10) / 10]));
}

const PARTS = { queue: 0.7, provisioning: 34.1, source: 15.8, login: 0.2, build: 11.3 };

describe('the times of a job', () => {
  test('are those of its phases, by part and machine', () => {
    expect(rounded(API)).toEqual(PARTS);
    expect(readJobTimes(API)).toMatchObject({ machine: 'x86_64 medium', submittedAt: 1548717462122 });
    expect(jobSeconds(readJobTimes(API) ?? { parts: {} })).toBeCloseTo(62.1, 1);
  });

  test('are the same in the reply of Step Functions, and in that of the SDK', () => {
    const upper = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(upper);
      if (typeof value !== 'object' || value === null) return value;
      const pairs = Object.entries(value).map(([name, each]) => {
        const time = /Time$/.test(name) ? Math.round(each * 1000) : upper(each);
        return [name.slice(0, 1).toUpperCase() + name.slice(1), time];
      });
      return Object.fromEntries(pairs);
    };
    const dated = {
      ...API,
      startTime: new Date(API.startTime * 1000),
      endTime: new Date(API.endTime * 1000),
      phases: API.phases.map(({ startTime, endTime, ...phase }) => ({
        ...phase,
        startTime: new Date(startTime * 1000),
        ...(endTime === undefined ? {} : { endTime: new Date(endTime * 1000) }),
      })),
    };

    expect(rounded({ Build: upper(API) })).toEqual(PARTS);
    expect(rounded(dated)).toEqual(PARTS);
    expect(readJobTimes({ Build: upper(API) })?.submittedAt).toBe(1548717462122);
  });

  test('have parts of the build apart, if the job exported them', () => {
    expect(rounded(exporting('cacheImport=1.5 push=4.0'))).toEqual({ ...PARTS, cacheImport: 1.5, push: 4, build: 5.8 });
  });

  test('have what the build used, if its machine measured it', () => {
    expect(readJobTimes(exporting('cacheImport=1.5 push=4.0 memory=314572800 cpu=41.3'))).toMatchObject({
      usage: { memory: 314572800, cpu: 41.3 },
      parts: { cacheImport: 1.5, push: 4 },
    });
    expect(readJobTimes(exporting('memory=1000 cpu=2'))?.usage).toEqual({ memory: 1000, cpu: 2 });
  });

  test.each([
    ['none was measured', 'cacheImport=1.5 push=4.0'],
    ['the machine built several images', 'auth:34 push=1.0 memory=1000 cpu=2.0;ngui:60 memory=1000 cpu=2.0;'],
    ['the text is damaged', 'memory=-1 cpu=2.0'],
    ['the text is too long for a number', `memory=${'9'.repeat(40)} cpu=2.0`],
    ['it is zero', 'memory=0 cpu=0.0'],
  ])('have no usage if %s', (_, value) => {
    expect(readJobTimes(exporting(value))).not.toHaveProperty('usage');
    expect(readJobTimes(exporting(value), 'auth')?.usage).toBeUndefined();
  });

  test.each([
    ['more than the phase took', 'cacheImport=1 push=4000'],
    ['no numbers', 'cacheImport=x push=-3'],
    ['another text', '$(reboot) push=1e9x'],
  ])('ignore exported parts that are %s', (_, value) => {
    expect(rounded(exporting(value))).toEqual(PARTS);
  });

  test('are unknown for anything that is no build', () => {
    const noMachine = { ...API, environment: undefined };
    const notBuilt = { ...API, phases: API.phases.slice(0, 3) };
    const unknown = [undefined, null, 'x', {}, { Build: { Phases: [] } }, noMachine];

    expect(unknown.map((build) => readJobTimes(build))).toEqual(unknown.map(() => undefined));
    expect(readJobTimes(notBuilt)).toBeUndefined();
  });

  test('of an image on a shared machine are its own, as if it had been alone', () => {
    const build = exporting('auth:152 cacheImport=1.5 push=4.0;ngui:76 ;');
    const auth = readJobTimes(build, 'auth');

    // Two builds side by side take 1.52 times as long each.
    expect(auth?.parts).toMatchObject({ cacheImport: 1.5, push: 4, build: expect.closeTo(94.5, 5) });
    expect(auth?.parts.provisioning).toBeCloseTo(34.1, 1);
    expect(readJobTimes(build, 'ngui')?.parts.build).toBeCloseTo(50, 5);
    expect(sharedJobs(build).map(({ name }) => name)).toEqual(['auth', 'ngui']);
    expect([readJobTimes(build, 'gui'), readJobTimes(API, 'auth')]).toEqual([undefined, undefined]);
    expect([sharedJobs(API), sharedJobs('x')]).toEqual([[], []]);
  });

  test('name ARM machines and other sizes', () => {
    const environment = { computeType: 'BUILD_GENERAL1_2XLARGE', type: 'ARM_CONTAINER' };

    expect(readJobTimes({ ...API, environment })?.machine).toBe('arm64 2xlarge');
  });
});
