/** Whole runs on one machine whose environment is verified, and rolled back if that fails. */
import { makeRolloutPipeline, oneEnvironment, type RolloutPipeline } from '../../support/pipeline/rollout-pipeline';

let world: RolloutPipeline;

beforeAll(async () => {
  world = await makeRolloutPipeline(oneEnvironment());
  await world.report('release', '--version', 'v1.4.0', '--ref', 'main');
}, 120_000);

afterAll(() => world.close());

const release = (version: string) => world.report('release', '--version', version, '--ref', 'main');
const values = () => world.read('chart/values.yaml');

test('a run ends well once the cluster runs its images and the check passes', async () => {
  world.answer(200);

  const report = await release('v1.5.0');

  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    rollout: { environment: 'staging', end: 'verified', checks: [{ name: 'health', state: 'passed', tries: 1 }] },
  });
  expect(report.rollout?.services.map(({ state }) => state)).toEqual(Array(4).fill('converged'));
}, 120_000);

test('a check that fails once is tried again', async () => {
  world.answer(503, 200);

  expect(await release('v1.6.0')).toMatchObject({
    status: 'SUCCEEDED',
    rollout: { checks: [{ state: 'passed', tries: 2 }] },
  });
}, 120_000);

test('a check that fails for good takes the environment back, and the run names both commits', async () => {
  const before = values();
  world.answer(503, 503, 200);

  const report = await release('v1.7.0');

  expect(values()).toBe(before);
  const [head, failed] = world.repository.git('log', '-2', '--format=%H', 'main').split('\n');
  expect(report).toMatchObject({
    status: 'FAILED',
    commit: failed,
    error: { name: 'VerifyFailed' },
    rollout: { end: 'failed', rollback: { commit: head } },
  });
  expect(report.error?.message).toContain(`commit ${failed}`);
  expect(report.error?.message).toContain(`rolled back by commit ${head}`);
  const message = world.repository.git('log', '-1', '--format=%B', 'main');
  expect(message).toContain('Reason: check health: answered 503, not 200 (2 tries)');
  expect(message).toContain(`Rollback-Of: ${report.run}`);
}, 120_000);

test('a rollback that does not help stops, and is not rolled back itself', async () => {
  world.answer(503);
  const commits = () => Number(world.repository.git('rev-list', '--count', 'main'));
  const before = commits();

  const report = await release('v1.8.0');

  expect(report.error?.name).toBe('VerifyFailed');
  expect(report.error?.message).toContain('the rollback failed, so the environment needs attention');
  expect(commits()).toBe(before + 2);
  world.answer(200);
}, 120_000);

test('a workload that never becomes ready fails the deployment, with the reason of its pod', async () => {
  world.namespace.broken.add('auth');
  world.onCheck(() => undefined);

  const report = await release('v1.9.0');
  world.namespace.broken.clear();

  expect(report.error?.name).toBe('DeployFailed');
  expect(report.error?.message).toContain('ImagePullBackOff');
}, 120_000);
