/** Check runs over real HTTP: one for each run, from its plan to its end. */
import { createGitHubChecks } from '../../../../adapters/git/github/status-and-comment';
import type { CommitStatus } from '../../../../core/ports/git';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { type FakeGitHub, startFakeGitHub, TOKEN } from '../../../support/git-hosts/fake-github';
import { createAppKey } from '../../../support/git-hosts/fake-github-app';
import { createStillClock } from '../../../support/pipeline/memory-state';

const APP = { appId: 4711, installationId: 77 };

let repository: TestRepository;
let github: FakeGitHub;
let commit: string;

beforeEach(async () => {
  repository = createRepository();
  commit = repository.commit('main', { a: '1' });
  github = await startFakeGitHub(repository);
  const { publicKey } = createAppKey();
  github.app = { ...APP, publicKey, granted: {}, now: () => 0, token: () => TOKEN };
});
afterEach(async () => {
  await github.stop();
  repository.remove();
});

function write(status: Partial<CommitStatus>): Promise<void> {
  const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN };
  const { setStatus } = createGitHubChecks({ ...options, clock: createStillClock(), appId: APP.appId });
  return setStatus({ commit, run: 'main-1', state: 'pending', description: 'building 1', ...status });
}

describe('a check run', () => {
  test('lasts from the plan to the end of a run and has the full summary', async () => {
    await write({ url: 'https://console.example/run' });
    expect(github.checks).toMatchObject([{ status: 'in_progress', output: { title: 'building 1' } }]);

    await write({ state: 'failure', description: '1 of 1 builds failed', summary: '# push failed' });

    expect(github.checks).toEqual([
      {
        id: 501,
        app: APP.appId,
        name: 'image-pipeline',
        head_sha: commit,
        external_id: 'main-1',
        details_url: 'https://console.example/run',
        status: 'completed',
        conclusion: 'failure',
        output: { title: '1 of 1 builds failed', summary: '# push failed' },
      },
    ]);
    expect(github.statuses).toEqual([]);
  });

  test.each([
    ['success', 'success'],
    ['failure', 'failure'],
    ['error', 'failure'],
  ] as const)('of a run that ends with %s concludes with %s', async (state, conclusion) => {
    await write({ state });

    expect(github.checks).toMatchObject([{ status: 'completed', conclusion }]);
  });

  test('is separate for each run, even on the same commit', async () => {
    await write({ run: 'main-1', state: 'failure' });
    await write({ run: 'main-2' });
    await write({ run: 'main-1', state: 'success' });
    await write({ run: 'main-2', state: 'success' });

    expect(github.checks.map(({ external_id, conclusion }) => `${external_id} ${conclusion}`)).toEqual([
      'main-1 success',
      'main-2 success',
    ]);
  });

  test('of a redriven run is in progress again', async () => {
    await write({ state: 'failure' });
    await write({});

    expect(github.checks).toHaveLength(1);
    expect(github.checks[0]).toMatchObject({ status: 'in_progress' });
    expect(github.checks[0]).not.toHaveProperty('conclusion');
  });

  test('does not overwrite the check run of another App with the same name', async () => {
    const output = { title: 'x', summary: 'x' };
    const theirs = { name: 'image-pipeline', head_sha: commit, external_id: 'main-1', status: 'queued', output };
    github.checks.push({ id: 1, app: 8, ...theirs });

    await write({ state: 'success' });

    expect(github.checks.map(({ app, status }) => `${app} ${status}`)).toEqual(['8 queued', '4711 completed']);
  });

  test('whose reply was lost is found by the next update', async () => {
    github.fault = (operation) => (operation === '/check-runs' ? { kind: 'lost' } : undefined);
    await expect(write({})).rejects.toMatchObject({ name: 'GitHostError' });
    github.fault = () => undefined;

    await write({ state: 'success' });

    expect(github.checks).toMatchObject([{ external_id: 'main-1', conclusion: 'success' }]);
  });

  test('cuts a summary that is too long at a line break and adds a note', async () => {
    const row = `| ${'é'.repeat(60)} | build | why |`;
    await write({ state: 'success', summary: `# release\n${`${row}\n`.repeat(1000)}` });

    const { summary } = github.checks[0]?.output ?? { summary: '' };
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
    const lines = summary.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/The full summary is stored with the report of the run/);
    expect(new Set(lines.slice(1, -2))).toEqual(new Set([row]));
  });

  test('that GitHub refuses is an error with its message', async () => {
    github.app = undefined;

    await expect(write({})).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringMatching(/via a GitHub App/),
    });
  });
});
