/** The states after the commit, as they are deployed: which there are, where they lead, and what they start. */
import type { CommandJob, RolloutRequest, RolloutStep } from '../../../core/contract/rollout';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import type { FurtherRun } from '../../../local/runtime/state-machine';
import { synthesize } from '../synthesized';
import { named, plan, run } from './machine-run';

const ENVIRONMENT = {
  name: 'staging',
  values: 'chart/values.yaml',
  deploy: { with: 'helm', chart: 'chart', release: 'platform', cluster: 'main', namespace: 'staging' },
  verify: { health: { url: 'https://staging.example.com/health', seconds: 5 } },
  watch: { hours: 24 },
  onFailure: 'rollback',
  then: 'production',
} as const;

const PRODUCTION = { name: 'production', values: 'chart/values-production.yaml' };

const DEFINITION = stateMachineDefinition(
  synthesize({ settings: { environments: [ENVIRONMENT, PRODUCTION] } }).toJSON() as Template,
);

const JOB: CommandJob = {
  run: 'run-1',
  name: 'deploy',
  id: 'run-1 0 1',
  source: 'bucket/sources/c/',
  timeoutMinutes: 15,
  seconds: '900',
  environment: 'staging',
  commit: 'c'.repeat(40),
  script: '',
  cluster: 'main',
  namespace: 'staging',
  chart: 'chart',
  release: 'platform',
  values: 'chart/values.yaml',
};

const step = (next: RolloutStep['next'], part: Partial<RolloutStep> = {}): RolloutStep => ({
  next,
  phase: 'verify',
  seconds: 0,
  ...part,
});

/** Runs the machine with these answers of the rollout function, one after the other. */
async function rollOut(
  answers: readonly (RolloutStep | Error)[],
  fakes: {
    readonly build?: () => unknown;
    readonly startRun?: (run: FurtherRun) => 'started' | 'taken' | 'failed';
  } = {},
) {
  const rest = [...answers];
  const Rollout = () => {
    const answer = rest.shift() ?? step('done');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const started: FurtherRun[] = [];
  const result = await run(() => plan({}), {
    definition: DEFINITION,
    steps: { Rollout },
    ...(fakes.build === undefined ? {} : { build: fakes.build }),
    startRun: async (further: FurtherRun) => {
      started.push(further);
      const end = fakes.startRun?.(further) ?? 'started';
      return end === 'failed' ? { status: 'FAILED' as const, error: 'DeployFailed', cause: 'x' } : end;
    },
  });
  const phases = result.payloads('Rollout').map((payload) => (payload as RolloutRequest).phase);
  return { ...result, phases, started, states: result.entered.map(({ state }) => state) };
}

describe('the states after the commit', () => {
  test('are not there if nothing follows in any environment', () => {
    const plain = stateMachineDefinition(synthesize().toJSON() as Template);

    expect(Object.keys(plain.States as object)).not.toContain('Deploy');
    expect(JSON.stringify(plain)).not.toContain('startExecution');
  });

  test('deploy, wait, verify and watch, in that order, and then report', async () => {
    const { phases, states, result } = await rollOut([
      step('command', { command: JOB }),
      step('wait', { seconds: 0 }),
      step('wait', { phase: 'watch' }),
      step('done', { phase: 'watch' }),
    ]);

    expect(result.status).toBe('SUCCEEDED');
    expect(phases).toEqual(['deploy', 'verify', 'verify', 'watch']);
    const after = states.slice(states.indexOf('Update the values file') + 1).filter((state) => !state.endsWith('?'));
    expect(after).toEqual([
      'Deploy',
      'Run a deployment or check',
      'Verify',
      'Wait',
      'Verify',
      'Wait',
      'Watch',
      'Report the run',
    ]);
  });

  test('give the end of a command to the next look, good or bad', async () => {
    const failing = () => {
      throw named('States.TaskFailed', '{"Build":{"BuildStatus":"FAILED"}}');
    };
    const builds: (() => unknown)[] = [() => ({}), failing];
    const { payloads } = await rollOut(
      [step('command', { command: JOB }), step('command', { command: { ...JOB, id: '2' } }), step('done')],
      { build: () => (builds.length > 1 ? builds.shift() : builds[0])?.() },
    );

    const [, first, second] = payloads('Rollout') as RolloutRequest[];
    expect(first?.last).not.toHaveProperty('error');
    expect(second?.last).toMatchObject({ error: { Error: 'States.TaskFailed' } });
  });

  test('fail the run with the error of the look', async () => {
    const { result, steps } = await rollOut([step('verify'), named('VerifyFailed', 'the check failed')]);

    expect(result).toMatchObject({ status: 'FAILED', error: 'VerifyFailed' });
    expect(steps.slice(-2)).toEqual(['Report', 'End']);
  });

  test('roll back in a run of its own, wait for it, and record its end whatever it is', async () => {
    const start = { name: 'rollback-0-run-1', input: { action: 'rollback', run: 'run-1' } } as const;
    const { started, phases, result } = await rollOut(
      [step('verify'), step('rollBack', { start }), named('VerifyFailed', 'both commits')],
      { startRun: () => 'failed' },
    );

    expect(started).toEqual([{ ...start, wait: true }]);
    expect(phases.at(-1)).toBe('rolledBack');
    expect(result).toMatchObject({ error: 'VerifyFailed' });
  });

  test.each(['started', 'taken'] as const)('promote once: a name that is %s is good', async (end) => {
    const start = {
      name: 'to-production-run-1',
      input: { action: 'promote', run: 'run-1', environment: 'production' },
    } as const;
    const { started, result } = await rollOut([step('verify'), step('promote', { start })], { startRun: () => end });

    expect(started).toEqual([{ ...start, wait: false }]);
    expect(result.status).toBe('SUCCEEDED');
  });

  const WAYS: readonly RolloutStep[] = [
    step('command', { command: JOB }),
    step('wait'),
    step('wait', { phase: 'watch' }),
    step('promote', {
      phase: 'watch',
      start: { name: 'to-production-run-1', input: { action: 'promote', run: 'run-1', environment: 'production' } },
    }),
  ];

  test('go on after a redrive from whatever state the run was stopped in', async () => {
    const { entered } = await rollOut(WAYS);
    const after = entered.slice(entered.findIndex(({ state }) => state === 'Deploy'));
    expect(new Set(after.map(({ state }) => state)).size).toBeGreaterThanOrEqual(8);

    for (const from of after) {
      const answers = [step('wait', { phase: 'watch' }), step('done', { phase: 'watch' })];
      const { result } = await run(
        () => plan({}),
        {
          definition: DEFINITION,
          steps: { Rollout: () => answers.shift() ?? step('done') },
          startRun: async () => 'taken',
        },
        { ...from, redrives: 1 },
      );
      expect({ from: from.state, status: result.status }).toEqual({ from: from.state, status: 'SUCCEEDED' });
    }
  }, 60_000);
});
