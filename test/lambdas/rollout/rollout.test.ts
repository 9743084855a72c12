import { entry, makeRolloutWorld, REPLY, type RolloutWorld, RUN } from './rollout-world';

let world: RolloutWorld;
afterEach(() => world.remove());

const MINUTE = 60_000;

describe('after the commit', () => {
  test('a run ends without a rollout if its branch has no rule, or if it released nothing', async () => {
    world = await makeRolloutWorld({}, { services: [] });
    expect(await world.call('deploy')).toMatchObject({ next: 'done' });

    world.remove();
    world = await makeRolloutWorld({}, { ref: 'feature/x' });
    expect(await world.call('deploy')).toMatchObject({ next: 'done' });
  });

  test('the checks are sent once the workloads are complete', async () => {
    world = await makeRolloutWorld();
    world.running = { auth: 'v1.0.0', web: 'v1.0.0' };
    expect(await world.call('deploy')).toMatchObject({ next: 'verify' });

    expect(await world.call('verify')).toMatchObject({ next: 'wait', phase: 'verify', seconds: 1 });
    expect((await world.record()).report.checks).toEqual([{ name: 'health', state: 'waiting', tries: 0 }]);
    world.running = { auth: 'v2.0.0', web: 'v1.0.0' };

    expect(await world.call('verify')).toMatchObject({ next: 'done' });
    expect((await world.record()).report).toMatchObject({ end: 'verified', checks: [{ state: 'passed' }] });
  });

  test('a deployment that is not complete in time fails and names the missing services', async () => {
    world = await makeRolloutWorld({ onFailure: 'stop' });
    world.running = { auth: 'v1.0.0', web: 'v1.0.0' };
    await world.call('deploy');
    await world.call('verify');
    world.now += 10 * MINUTE;

    await expect(world.call('verify')).rejects.toMatchObject({
      name: 'DeployFailed',
      message: expect.stringMatching(
        /staging, commit [0-9a-f]{40}: after 10 min: auth: .*v1\.0\.0.*; nothing was rolled back/,
      ),
    });
  });

  test('a namespace that runs none of the images fails', async () => {
    world = await makeRolloutWorld({ onFailure: 'stop' });
    world.running = {};
    await world.call('deploy');
    await world.call('verify');
    world.now += 10 * MINUTE;

    await expect(world.call('verify')).rejects.toThrow('no workload of namespace staging uses the image');
  });

  test('a service that the environment does not deploy is ignored', async () => {
    world = await makeRolloutWorld({
      deploy: { with: 'nothing', cluster: 'main', namespace: 'staging', without: ['auth'] },
    });
    world.running = { web: 'v1.0.0' };
    await world.call('deploy');

    expect(await world.call('verify')).toMatchObject({ next: 'done' });
  });

  test('a short-lived service may be absent, and is judged as long as its Job exists', async () => {
    const deploy = { with: 'nothing', cluster: 'main', namespace: 'staging', minutes: 10, shortLived: ['auth'] };
    world = await makeRolloutWorld({ deploy, onFailure: 'stop' });
    world.running = { auth: 'v1.0.0', web: 'v1.0.0' };
    await world.call('deploy');
    expect(await world.call('verify')).toMatchObject({ next: 'wait' });

    world.running = { web: 'v1.0.0' };
    expect(await world.call('verify')).toMatchObject({ next: 'done' });
    expect((await world.record()).report.services).toMatchObject([
      { service: 'auth', state: 'missing' },
      { service: 'web', state: 'converged' },
    ]);
  });

  test('a service that is not short-lived must run, and at least one workload must exist', async () => {
    const deploy = { with: 'nothing', cluster: 'main', namespace: 'staging', minutes: 10, shortLived: ['web'] };
    world = await makeRolloutWorld({ deploy, onFailure: 'stop' });
    const namespaces: readonly Readonly<Record<string, string>>[] = [{ web: 'v1.0.0' }, {}];
    for (const running of namespaces) {
      world.running = running;
      await world.call('deploy');
      expect(await world.call('verify')).toMatchObject({ next: 'wait' });
    }
  });

  test('a failed check is tried again after its time limit, then the run is rolled back with the reason', async () => {
    world = await makeRolloutWorld({ onFailure: 'rollback' });
    world.checks = [REPLY(503), { kind: 'late' }];
    await world.call('deploy');

    expect(await world.call('verify')).toMatchObject({ next: 'wait', seconds: 5 });
    expect(await world.call('verify')).toEqual({
      next: 'rollBack',
      phase: 'verify',
      seconds: 0,
      start: {
        name: `rollback-0-${RUN}`,
        input: { action: 'rollback', run: RUN, reason: 'check health: no answer within 5 s (2 tries)' },
      },
    });
  });

  test('an unreachable address fails the run without a rollback, so that a person decides', async () => {
    world = await makeRolloutWorld({ onFailure: 'rollback' });
    world.checks = [{ kind: 'unreachable', why: 'it cannot be reached: ECONNREFUSED' }];
    await world.call('deploy');
    await world.call('verify');

    await expect(world.call('verify')).rejects.toMatchObject({ name: 'EnvironmentUnreachable' });
    expect((await world.record()).report).toMatchObject({ end: 'unreachable' });
  });

  test('a rollback is verified, but neither watched nor rolled back itself', async () => {
    world = await makeRolloutWorld(
      { onFailure: 'rollback', watch: { hours: 24 }, then: 'production' },
      { action: 'rollback' },
    );
    await world.call('deploy');
    expect(await world.call('verify')).toMatchObject({ next: 'done' });

    world.checks = [REPLY(500)];
    await world.call('deploy');
    await world.call('verify');
    await expect(world.call('verify')).rejects.toThrow('did not help');
  });
});

