/** Runs whose jobs lie in the object store: more at a time than 40, or more than the state machine's data has room for. */
import type { BuildJob, BuildOutcome } from '../../../core/contract/job';
import type { PlanResult } from '../../../core/contract/plan';
import type { ReleaseRequest } from '../../../core/contract/release';
import { stateMachineDefinition, type Template } from '../../../local/runtime/definition';
import { statementsOf } from '../rights/role-statements';
import { STAGES, synthesize } from '../synthesized';
import { flat, job, named, plan, run, serviceOf } from './machine-run';

const template = synthesize({ settings: { maxConcurrency: 60 } }).toJSON();
const definition = stateMachineDefinition(template as Template);

/** What the plan step returns and stores for these jobs by stage. */
function storedPlan(services: Record<string, readonly string[]>) {
  const stored: Record<string, readonly BuildJob[]> = {};
  const counts = STAGES.map(({ name }) => {
    const jobs = (services[name] ?? []).map(job);
    const key = `runs/run-1/jobs/${name}.json`;
    if (jobs.length > 0) stored[key] = jobs;
    return [name, { count: jobs.length, key }] as const;
  });
  const result: PlanResult = { ...plan({}), stored: Object.fromEntries(counts) };
  return { result, stored };
}

const numbered = (stage: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${stage}-a-service-with-a-name-that-is-rather-long-${index}`);

interface MapState {
  readonly Type: string;
  readonly MaxConcurrency: number;
  readonly Label: string;
  readonly ItemReader: object;
  readonly ItemProcessor: { readonly ProcessorConfig: object };
}

function mapsOf(value: unknown): MapState[] {
  if (Array.isArray(value)) return value.flatMap(mapsOf);
  if (typeof value !== 'object' || value === null) return [];
  return [...((value as MapState).Type === 'Map' ? [value as MapState] : []), ...Object.values(value).flatMap(mapsOf)];
}

describe('the state machine', () => {
  test('reads the jobs of each stage from its own object, and runs each as an execution', () => {
    const maps = mapsOf(definition);
    expect(maps.map(({ Label }) => Label).sort()).toEqual(STAGES.map(({ name }) => name).sort());
    for (const { Label, MaxConcurrency, ItemReader, ItemProcessor } of maps) {
      expect(MaxConcurrency).toBe(60);
      expect(ItemReader).toEqual({
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSON' },
        Parameters: { Bucket: expect.stringContaining('StoreBucket'), 'Key.$': `$.stored.${Label}.key` },
      });
      expect(ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    }
  });

  test('has its jobs in the plan if at most forty run at a time', () => {
    const maps = mapsOf(stateMachineDefinition(synthesize({ settings: { maxConcurrency: 40 } }).toJSON() as Template));
    expect(maps.map(({ ItemReader }) => ItemReader)).toEqual(STAGES.map(() => undefined));
  });

  test('may also read jobs, and start, watch, stop and redrive its executions', () => {
    const rights = statementsOf(template).PipelineStateMachine ?? [];
    const usual = statementsOf(synthesize().toJSON()).PipelineStateMachine ?? [];
    const further = rights.filter((right) => !usual.some((known) => JSON.stringify(known) === JSON.stringify(right)));
    const executions = 'states:execution:PipelineStateMachine';
    expect(further).toEqual([
      { actions: ['s3:GetObject'], resources: ['StoreBucket/runs/*/jobs/*.json'] },
      { actions: ['states:StartExecution'], resources: ['PipelineStateMachine'] },
      { actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [`${executions}:*`] },
      {
        actions: ['states:RedriveExecution'],
        resources: STAGES.map(({ name }) => `${executions}/${name}:*`).sort(),
      },
    ]);
  });
});

describe('a run', () => {
  test('of 1,000 failed builds keeps every payload below the limit, and reports all', async () => {
    const { result: planned, stored } = storedPlan({
      tools: numbered('tools', 500),
      workers: numbered('workers', 500),
    });
    const build = () => {
      throw named('States.TaskFailed', '{"Build":{}}');
    };
    const Outcome = ({ service }: { service: string }) => ({ service, status: 'FAILED' });

    const { result, payloads, entered } = await run(() => planned, { definition, stored, build, steps: { Outcome } });

    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
    const [request] = payloads('Release') as ReleaseRequest[];
    const outcomes: BuildOutcome[] = flat(request?.builds ?? []);
    expect(outcomes).toHaveLength(1000);
    const isReading = ({ state }: { readonly state: string }) => STAGES.some(({ title }) => title === state);
    for (const { input } of entered.filter((each) => !isReading(each))) {
      expect(JSON.stringify(input).length).toBeLessThan(262_144);
    }
  }, 60_000);

  test('builds the jobs of the files, stage after stage, and starts no Map for a stage without any', async () => {
    const { result: planned, stored } = storedPlan({ tools: ['t1', 't2'], critical: ['c'] });

    const { result, payloads, entered } = await run(() => planned, { definition, stored });

    expect(result.status).toBe('SUCCEEDED');
    expect(payloads('Build').map(serviceOf)).toEqual(['t1', 't2', 'c']);
    const states = entered.map(({ state }) => state);
    expect(states).toContain('Read: Stage tools');
    expect(states).toContain('No jobs (workers)');
    expect(states).not.toContain('Stage workers');
  });

  test('whose jobs cannot be read fails, and is reported', async () => {
    const { result: planned } = storedPlan({ tools: ['t'] });
    const failing = { definition, stored: { 'runs/run-1/jobs/tools.json': 'no list' } };

    const { result, steps } = await run(() => planned, failing);

    expect(result.status).toBe('FAILED');
    expect(steps).not.toContain('Release');
  });
});
