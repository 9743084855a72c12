import { createGitHubHost } from '../../../adapters/git/github-git-host';
import { describeGitHost } from '../../contracts/git-host-contract';
import { startFakeGitHub, TOKEN } from '../../support/fake-github';

const clock = { now: () => Date.now(), sleep: async () => undefined };

describeGitHost('GitHub', async (repository) => {
  const github = await startFakeGitHub(repository);
  const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };
  return { host: createGitHubHost(options), stop: github.stop };
});
