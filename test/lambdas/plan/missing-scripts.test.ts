import { parseSettings } from '../../../core/settings/parse-settings';
import { planStep } from '../../../lambdas/plan/plan';
import { eachTest } from '../../support/each-test';
import { makePlanWorld } from './plan-world';

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  environments: [
    {
      name: 'staging',
      values: 'chart/values.yaml',
      deploy: { with: 'command', script: 'deploy.sh' },
      verify: { login: { script: 'smoke/login.sh', minutes: 1 } },
    },
  ],
  branches: [
    { branch: 'main', allow: ['release', 'push'], version: '{version}-dev' },
    { branch: 'release/*', allow: ['release'] },
  ],
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});

const world = eachTest(makePlanWorld, (world) => world.remove());

const plan = (ref: string) =>
  planStep({ run: 'run-1', input: { action: 'release', version: 'v1.4.0', ref } }, { ...world.dependencies, settings });

describe('scripts that follow the commit', () => {
  test('and are not at it fail the run in its plan, all at once', async () => {
    world.repository.commit('main', { 'deploy.sh': 'true\n' });
    const message =
      /environments\.staging\.verify\.login\.script: smoke\/login\.sh is not at commit [0-9a-f]{8} of main/;

    await expect(plan('main')).rejects.toThrow(message);
    await expect(plan('main')).rejects.not.toThrow('deploy.sh');
  });

  test('and are at it are no obstacle', async () => {
    world.repository.commit('main', { 'deploy.sh': 'true\n', 'smoke/login.sh': 'true\n' });

    await expect(plan('main')).resolves.toMatchObject({ proceed: true });
  });

  test('do not matter on a branch whose runs are not deployed', async () => {
    world.repository.git('branch', 'release/1', 'main');

    await expect(plan('release/1')).resolves.toMatchObject({ proceed: true });
  });

  test('matter as soon as one service changes, and not before', async () => {
    await world.releaseAll('main');
    const unchanged = world.repository.git('rev-parse', 'main');
    const changed = world.repository.commit('main', { 'ngui/index.html': 'new' });
    const pushOf = (commit: string) =>
      planStep(
        { run: 'run-1', input: { action: 'push', ref: 'refs/heads/main', commit } },
        { ...world.dependencies, settings },
      );

    await expect(pushOf(unchanged)).resolves.toMatchObject({ totals: { build: 0, retag: 0, keep: 4 } });
    await expect(pushOf(changed)).rejects.toThrow('smoke/login.sh is not at commit');
  });
});
