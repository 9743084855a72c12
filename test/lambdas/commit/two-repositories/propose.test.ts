/** The commit by pull request if the values files have a repository of their own: the pull request is there, and names the source. */
import { createGitHubPullRequests } from '../../../../adapters/git/github/pull-requests';
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { objectKeys } from '../../../../core/contract/keys';
import type { ReleaseRecord } from '../../../../core/contract/release';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { commitOrPropose } from '../../../../lambdas/commit/commit';
import { eachTest } from '../../../support/each-test';
import { createRepository } from '../../../support/git/git-repository';
import { startFakeGitHub, TOKEN } from '../../../support/git-hosts/fake-github';
import { createMemoryStore, createStillClock } from '../../../support/pipeline/memory-state';
import { releasedService } from '../../../support/races/race-world';
import { CATALOG, LOCK, VALUES, VALUES_TEXT } from '../commit-world';

async function makeWorld() {
  const [monorepo, deployments] = [createRepository(), createRepository()];
  const source = monorepo.commit('develop', { 'pipeline.yaml': CATALOG, 'auth/a.py': 'one' });
  const valuesCommit = deployments.commit('main', { [VALUES]: VALUES_TEXT });
  const github = await startFakeGitHub(deployments);
  const repository = 'cloud-tuner/optscale';
  const settings = parseSettings({
    git: { host: 'gitlab', repository: 'team/monorepo' },
    valuesRepository: { git: { host: 'github', repository, apiUrl: github.apiUrl } },
    valuesFile: VALUES,
    branches: [{ branch: 'develop', allow: ['push'], version: '{version}-dev', pullRequest: { autoMerge: false } }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const [store, clock] = [createMemoryStore(), createStillClock()];
  const pulls = createGitHubPullRequests({ repository, apiUrl: github.apiUrl, token: async () => TOKEN, clock });
  const hosts = { git: createLocalGitHost(monorepo.path), valuesGit: createLocalGitHost(deployments.path), pulls };
  return {
    monorepo,
    deployments,
    source,
    pulls: github.pullRequests,
    store: async (run: string, commit: string, version: string) => {
      const services = [releasedService('auth', version, commit)];
      const part = { commit, valuesCommit, ref: 'develop', environment: 'default', services } as const;
      const record: ReleaseRecord = { schema: 1, run, action: 'push', ...part };
      await store.put(objectKeys.release(run), JSON.stringify(record));
    },
    call: (run: string, phase?: 'merge') =>
      commitOrPropose({ run, ...(phase && { phase }) }, { settings, ...hosts, store, clock, random: () => 0.5 }),
    stop: async () => {
      await github.stop();
      monorepo.remove();
      deployments.remove();
    },
  };
}

const world = eachTest(makeWorld, (world) => world.stop());

test('it goes into the one branch of the values repository, links to the source, and ends with the merge there', async () => {
  await world.store('run-1', world.source, 'v1.4.0-dev');

  const opened = await world.call('run-1');
  const [pull] = world.pulls.open();
  expect(opened).toMatchObject({ next: 'wait', commit: null });
  expect(pull).toMatchObject({ base: 'main', branch: expect.stringMatching(/^image-pipeline\/run-1-/) });
  expect(pull?.body).toContain(`https://gitlab.com/team/monorepo/-/commit/${world.source}`);
  world.pulls.pass(pull?.number ?? 0);
  world.pulls.merge(pull as NonNullable<typeof pull>, { head: pull?.head ?? '', method: 'squash', message: 'merged' });

  const merged = await world.call('run-1', 'merge');
  expect(merged).toMatchObject({ next: 'done', commit: world.deployments.git('rev-parse', 'main'), superseded: [] });
  expect(world.deployments.git('show', `main:${LOCK}`)).toContain(world.source);
  expect(world.monorepo.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/develop');
});

test('a newer run of the monorepo closes the pull request of an older one', async () => {
  await world.store('run-1', world.source, 'v1.4.0-dev');
  await world.call('run-1');
  const newer = world.monorepo.commit('develop', { 'auth/a.py': 'two' });
  await world.store('run-2', newer, 'v1.4.0-dev-2');

  await world.call('run-2');

  expect(world.pulls.open().map(({ branch }) => branch)).toEqual([expect.stringMatching(/^image-pipeline\/run-2-/)]);
  expect(await world.call('run-1', 'merge')).toMatchObject({ next: 'done', commit: null, superseded: ['auth'] });
});

test('a forced push of the monorepo closes it, although the values repository did not move', async () => {
  const newer = world.monorepo.commit('develop', { 'auth/a.py': 'two' });
  await world.store('run-1', newer, 'v1.4.0-dev');
  await world.call('run-1');
  expect(await world.call('run-1', 'merge')).toMatchObject({ next: 'wait' });
  world.monorepo.reset('develop', world.source);

  expect(await world.call('run-1', 'merge')).toMatchObject({ next: 'done', commit: null, supersededBy: 'rewind' });
  expect(world.pulls.open()).toEqual([]);
});
