/** A run that waits for a person, on the synthesized state machine. */

import type { PlanResult } from '../../../core/contract/plan';
import type { ApprovalRequest } from '../../../core/contract/release';
import type { EndRequest, ReportRequest } from '../../../core/contract/report';
import { endStep } from '../../../lambdas/end/end';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { runExecution } from '../../../local/runtime/state-machine';
import { STAGES, synthesize } from '../synthesized';
import { named } from './machine-run';

const definition = stateMachineDefinition(synthesize().toJSON() as Template);
const planned: PlanResult = {
  run: 'run-1',
  action: 'release',
  ref: 'main',
  commit: 'c'.repeat(40),
  dryRun: false,
  proceed: true,
  environment: 'default',
  totals: { build: 0, retag: 1, keep: 0 },
  approvalSeconds: 3600,
  source: 's3://bucket/sources/c.tar.gz',
  modules: {},
  stages: Object.fromEntries(STAGES.map(({ name }) => [name, []])),
};

/** Runs with a person (or nobody) who answers; gives the result, the steps in order, and what the steps were given. */
async function run(answer: () => Promise<unknown>, part: Partial<PlanResult> = {}) {
  const calls: { readonly step: string; readonly payload: unknown }[] = [];
  const step = (name: string, result: unknown) => async (payload: unknown) => {
    calls.push({ step: name, payload });
    return result;
  };
  const functions = new Map([
    ['PlanFunction', step('Plan', { ...planned, ...part })],
    ['ApprovalFunction', step('Approval', null)],
    ['ReleaseFunction', step('Release', { tagged: 1 })],
    ['CommitFunction', step('Commit', { commit: null, changes: 0, superseded: [], supersededBy: null })],
    ['ReportFunction', step('Report', { result: 'built 1' })],
    ['EndFunction', async (payload: unknown) => endStep(payload as EndRequest)],
  ]);
  const handlers = { functions, codeBuild: async () => ({}), answer };
  const result = await runExecution({ name: 'run-1', input: { action: 'release' }, definition, handlers });
  const given = (name: string) => calls.find((call) => call.step === name)?.payload;
  return { result, steps: calls.map((call) => call.step), given };
}

describe('a run into an environment that asks for an approval', () => {
  test('gives versions only after an approval', async () => {
    let asked = false;
    const { result, steps, given } = await run(async () => {
      asked = true;
      return { by: 'bob' };
    });

    expect(asked).toBe(true);
    expect(result.status).toBe('SUCCEEDED');
    expect(steps).toEqual(['Plan', 'Approval', 'Release', 'Commit', 'Report']);
    const request = given('Approval') as ApprovalRequest;
    expect(request).toEqual({
      run: 'run-1',
      execution: expect.stringContaining('run-1'),
      redrives: 0,
      token: expect.any(String),
      seconds: 3600,
      builds: expect.any(Array),
    });
    expect(given('Release')).toEqual({ run: 'run-1', builds: request.builds, approval: { by: 'bob' } });
    expect((given('Report') as ReportRequest).state).toMatchObject({ approval: { by: 'bob' } });
  });

  test('that was rejected gives no version, and is reported as not approved', async () => {
    const { result, steps, given } = await run(async () => {
      throw named('NotApproved', 'rejected: too late in the day');
    });

    const cause = expect.stringContaining('rejected: too late in the day');
    expect(result).toMatchObject({ status: 'FAILED', error: 'NotApproved', cause });
    expect(steps).toEqual(['Plan', 'Approval', 'Report']);
    expect((given('Report') as ReportRequest).state).toMatchObject({ error: { Error: 'NotApproved' } });
  });

  test('without an answer in time is not approved', async () => {
    const { result, steps } = await run(() => new Promise(() => undefined), { approvalSeconds: 1 });

    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'NotApproved',
      cause: expect.stringContaining('nobody approved in time'),
    });
    expect(steps).toEqual(['Plan', 'Approval', 'Report']);
  });

  test('does not wait in an environment without approvals', async () => {
    const nobody = async () => {
      throw new Error('asked');
    };

    const { result, steps, given } = await run(nobody, { approvalSeconds: 0 });

    expect(result.status).toBe('SUCCEEDED');
    expect(given('Release')).toMatchObject({ approval: false });
    expect(steps).toEqual(['Plan', 'Release', 'Commit', 'Report']);
  });
});