describe('commands', () => {
  const DEPLOY = {
    deploy: { with: 'helm', chart: 'chart', release: 'platform', cluster: 'main', namespace: 'staging' },
  };

  test('deploy and check at the commit of the run, each with its own id', async () => {
    world = await makeRolloutWorld({ ...DEPLOY, verify: { login: { script: 'smoke.sh', minutes: 2 } } });

    const deploy = await world.call('deploy');
    const check = await world.call('verify', {});

    expect(deploy).toMatchObject({
      next: 'command',
      command: { name: 'deploy', chart: 'chart', commit: world.commit },
    });
    expect(check).toMatchObject({ next: 'command', command: { name: 'login', script: 'smoke.sh', seconds: '120' } });
    expect(deploy.command?.id).not.toBe(check.command?.id);
    expect(await world.call('verify', {})).toMatchObject({ next: 'done' });
  });

  test('that fail to deploy fail the run at once, with a link to the log', async () => {
    world = await makeRolloutWorld(DEPLOY);
    await world.call('deploy');
    const build = {
      BuildStatus: 'FAILED',
      Logs: { DeepLink: 'https://logs' },
      Phases: [{ PhaseStatus: 'FAILED', Contexts: [{ Message: 'exit 1' }] }],
    };

    await expect(
      world.call('verify', { error: { Error: 'States.TaskFailed', Cause: JSON.stringify(build) } }),
    ).rejects.toMatchObject({
      name: 'DeployFailed',
      message: expect.stringContaining('the deployment failed: exit 1; log: https://logs'),
    });
  });

  test('are not run after a newer run, whose chart contains the versions of the older one', async () => {
    world = await makeRolloutWorld(DEPLOY);
    world.commitLock({ auth: entry('v2.0.0', '2'), web: entry('v3.0.0', '3') }, 'release-v3');

    expect(await world.call('deploy')).toMatchObject({ next: 'verify' });
  });
});

describe('a watch', () => {
  const WATCH = { watch: { minutes: 60, every: 10, alarms: ['errors'] } };

  async function watching(part: object = {}) {
    world = await makeRolloutWorld({ ...WATCH, ...part });
    await world.call('deploy');
    return world.call('verify');
  }

  test('begins after the checks pass, looks repeatedly, and ends when its time is over', async () => {
    expect(await watching()).toEqual({ next: 'wait', phase: 'watch', seconds: 600 });
    for (let looks = 1; looks <= 5; looks += 1) {
      world.now += 10 * MINUTE;
      expect(await world.call('watch')).toMatchObject({ next: 'wait', phase: 'watch' });
    }
    world.now += 10 * MINUTE;

    expect(await world.call('watch')).toMatchObject({ next: 'done' });
    expect((await world.record()).report).toMatchObject({ end: 'verified', watch: { looks: 6 } });
  });

  test('ends as superseded if a newer run takes over', async () => {
    await watching();
    world.commitLock({ auth: entry('v3.0.0', '3'), web: entry('v1.0.0') }, 'release-v3');

    expect(await world.call('watch')).toMatchObject({ next: 'done' });
    expect((await world.record()).report).toMatchObject({ end: 'superseded', why: 'watch ended by release-v3' });
  });

  test('continues after a person’s commit that changes no version', async () => {
    await watching();
    world.repository.commit('main', { 'chart/values.yaml': 'replicas: 3\n' });
    world.now += 10 * MINUTE;

    expect(await world.call('watch')).toMatchObject({ next: 'wait' });
  });

  test('fails if an alarm is raised, and the run is rolled back', async () => {
    await watching({ onFailure: 'rollback' });
    world.raised = ['errors'];

    expect(await world.call('watch')).toMatchObject({
      next: 'rollBack',
      start: { input: { reason: 'raised alarms: errors' } },
    });
  });

  test('waits for a cluster that stops answering, then fails as unreachable', async () => {
    await watching({ onFailure: 'rollback' });
    const there = world.running;
    world.running = undefined;
    expect(await world.call('watch')).toMatchObject({ next: 'wait', phase: 'watch' });
    world.now += 14 * MINUTE;
    expect(await world.call('watch')).toMatchObject({ next: 'wait' });
    world.running = there;
    expect(await world.call('watch')).toMatchObject({ next: 'wait' });
    world.running = undefined;
    await world.call('watch');
    world.now += 15 * MINUTE;

    await expect(world.call('watch')).rejects.toMatchObject({ name: 'EnvironmentUnreachable' });
  });

  test('starts the promotion to the next environment under a stable name', async () => {
    await watching({ then: 'production' });
    world.now += 60 * MINUTE;

    const step = await world.call('watch');
    expect(step).toMatchObject({
      next: 'promote',
      start: {
        name: `to-production-${RUN}`,
        input: { action: 'promote', run: RUN, environment: 'production', ref: 'main' },
      },
    });
    await world.call('deploy', undefined, 1);
    await world.call('verify');
    world.now += 60 * MINUTE;
    expect((await world.call('watch')).start).toEqual(step.start);
  });
});
