/** Runs whose images share machines: each image has its own end, and is built alone if its machine did not push it. */
import type { CandidateRequest, MachineJob } from '../../../../core/contract/job';
import type { ReleaseRequest } from '../../../../core/contract/release';
import { machineJobs } from '../../../../core/planning/shared-machines';
import { stateMachineDefinition, type Template } from '../../../../local/runtime/definition';
import { statementsOf } from '../../rights/role-statements';
import { synthesize } from '../../synthesized';
import { flat, job, named, plan, run, serviceOf } from '../machine-run';

const template = synthesize({ settings: { builders: 60 } }).toJSON();
const definition = stateMachineDefinition(template as Template);

/** Three images of which two share a machine, and one that is alone. */
function planned() {
  const images = { tools: ['a', 'b', 'c'].map(job), workers: ['w'].map(job) };
  const stages = machineJobs(images, [['a', 'b']], (service) => `bucket/list-of-${service}.json`);
  return plan({}, { stages: { ...plan({}).stages, ...stages } });
}

/** A run in which the machine ends with this error, and the registry has these images after it. */
async function runWith(pushed: readonly string[], error?: Error, alone: (service: string) => void = () => undefined) {
  const built = new Set(pushed);
  const build = (payload: unknown) => {
    const service = serviceOf(payload);
    if (service === undefined) {
      if (error !== undefined) throw error;
      return {};
    }
    alone(service);
    built.add(service);
    return {};
  };
  const Candidate = ({ candidate }: CandidateRequest) => {
    if (!built.has(candidate.replace(/^.*:/, ''))) throw named('ImageMissing', 'no such candidate');
    return { digest: `sha256:${'a'.repeat(64)}` };
  };
  const result = await run(planned, { definition, build, steps: { Candidate } });
  const outcomes = flat((result.payloads('Release') as ReleaseRequest[])[0]?.builds ?? []);
  const ends = Object.fromEntries(outcomes.map(({ service, status }) => [service, status]));
  return {
    ...result,
    outcomes,
    ends,
    alone: result
      .payloads('Build')
      .flatMap((each) => serviceOf(each) ?? [])
      .sort(),
  };
}

const ALL_BUILT = { a: 'SUCCEEDED', b: 'SUCCEEDED', c: 'SUCCEEDED', w: 'SUCCEEDED' };

describe('images that share a machine', () => {
  test('are built by one job, which gets the place of their list, and the others by their own', async () => {
    const { payloads, ends, alone, outcomes } = await runWith(['a', 'b']);

    expect(ends).toEqual(ALL_BUILT);
    expect(outcomes).toHaveLength(4);
    expect(alone).toEqual(['c', 'w']);
    expect(payloads('Build')).toHaveLength(3);
    expect(payloads('Build').find((each) => serviceOf(each) === undefined)).toMatchObject({
      SourceLocationOverride: 'bucket/sources/c/',
      TimeoutInMinutesOverride: 30,
      ComputeTypeOverride: 'BUILD_GENERAL1_MEDIUM',
      EnvironmentVariablesOverride: [
        { Name: 'RUN_ID', Type: 'PLAINTEXT', Value: 'run-1' },
        { Name: 'IMAGE_LIST', Type: 'PLAINTEXT', Value: 'bucket/list-of-a.json' },
        { Name: 'SOURCE_COMMIT', Type: 'PLAINTEXT', Value: 'c'.repeat(40) },
      ],
    });
  });

  test('stand if the machine failed after it had pushed them; the others are built alone, with a token of their own', async () => {
    const { payloads, ends, alone } = await runWith(
      ['b'],
      named('States.TaskFailed', '{"Build":{"BuildStatus":"FAULT"}}'),
    );

    expect(ends).toEqual(ALL_BUILT);
    expect(alone).toEqual(['a', 'c', 'w']);
    const tokens = (payloads('Build') as { IdempotencyToken: string }[]).map((each) => each.IdempotencyToken);
    expect(new Set(tokens).size).toBe(4);
  });

  test('are all built alone if the machine never started', async () => {
    const { ends, alone } = await runWith([], named('CodeBuild.InvalidInputException', 'no such machine'));

    expect(ends).toEqual(ALL_BUILT);
    expect(alone).toEqual(['a', 'b', 'c', 'w']);
  });

  test('fail one by one, each with the log and cause of its own build', async () => {
    const { ends, payloads, result } = await runWith(['a'], named('States.TaskFailed', '{}'), (service) => {
      if (service === 'b') throw named('States.TaskFailed', '{"Build":{"BuildStatus":"FAILED"}}');
    });

    expect(ends).toEqual({ ...ALL_BUILT, b: 'FAILED' });
    expect(payloads('Outcome')).toMatchObject([{ service: 'b', attempt: 1 }]);
    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildsFailed' });
  });

  test('tell the candidate step which image of the machine they are, so that it keeps their own times', async () => {
    const { payloads } = await runWith(['a', 'b']);
    const requests = payloads('Candidate') as CandidateRequest[];

    expect(requests.flatMap(({ sharedBy }) => sharedBy ?? []).sort()).toEqual(['a', 'b']);
  });

  test('give no right to a pipeline that does not let images share machines', () => {
    const lists = 'StoreBucket/runs/*/machines/*.json';
    const withList = (of: object) =>
      Object.entries(statementsOf(of as never))
        .filter(([, statements]) => JSON.stringify(statements).includes(lists))
        .map(([role]) => role)
        .sort();
    expect(withList(template)).toEqual(['Builder', 'Plan']);
    expect(withList(synthesize().toJSON())).toEqual([]);
  });
});

test('machines have the images of one stage, most urgent first, and at most the limit of CodeBuild', () => {
  const long = { ...job('b'), timeoutMinutes: 2150 };
  const { tools = [] } = machineJobs(
    { tools: [job('c'), job('a'), long] },
    [['a', 'b']],
    (service) => `list/${service}`,
  );

  expect(
    tools.map(({ service, together, list, timeoutMinutes }: MachineJob) => [service, together, list, timeoutMinutes]),
  ).toEqual([
    ['c', false, '', 15],
    ['a', true, 'list/a', 2160],
  ]);
});
