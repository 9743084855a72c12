/** Runs that stop at their first failure, and what is stored of failures. */
import type { FailFastRequest, OutcomeRequest } from '../../../core/contract/job';
import type { ReleaseRequest } from '../../../core/contract/release';
import { failFastStep } from '../../../lambdas/fail-fast/fail-fast';
import { outcomeStep } from '../../../lambdas/outcome/outcome';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { createMemoryStore } from '../../support/pipeline/memory-state';
import { statementsOf } from '../rights/role-statements';
import { synthesize } from '../synthesized';
import { flat, named, plan, run, serviceOf } from './machine-run';

const template = synthesize({ settings: { stopAtFirstFailure: true, maxConcurrency: 1 } }).toJSON();
const definition = stateMachineDefinition(template as Template);
const TOOLS = ['t1', 't2', 't3'];

/** A run with a store, whose builds end with the error that the service's name has here. */
async function runWith(errors: Record<string, string>, steps: Parameters<typeof run>[1] = {}) {
  const store = createMemoryStore();
  const build = (payload: unknown) => {
    const error = errors[serviceOf(payload) ?? ''];
    if (error !== undefined) throw named('States.TaskFailed', JSON.stringify({ Build: { BuildStatus: error } }));
    return {};
  };
  const Outcome = (request: OutcomeRequest) => outcomeStep(request, { store });
  const FailFast = (request: FailFastRequest) => failFastStep(request, { store });
  return run(() => plan({ tools: TOOLS, workers: ['w'] }), {
    definition,
    build,
    steps: { Outcome, FailFast, ...steps.steps },
  });
}

const outcomes = (payloads: (step: string) => unknown[]) =>
  flat((payloads('Release') as ReleaseRequest[])[0]?.builds ?? []);

describe('a run that stops at its first failure', () => {
  test('starts no further job in any stage after one has failed, and names the failed job', async () => {
    const { result, payloads } = await runWith({ t1: 'FAILED' });

    expect(payloads('Build').map(serviceOf)).toEqual(['t1']);
    expect(outcomes(payloads)).toEqual([
      { service: 't1', status: 'FAILED' },
      ...['t2', 't3', 'w'].map((service) => ({
        service,
        status: 'STOPPED',
        cause: 'not started, since another build had failed',
      })),
    ]);
    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
  });

  test('builds everything if nothing fails', async () => {
    const { result, payloads } = await runWith({});

    expect(payloads('Build').map(serviceOf)).toEqual(['t1', 't2', 't3', 'w']);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('does not stop for a machine’s fault that is retried with success', async () => {
    const seen = new Set<string>();
    const store = createMemoryStore();
    const build = (payload: unknown) => {
      const service = serviceOf(payload) ?? '';
      const isFirst = !seen.has(service);
      seen.add(service);
      if (isFirst && service === 't1') throw named('States.TaskFailed', '{"Build":{"BuildStatus":"FAULT"}}');
      return {};
    };
    const Outcome = (request: OutcomeRequest) => outcomeStep(request, { store });
    const FailFast = (request: FailFastRequest) => failFastStep(request, { store });

    const { result, payloads } = await run(() => plan({ tools: TOOLS }), {
      definition,
      build,
      steps: { Outcome, FailFast },
    });

    expect(payloads('Build').map(serviceOf)).toEqual(['t1', 't1', 't2', 't3']);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('starts a job if the check itself fails', async () => {
    const FailFast = () => {
      throw named('Error', 'no store');
    };

    const { result, payloads } = await runWith({}, { steps: { FailFast } });

    expect(payloads('Build')).toHaveLength(4);
    expect(result.status).toBe('SUCCEEDED');
  });

  test('uses a separate function, which may only read the store', () => {
    expect(statementsOf(template).FailFast).toEqual(
      expect.arrayContaining([
        { actions: ['s3:GetObject'], resources: ['StoreBucket/runs/*/failed-*.json'] },
        { actions: ['s3:ListBucket'], resources: ['StoreBucket'] },
      ]),
    );
    expect(statementsOf(synthesize().toJSON())).not.toHaveProperty('FailFast');
  });
});

describe('the fail-fast step', () => {
  test('lets the jobs of a redriven run start again', async () => {
    const store = createMemoryStore();
    const error = { Error: 'States.TaskFailed', Cause: '{}' };
    await outcomeStep({ run: 'run-1', service: 'auth', attempt: 1, redrives: 0, error }, { store });

    expect(await failFastStep({ run: 'run-1', redrives: 0 }, { store })).toEqual({ mayStart: false });
    expect(await failFastStep({ run: 'run-1', redrives: 1 }, { store })).toEqual({ mayStart: true });
    expect(await failFastStep({ run: 'run-2', redrives: 0 }, { store })).toEqual({ mayStart: true });
  });
});
