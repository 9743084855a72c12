/** Commit statuses on GitHub and GitLab over real HTTP, and in the object store. */
import { createGitHubStatuses } from '../../../adapters/git/github/status-and-comment';
import { createGitLabStatuses } from '../../../adapters/git/gitlab/status-and-comment';
import { objectKeys } from '../../../core/contract/keys';
import { createStoredStatuses } from '../../../local/runtime/local-services';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { GITLAB_TOKEN, type GitLabStatus, startFakeGitLab } from '../../support/git-hosts/fake-gitlab';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';

const clock = createStillClock();
const run = 'main-1';
let repository: TestRepository;
let commit: string;

beforeEach(() => {
  repository = createRepository();
  commit = repository.commit('main', { a: '1' });
});
afterEach(() => repository.remove());

describe('a commit status on GitHub', () => {
  test.each([
    [422, '{"message":"No commit found for SHA"}', /422.*No commit found/],
    [403, '{"message":"Resource not accessible by integration"}', /not accessible.*what the token is allowed/],
  ])('that GitHub refuses with %i is an error with its message', async (status, body, message) => {
    const github = await startFakeGitHub(repository);
    github.fault = () => ({ kind: 'reply', status, body });
    const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };

    const written = createGitHubStatuses(options).setStatus({ commit, run, state: 'success', description: 'built 1' });

    await expect(written).rejects.toMatchObject({ name: 'GitHostError', message: expect.stringMatching(message) });
    expect(github.requests).toEqual([`/statuses/${commit}`]);
    await github.stop();
  });
});

describe('a commit status on GitLab', () => {
  async function withGitLab(
    work: (statuses: ReturnType<typeof createGitLabStatuses>) => Promise<void>,
    token = GITLAB_TOKEN,
  ) {
    const written: GitLabStatus[] = [];
    const gitlab = await startFakeGitLab(repository, written);
    const apiUrl = `${gitlab.url}/api/v4`;
    const options = { repository: 'cloud-tuner/platform/optscale', apiUrl, token: async () => token, clock };
    await work(createGitLabStatuses(options)).finally(() => gitlab.stop());
    return written;
  }

  test('goes from pending to its final state with the states of GitLab', async () => {
    const written = await withGitLab(async ({ setStatus }) => {
      await setStatus({ commit, run, state: 'pending', description: 'building 1' });
      await setStatus({
        commit,
        run,
        state: 'failure',
        description: '1 of 1 builds failed',
        url: 'https://console.example',
      });
    });

    expect(written).toEqual([
      { sha: commit, state: 'pending', name: 'image-pipeline', description: 'building 1' },
      {
        sha: commit,
        state: 'failed',
        name: 'image-pipeline',
        description: '1 of 1 builds failed',
        target_url: 'https://console.example',
      },
    ]);
  });

  test('that repeats the last one is not an error', async () => {
    const written = await withGitLab(async ({ setStatus }) => {
      await setStatus({ commit, run, state: 'pending', description: 'building 1' });
      await setStatus({ commit, run, state: 'pending', description: 'building 1' });
    });

    expect(written).toHaveLength(1);
  });

  test('with an invalid token is an error that does not contain the token', async () => {
    const refused = withGitLab(
      ({ setStatus }) => setStatus({ commit, run, state: 'pending', description: 'x' }),
      'glpat-wrongwrongwrong',
    );

    await expect(refused).rejects.toThrow(/401/);
    await expect(refused).rejects.not.toThrow(/glpat-wrong/);
  });
});

describe('a commit status without a git host', () => {
  test('is stored in the object store, one for each commit', async () => {
    const store = createMemoryStore();
    const { setStatus } = createStoredStatuses(store);
    await setStatus({ commit, run, state: 'pending', description: 'building 1' });
    await setStatus({ commit, run, state: 'success', description: 'built 1', summary: '# long' });

    const stored = (await store.get(objectKeys.status(commit)))?.toString() ?? '';
    expect(JSON.parse(stored)).toEqual({ commit, run, state: 'success', description: 'built 1' });
  });
});
