/** The synthesized state machine, run by the interpreter of the local runtime with fake steps. */
import type { ReleaseRequest } from '../../../core/contract/release';
import { flat, named, plan, run, serviceOf } from './machine-run';

describe('a run of the state machine', () => {
  test('plans, builds, gives versions, updates the values file and reports, in this order', async () => {
    const { result, steps, payloads } = await run(() => plan({ tools: ['base'], workers: ['diworker', 'bumiworker'] }));

    expect(result).toEqual({ status: 'SUCCEEDED', output: { run: 'run-1', result: 'built 1' } });
    expect(steps).toEqual(['Plan', 'Build', 'Build', 'Build', 'Release', 'Commit', 'Report']);
    expect(payloads('Plan')).toEqual([
      { run: 'run-1', execution: 'local:run-1', redrives: 0, input: { action: 'push' } },
    ]);
    expect(payloads('Commit')).toEqual([{ run: 'run-1' }]);
  });

  test('gives a job its own part of the plan as plain text variables, and its limits', async () => {
    const { payloads } = await run(() => plan({ frontend: ['ngui'] }));

    expect(payloads('Build')).toEqual([
      {
        ProjectName: expect.any(String),
        IdempotencyToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        SourceTypeOverride: 'S3',
        SourceLocationOverride: 'bucket/sources/c/',
        TimeoutInMinutesOverride: 15,
        ComputeTypeOverride: 'BUILD_GENERAL1_MEDIUM',
        EnvironmentTypeOverride: 'LINUX_CONTAINER',
        ImageOverride: 'aws/codebuild/standard:7.0',
        EnvironmentVariablesOverride: [
          { Name: 'RUN_ID', Type: 'PLAINTEXT', Value: 'run-1' },
          { Name: 'SERVICE', Type: 'PLAINTEXT', Value: 'ngui' },
          { Name: 'INPUT_DIGEST', Type: 'PLAINTEXT', Value: 'd'.repeat(40) },
          { Name: 'CANDIDATE_IMAGE', Type: 'PLAINTEXT', Value: 'registry/candidates:ngui' },
          { Name: 'BASE_IMAGES', Type: 'PLAINTEXT', Value: '{"digests":{},"images":{},"noCache":false}' },
          { Name: 'SOURCE_COMMIT', Type: 'PLAINTEXT', Value: 'c'.repeat(40) },
        ],
      },
    ]);
  });

  test('the release step gets one outcome for every job of every stage', async () => {
    const all = {
      tools: ['t'],
      critical: ['c1', 'c2'],
      workers: ['w'],
      schedulers: ['s'],
      frontend: ['f'],
      stable: ['x'],
    };

    const { payloads } = await run(() => plan(all));

    const [request] = payloads('Release') as ReleaseRequest[];
    const outcomes = flat(request?.builds ?? []);
    expect(outcomes.map(({ service }) => service).sort()).toEqual(Object.values(all).flat().sort());
    expect(outcomes[0]).toEqual({ service: expect.any(String), status: 'SUCCEEDED' });
  });

  test('a stage starts when the stages that it needs have ended, and others do not wait for it', async () => {
    const order: string[] = [];
    const build = async (payload: unknown) => {
      const service = serviceOf(payload) ?? '';
      order.push(`${service} starts`);
      await new Promise((resolve) => setTimeout(resolve, service === 't' ? 60 : 5));
      order.push(`${service} ends`);
      return { Build: { Logs: { DeepLink: 'l' } } };
    };

    await run(() => plan({ tools: ['t'], critical: ['c'], workers: ['w'], frontend: ['f'] }), { build });

    expect(order.indexOf('c starts')).toBeGreaterThan(order.indexOf('t ends'));
    expect(order.indexOf('w starts')).toBeLessThan(order.indexOf('c ends'));
    expect(order.indexOf('f ends')).toBeLessThan(order.indexOf('t ends'));
  });

  test('a failed build neither stops nor hides the others, and ends the run before any version is given', async () => {
    const build = (payload: unknown) => {
      if (serviceOf(payload) === 'bad') throw named('States.TaskFailed', '{"Build":{}}');
      return { Build: { Logs: { DeepLink: 'l' } } };
    };

    const { result, steps, payloads } = await run(() => plan({ tools: ['bad', 'good'], workers: ['late'] }), { build });

    expect(payloads('Outcome')).toEqual([
      {
        run: 'run-1',
        service: 'bad',
        attempt: 1,
        redrives: 0,
        error: { Error: 'States.TaskFailed', Cause: '{"Build":{}}' },
      },
    ]);
    expect(payloads('Build')).toHaveLength(3);
    expect(steps).not.toContain('Commit');
    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
    expect(payloads('Report')).toMatchObject([
      { run: 'run-1', state: { run: 'run-1', error: { Error: 'BuildsFailed' }, builds: expect.any(Array) } },
    ]);
  });

  test('a job whose machine failed is built once more, with another token, and then no more', async () => {
    const build = () => {
      throw named('States.TaskFailed', 'machine lost');
    };
    const Outcome = ({ service }: { service: string }) => ({ service, status: 'FAULT', cause: 'machine lost' });

    const { payloads } = await run(() => plan({ tools: ['unlucky'] }), { build, steps: { Outcome } });

    const [first, second, ...more] = payloads('Build') as { IdempotencyToken: string }[];
    expect(more).toEqual([]);
    expect(second).toEqual({ ...first, IdempotencyToken: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [request] = payloads('Release') as ReleaseRequest[];
    expect(flat(request?.builds ?? [])).toEqual([{ service: 'unlucky', status: 'FAULT', cause: 'machine lost' }]);
  });

  test('a job that succeeds after a fault counts as built', async () => {
    let attempts = 0;
    const build = () => {
      attempts += 1;
      if (attempts === 1) throw named('States.TaskFailed', 'machine lost');
      return { Build: { Logs: { DeepLink: 'https://second' } } };
    };
    const Outcome = ({ service }: { service: string }) => ({ service, status: 'FAULT' });

    const { result, payloads } = await run(() => plan({ tools: ['lucky'] }), { build, steps: { Outcome } });

    expect(result.status).toBe('SUCCEEDED');
    const [request] = payloads('Release') as ReleaseRequest[];
    expect(flat(request?.builds ?? [])).toEqual([{ service: 'lucky', status: 'SUCCEEDED' }]);
  });

  test.each(['FAILED', 'TIMED_OUT', 'STOPPED'])('a job that ended as %s is not built again', async (status) => {
    const build = () => {
      throw named('States.TaskFailed', 'x');
    };
    const Outcome = ({ service }: { service: string }) => ({ service, status });

    const { payloads } = await run(() => plan({ tools: ['bad'] }), { build, steps: { Outcome } });

    expect(payloads('Build')).toHaveLength(1);
  });

  test('a build without a known cause is still a failed build', async () => {
    const build = () => {
      throw named('States.TaskFailed', 'x');
    };
    const Outcome = () => {
      throw named('Error', 'out of order');
    };

    const { result, payloads } = await run(() => plan({ stable: ['bad'] }), { build, steps: { Outcome } });

    const [request] = payloads('Release') as ReleaseRequest[];
    expect(flat(request?.builds ?? [])).toMatchObject([{ service: 'bad', status: 'FAILED' }]);
    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
  });

  test('a bad input fails the run with its own error name, and is reported with the input', async () => {
    const { result, steps, payloads } = await run(() => {
      throw named('InvalidInput', 'version: is not a version');
    });

    expect(steps).toEqual(['Plan', 'Report', 'End']);
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(payloads('Report')).toMatchObject([
      {
        run: 'run-1',
        execution: 'local:run-1',
        startedAt: expect.any(String),
        state: { input: { action: 'push' }, error: { Error: 'InvalidInput' } },
      },
    ]);
  });

  test('450 builds in one run keep every payload below the limit of Step Functions', async () => {
    const services = (stage: string) => Array.from({ length: 225 }, (_, index) => `${stage}-service-number-${index}`);
    const planned = plan({ tools: services('tools'), workers: services('workers') });
    const large = {
      ...planned,
      stages: Object.fromEntries(
        Object.entries(planned.stages).map(([name, jobs]) => [
          name,
          jobs.map((each) => ({
            ...each,
            candidate: `111122223333.dkr.ecr.ap-southeast-2.amazonaws.com/candidates:${each.service}.${'d'.repeat(40)}`,
          })),
        ]),
      ),
    };

    const { result, payloads } = await run(() => large);

    expect(result.status).toBe('SUCCEEDED');
    expect(JSON.stringify(large).length).toBeGreaterThan(200_000);
    for (const payload of [large, ...payloads('Release'), ...payloads('Report')]) {
      expect(JSON.stringify(payload).length).toBeLessThan(262_144);
    }
    expect(payloads('Report')).toMatchObject([{ state: { run: 'run-1', release: { tagged: 2 } } }]);
  });

  test('a dry run goes from the plan to its report', async () => {
    const { result, steps } = await run(() => plan({}, { dryRun: true, proceed: false }));

    expect(steps).toEqual(['Plan', 'Report']);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('a commit that changed nothing is not an error', async () => {
    const Commit = () => ({ commit: null, changes: 0, superseded: [], supersededBy: null });

    const { result, payloads } = await run(() => plan({}), { steps: { Commit } });

    expect(result.status).toBe('SUCCEEDED');
    expect(payloads('Report')).toMatchObject([
      { state: { moved: { commit: null, changes: 0, superseded: [], supersededBy: null } } },
    ]);
  });

  test('a failed report does not hide the error of the run', async () => {
    const Release = () => {
      throw named('VersionTaken', 'v1.4.0');
    };
    const Report = () => {
      throw named('Error', 'no bucket');
    };

    const { result } = await run(() => plan({}), { steps: { Release, Report } });

    expect(result).toMatchObject({ status: 'FAILED', error: 'VersionTaken' });
  });
});
