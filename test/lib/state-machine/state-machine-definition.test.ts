/** The definition of the state machine, state by state. What it does is in `state-machine-run.test.ts`. */
import { Match } from 'aws-cdk-lib/assertions';
import { JOB_ENV } from '../../../core/contract/job-environment';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { STAGES, stage, synthesize } from '../synthesized';

interface State {
  readonly name: string;
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly MaxConcurrency?: number;
  readonly Parameters?: Record<string, unknown>;
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly ResultPath?: string;
    readonly Next: string;
  }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
}

/** All states, in Maps and Parallels, too, each with its name. */
function statesOf(value: unknown): State[] {
  if (Array.isArray(value)) return value.flatMap(statesOf);
  if (typeof value !== 'object' || value === null) return [];
  const { States, ...rest } = value as { States?: Record<string, object> };
  const own = Object.entries(States ?? {}).flatMap(([name, state]) => [
    { name, ...state } as State,
    ...statesOf(state),
  ]);
  return [...own, ...Object.values(rest).flatMap(statesOf)];
}

const template = synthesize();
const states = statesOf(stateMachineDefinition(template.toJSON() as Template));
const tasks = states.filter(({ Type }) => Type === 'Task');
const approval = tasks.find(({ name }) => name === 'Wait for approval');
const end = tasks.find(({ name }) => name === 'Fail unless redriven');
const keeps = tasks.filter(({ name }) => name.startsWith('Store manifests ('));
const builds = tasks.filter(({ Resource }) => Resource?.endsWith('codebuild:startBuild.sync'));

