/** Runs whose process is killed in a state after the commit, and that are redriven as Step Functions does, or planned again as one machine does. */
import { objectKeys } from '../../../core/contract/keys';
import type { RunReport } from '../../../core/contract/report';
import { parseVersionLock } from '../../../core/version/version-lock';
import { type MemoryPipeline, type MemoryRun, openMemoryPipeline } from '../../support/pipeline/memory-pipeline';

const HEALTH = 'https://staging.example.com/health';
const VALUES = 'chart/values.yaml';
const LOCK = 'chart/version-lock.yaml';

let pipeline: MemoryPipeline;
let releases = 0;

beforeAll(async () => {
  const staging = {
    name: 'staging',
    values: VALUES,
    deploy: { with: 'nothing', cluster: 'main', namespace: 'staging', minutes: 10 },
    verify: { health: { url: HEALTH, seconds: 1, retries: 1 } },
    watch: { minutes: 10, every: 5 },
    onFailure: 'rollback',
  };
  pipeline = await openMemoryPipeline({ environments: [staging], releaseTag: { environment: 'staging' } });
});
afterAll(() => pipeline.remove());
beforeEach(() => {
  pipeline.answers.clear();
  pipeline.onStep = () => undefined;
});

/** Runs a release and kills its process at the first call of the state: before its work, or before its answer arrives. */
async function killedAt(state: string, when: 'before' | 'after', run: string, input: object): Promise<MemoryRun> {
  const kill = new AbortController();
  pipeline.onStep = (call) => {
    // The versions before were good.
    if (call.run === `rollback-0-${run}`) pipeline.answers.clear();
    if (kill.signal.aborted || call.run !== run || call.state !== state || call.when !== when) return;
    kill.abort();
    throw new Error('killed');
  };
  const killed = await pipeline.run(run, input, { signal: kill.signal });
  expect(killed.result.status).toBe('ABORTED');
  return killed;
}

/** The next release, its version and the values file before it. */
function nextRelease() {
  releases += 1;
  const version = `v1.${4 + releases}.0`;
  return {
    run: `release-${releases}`,
    version,
    before: pipeline.read(VALUES),
    input: { action: 'release', ref: 'main', version },
  };
}

function lockedVersions(): readonly string[] {
  const lock = parseVersionLock(pipeline.read(LOCK), LOCK);
  return [...new Set([...lock.values()].map(({ version }) => version))];
}

test.each([
  ['before', 'Deploy'],
  ['after', 'Deploy'],
  ['after', 'Verify'],
  ['before', 'Watch'],
  ['after', 'Watch'],
  ['after', 'Tag the release'],
] as const)(
  'killed %s the work of "%s": a redrive ends the run well, with one commit and one tag',
  async (when, state) => {
    const { run, version, input } = nextRelease();
    const killed = await killedAt(state, when, run, input);
    const last = killed.entered.findLast(({ name }) => name === state);

    const redrive = { state, input: last?.input };
    const { result } = await pipeline.run(run, input, { redrive });

    expect(result.status).toBe('SUCCEEDED');
    expectReleased(run, version, await pipeline.stored<RunReport>(objectKeys.report(run)));
  },
);

test.each(['Watch'])(
  'killed in "%s" and planned again: the run ends well, with one commit and one tag',
  async (state) => {
    const { run, version, input } = nextRelease();
    await killedAt(state, 'after', run, input);

    const { result } = await pipeline.run(run, input, {
      redrive: 'again',
    });

    expect(result.status).toBe('SUCCEEDED');
    expectReleased(run, version, await pipeline.stored<RunReport>(objectKeys.report(run)));
  },
);

function expectReleased(run: string, version: string, report: RunReport): void {
  expect(pipeline.commitsOf(run)).toHaveLength(1);
  expect(pipeline.read(VALUES)).toContain(`tag: &tag ${version}`);
  expect(lockedVersions()).toEqual([version]);
  expect(pipeline.repository.git('cat-file', '-t', version)).toBe('tag');
  expect(report).toMatchObject({ status: 'SUCCEEDED', rollout: { environment: 'staging', end: 'verified' } });
}

const ROLLBACK_CASES = ['Roll back', 'Record the rollback'].flatMap((state) =>
  (['before', 'after'] as const).map((when) => [when, state] as const),
);

test.each(ROLLBACK_CASES)(
  'killed %s the work of "%s": a redrive rolls back once, and the run names both commits',
  async (when, state) => {
    const { run, before, input } = nextRelease();
    pipeline.answers.set(HEALTH, 503);
    const killed = await killedAt(state, when, run, input);
    expect(killed.entered.map(({ name }) => name)).toContain('Roll back');
    const last = killed.entered.findLast(({ name }) => name === state);

    const { result } = await pipeline.run(run, input, { redrive: { state, input: last?.input } });

    expect(result).toMatchObject({ status: 'FAILED', error: 'VerifyFailed' });
    const [commit] = pipeline.commitsOf(run);
    const [undo, ...others] = pipeline.commitsOf(`rollback-0-${run}`);
    expect(others).toEqual([]);
    expect(result).toMatchObject({ cause: expect.stringContaining(`commit ${commit}`) });
    expect(result).toMatchObject({ cause: expect.stringContaining(`rolled back by commit ${undo}`) });
    expect(pipeline.read(VALUES)).toBe(before);
  },
);
