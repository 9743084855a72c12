/** Processes that are killed (SIGKILL) in a state after the commit; the same run again brings the environment to what its values file names. */
import { killWhenItSays } from '../../support/pipeline/killed-process';
import { makeRolloutPipeline, oneEnvironment, type RolloutPipeline } from '../../support/pipeline/rollout-pipeline';

let world: RolloutPipeline;
let minor = 3;

beforeAll(async () => {
  world = await makeRolloutPipeline(oneEnvironment({ watch: { minutes: 0.05, every: 0.02 } }));
  await world.report('release', '--version', 'v1.3.1', '--ref', 'main');
}, 120_000);

afterAll(() => world.close());

test.each([
  ['Deploy', [200]],
  ['Verify', [200]],
  ['Watch', [200]],
  ['Roll back', [503]],
] as const)(
  'killed in "%s", the same release again is verified',
  async (state, answers) => {
    minor += 1;
    const release = ['release', '--version', `v1.${minor}.0`, '--ref', 'main'];
    world.answer(...answers);

    await killWhenItSays(`  ${state}\n`, world.home, release);
    world.repository.git('fsck', '--strict');
    world.answer(200);
    const report = await world.report(...release);

    expect(report).toMatchObject({ status: 'SUCCEEDED', rollout: { environment: 'staging', end: 'verified' } });
    expect(report.rollout?.services.map((service) => service.state)).toEqual(Array(4).fill('converged'));
    expect(world.read('chart/values.yaml')).toContain(`tag: &tag v1.${minor}.0`);
  },
  120_000,
);