describe('the state machine', () => {
  test('is of the standard type, has a time limit, traces, and logs everything but the data', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: Match.absent(),
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    });
    expect(stateMachineDefinition(template.toJSON() as Template)).toHaveProperty('TimeoutSeconds', 96 * 3600);
  });

  test('names every state once, with at most 80 characters', () => {
    const names = states.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.length > 80)).toEqual([]);
  });

  test('names of states stay short with the longest names of stages and modules', () => {
    const named = (index: number) => `s${String(index).padStart(39, '0')}`;
    const long = Array.from({ length: 30 }, (_, index) => ({
      ...stage(named(index), index % 5 === 0 ? [] : [named(index - 1)]),
      title: `Stage ${String(index).padStart(54, '0')}`,
    }));
    const modules = long.map(({ name }) => ({ stage: name }));
    const settings = { stopAtFirstFailure: true };
    for (const maxConcurrency of [20, 60]) {
      const template = synthesize({ stages: long, modules, settings: { ...settings, maxConcurrency } });
      const names = statesOf(stateMachineDefinition(template.toJSON() as Template)).map(({ name }) => name);
      expect(names.filter((name) => name.length > 80)).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('has one sentence for every state in the console', () => {
    const silent = states.filter(({ Comment = '' }) => !/^[A-Z"].{10,100}[.]$/.test(Comment)).map(({ name }) => name);
    expect(silent).toEqual([]);
  });

  test('every task has a time limit and catches every error beside its data', () => {
    expect(tasks.length).toBeGreaterThan(12);
    const usual = tasks.filter((task) => task !== approval && task !== end && !keeps.includes(task));
    for (const { name, TimeoutSeconds, Catch } of usual) {
      expect({ name, limit: TimeoutSeconds }).toEqual({ name, limit: expect.any(Number) });
      expect({ name, Catch }).toEqual({
        name,
        Catch: [
          { ErrorEquals: ['States.ALL'], ResultPath: expect.stringMatching(/^\$\.\w+$/), Next: expect.any(String) },
        ],
      });
    }
  });

  test('a job fails if its candidate is missing, and not if manifests cannot be stored', () => {
    expect(keeps).toHaveLength(STAGES.length);
    for (const { name, Catch } of keeps) {
      const label = name.slice('Store manifests '.length);
      expect(Catch).toEqual([
        { ErrorEquals: ['ImageMissing'], ResultPath: '$.error', Next: `Explain failure ${label}` },
        { ErrorEquals: ['States.ALL'], ResultPath: '$.keepError', Next: `Manifests not stored ${label}` },
      ]);
    }
  });

  test('the approval has the time of the plan, and its timeout counts as a no', () => {
    expect(approval).toMatchObject({
      Resource: expect.stringMatching(/:lambda:invoke\.waitForTaskToken$/),
      TimeoutSecondsPath: '$.approvalSeconds',
      Catch: [
        { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Approval timed out' },
        { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Record the failure' },
      ],
    });
  });

  test('a run fails with a task, which can be redriven, and goes back to its input', () => {
    expect(end).toMatchObject({ TimeoutSeconds: 960, Next: 'Read the input' });
    expect(end).not.toHaveProperty('Catch');
    expect(states.filter(({ Type }) => Type === 'Fail')).toEqual([]);
  });

  test('the limit of a run includes the slowest approval', () => {
    const environments = [
      { name: 'dev', values: 'chart/values.yaml' },
      { name: 'production', values: 'chart/values-production.yaml', approval: { hours: 24 } },
    ];
    const definition = stateMachineDefinition(synthesize({ settings: { environments } }).toJSON() as Template);

    expect(definition).toHaveProperty('TimeoutSeconds', (96 + 24) * 3600);
  });

  test('every call of a function is retried after a fault of Lambda only', () => {
    for (const { Retry } of tasks.filter(({ Resource }) => Resource?.includes('lambda:invoke'))) {
      expect(Retry?.map(({ ErrorEquals }) => ErrorEquals)).toEqual([
        [
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.ClientExecutionTimeoutException',
          'Lambda.TooManyRequestsException',
        ],
      ]);
    }
  });

  test('a build is retried only if it could not be started', () => {
    expect(builds).toHaveLength(6);
    for (const { Retry } of builds) {
      expect(Retry?.map(({ ErrorEquals }) => ErrorEquals)).toEqual([
        ['CodeBuild.AccountLimitExceededException'],
        ['CodeBuild.ThrottlingException', 'CodeBuild.AWSCodeBuildException', 'CodeBuild.SdkClientException'],
      ]);
    }
    expect(states.filter(({ Type, Retry }) => Type !== 'Task' && Retry !== undefined)).toEqual([]);
  });

  test('a job gets exactly the variables of the contract, all of them plain text', () => {
    for (const { Parameters } of builds) {
      expect(Object.keys(Parameters ?? {}).sort()).toEqual([
        'ComputeTypeOverride.$',
        'EnvironmentTypeOverride.$',
        'EnvironmentVariablesOverride',
        'IdempotencyToken.$',
        'ImageOverride.$',
        'ProjectName',
        'SourceLocationOverride.$',
        'SourceTypeOverride',
        'TimeoutInMinutesOverride.$',
      ]);
      const variables = Parameters?.EnvironmentVariablesOverride as { Name: string; Type: string }[];
      expect(variables.map(({ Name }) => Name)).toEqual(Object.values(JOB_ENV));
      expect(variables.map(({ Type }) => Type)).toEqual(variables.map(() => 'PLAINTEXT'));
      expect(variables.every((variable) => !('Type.$' in variable))).toBe(true);
    }
  });

  test('a stage runs as many jobs at a time as the catalog or the settings allow', () => {
    const definition = stateMachineDefinition(
      synthesize({ stages: [stage('a', [], 3), stage('b')], settings: { maxConcurrency: 7 } }).toJSON() as Template,
    );
    const maps = statesOf(definition).filter(({ Type }) => Type === 'Map');
    expect(maps.map(({ name, MaxConcurrency }) => [name, MaxConcurrency])).toEqual([
      ['Stage a', 3],
      ['Stage b', 7],
    ]);
  });
});
