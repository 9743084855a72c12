/** Pull requests and push rules on GitHub, GitLab and Gitea. */
import { createGiteaHost } from '../../../adapters/git/gitea/git-host';
import { createGiteaPullRequests } from '../../../adapters/git/gitea/pull-requests';
import { createGiteaPushRules } from '../../../adapters/git/gitea/push-rules';
import { createGitHubHost } from '../../../adapters/git/github/git-host';
import { createGitHubPullRequests } from '../../../adapters/git/github/pull-requests';
import { createGitHubPushRules } from '../../../adapters/git/github/push-rules';
import { createGitLabHost } from '../../../adapters/git/gitlab/git-host';
import { createGitLabMergeRequests } from '../../../adapters/git/gitlab/merge-requests';
import { createGitLabPushRules } from '../../../adapters/git/gitlab/push-rules';
import { describePullRequests } from '../../contracts/git-host/pull-request-contract';
import { createRepository } from '../../support/git/git-repository';
import { GITEA_REPOSITORY, GITEA_TOKEN, startFakeGitea } from '../../support/git-hosts/fake-gitea';
import { type FakeGitHub, startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { GITLAB_TOKEN, startFakeGitLab } from '../../support/git-hosts/fake-gitlab';
import { createFakePulls } from '../../support/git-hosts/pulls/fake-pulls';
import { createStillClock } from '../../support/pipeline/memory-state';

const clock = { ...createStillClock(), now: () => Date.now() };
const gitHubAt = ({ apiUrl }: FakeGitHub) => ({
  repository: 'cloud-tuner/optscale',
  apiUrl,
  token: async () => TOKEN,
  clock,
});

describePullRequests('GitHub', async (repository) => {
  const github = await startFakeGitHub(repository);
  const options = gitHubAt(github);
  let isLost = false;
  github.fault = (operation) => {
    const loses = isLost && operation === '/pulls';
    if (loses) isLost = false;
    return loses ? { kind: 'lost' } : undefined;
  };
  return {
    host: createGitHubPullRequests(options),
    git: createGitHubHost(options),
    rules: createGitHubPushRules(options),
    pulls: github.pullRequests,
    tellsOutdated: true,
    promisesMerges: true,
    loseReply: () => {
      isLost = true;
    },
    stop: github.stop,
  };
});

describePullRequests('GitLab', async (repository) => {
  const pulls = createFakePulls(repository);
  const gitlab = await startFakeGitLab(repository, [], undefined, undefined, pulls);
  const options = {
    repository: 'cloud-tuner/platform/optscale',
    apiUrl: `${gitlab.url}/api/v4`,
    token: async () => GITLAB_TOKEN,
    clock,
  };
  return {
    host: createGitLabMergeRequests(options),
    git: createGitLabHost(options),
    rules: createGitLabPushRules(options),
    pulls,
    tellsOutdated: true,
    promisesMerges: true,
    loseReply: () => {
      pulls.losesReply = true;
    },
    stop: gitlab.stop,
  };
});

describePullRequests('Gitea', async (repository) => {
  const gitea = await startFakeGitea(repository);
  const options = { repository: GITEA_REPOSITORY, apiUrl: gitea.apiUrl, token: async () => GITEA_TOKEN, clock };
  const { pullRequests: pulls } = gitea.state;
  return {
    host: createGiteaPullRequests(options),
    git: createGiteaHost(options),
    rules: createGiteaPushRules(options),
    pulls,
    tellsOutdated: false,
    promisesMerges: true,
    loseReply: () => {
      pulls.losesReply = true;
    },
    stop: gitea.stop,
  };
});

describe('GitHub', () => {
  test('puts a pull request into the merge queue if the branch has one, whatever else holds it up', async () => {
    for (const needsReview of [false, true]) {
      const repository = createRepository();
      const base = repository.commit('main', { values: '1' });
      const github = await startFakeGitHub(repository);
      Object.assign(github.pullRequests.rules, { hasQueue: true, needsReview });
      const host = createGitHubPullRequests(gitHubAt(github));
      await host.createBranch('image-pipeline/run-1', base);
      const head = repository.commit('image-pipeline/run-1', { values: '2' });
      const { number } = await host.propose({ base: 'main', branch: 'image-pipeline/run-1', title: 'one', body: '' });

      expect(await host.merge({ number, head, method: 'squash', message: 'ours' })).toBeUndefined();
      github.pullRequests.approve(number);

      expect(await host.read(number)).toMatchObject({ state: 'merged' });
      await github.stop();
      repository.remove();
    }
  });

  test.each([
    [{ hasQueue: true }, /merge queue.*ruleset 42/],
    [{ isProtected: true, needsReview: true }, /pull request is required/],
    [{ isProtected: true, needsCheck: true }, /checks must have passed: build/],
    [{ hasQueue: true, canBypass: true }, undefined],
  ])('names the rule that refuses a push: %j', async (rules, expected) => {
    const repository = createRepository();
    repository.commit('main', { values: '1' });
    const github = await startFakeGitHub(repository);
    Object.assign(github.pullRequests.rules, rules);

    const refusals = await createGitHubPushRules(gitHubAt(github)).refusals('main');
    expect(refusals).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)]);

    await github.stop();
    repository.remove();
  });
});
