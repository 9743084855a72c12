/** Runs that are redriven: Step Functions goes on with the state that did not succeed, and with its recorded input. */
import type { PlanResult } from '../../../core/contract/plan';
import { type Entered, named, plan, run, serviceOf } from './machine-run';

const last = (entered: readonly Entered[], name: string): Entered => {
  const found = entered.findLast(({ state }) => state === name);
  if (found === undefined) throw new Error(`the run was never in state ${name}`);
  return found;
};

const token = (payload: unknown) => (payload as { IdempotencyToken: string }).IdempotencyToken;

describe('a run that failed, redriven', () => {
  const failing = (payload: unknown) => {
    if (serviceOf(payload) === 'bad') throw named('States.TaskFailed', '{"Build":{}}');
    return {};
  };

  test('is planned again, builds only missing images, and succeeds', async () => {
    const first = await run(() => plan({ tools: ['bad', 'good'] }), { build: failing });
    const again = await run(
      () => plan({ tools: ['bad'] }),
      {},
      { ...last(first.entered, 'Fail unless redriven'), redrives: 1 },
    );

    expect(first.result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
    expect(again.result.status).toBe('SUCCEEDED');
    expect(again.steps).toEqual(['End', 'Plan', 'Build', 'Release', 'Commit', 'Report']);
    expect(again.payloads('Plan')).toEqual([
      { run: 'run-1', execution: 'local:run-1', redrives: 1, input: { action: 'push' } },
    ]);
  });

  test('asks CodeBuild for a new build, not for the one that failed', async () => {
    const planned = () => plan({ tools: ['bad'] });
    const first = await run(planned, { build: failing });
    const again = await run(
      planned,
      { build: failing },
      { ...last(first.entered, 'Fail unless redriven'), redrives: 1 },
    );

    expect(token(again.payloads('Build')[0])).not.toBe(token(first.payloads('Build')[0]));
    expect(again.result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
  });

  test('can fail and be redriven any number of times', async () => {
    const planned = () => plan({ tools: ['bad'] });
    const first = await run(planned, { build: failing });
    const second = await run(
      planned,
      { build: failing },
      { ...last(first.entered, 'Fail unless redriven'), redrives: 1 },
    );
    const third = await run(planned, {}, { ...last(second.entered, 'Fail unless redriven'), redrives: 2 });

    expect(second.payloads('End')).toMatchObject([
      { failedIn: { redrives: 0 }, redrives: 1 },
      { failedIn: { redrives: 1 }, redrives: 1 },
    ]);
    expect(third.result.status).toBe('SUCCEEDED');
  });

  test('after an input that was refused is refused again, with the same input', async () => {
    const refused = (): PlanResult => {
      throw named('InvalidInput', 'version: is not a version');
    };
    const first = await run(refused);
    const again = await run(refused, {}, { ...last(first.entered, 'Fail unless redriven'), redrives: 1 });

    expect(again.payloads('Plan')).toMatchObject([{ input: { action: 'push' } }]);
    expect(again.result).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
  });
});

describe('a run that was stopped, redriven', () => {
  test.each([
    ['Tag all images', ['Release', 'Commit', 'Report']],
    ['Update the values file', ['Commit', 'Report']],
    ['Report the run', ['Report']],
  ])('at "%s" continues there and builds nothing', async (state, steps) => {
    const whole = await run(() => plan({ tools: ['t'] }));
    const again = await run(() => plan({}), {}, { ...last(whole.entered, state), redrives: 1 });

    expect(again.steps).toEqual(steps);
    expect(again.result).toEqual(whole.result);
  });

  test('during builds starts them again with new tokens', async () => {
    const whole = await run(() => plan({ tools: ['t'] }));
    const again = await run(() => plan({}), {}, { ...last(whole.entered, 'Build images'), redrives: 1 });

    expect(again.steps).toEqual(['Build', 'Release', 'Commit', 'Report']);
    expect(token(again.payloads('Build')[0])).not.toBe(token(whole.payloads('Build')[0]));
  });
});
