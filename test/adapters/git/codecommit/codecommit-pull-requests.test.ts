/** Pull requests on AWS CodeCommit, by the SDK's own client, with a real git server behind them. */
import { createCodeCommitHost } from '../../../../adapters/git/codecommit/git-host';
import { createCodeCommitPullRequests } from '../../../../adapters/git/codecommit/pull-requests';
import { describePullRequests } from '../../../contracts/git-host/pull-request-contract';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { startCodeCommitRepository } from '../../../support/git-hosts/codecommit/fake-repository';

describePullRequests('AWS CodeCommit', async (repository) => {
  const { options, wire, fake, pulls, credentials, stop } = await startCodeCommitRepository(repository);
  return {
    host: createCodeCommitPullRequests(options, async () => fake.client, wire),
    git: createCodeCommitHost(options, credentials),
    pulls,
    tellsOutdated: false,
    promisesMerges: false,
    loseReply: () => {
      pulls.losesReply = true;
    },
    stop,
  };
});

describe('a pull request on AWS CodeCommit', () => {
  let repository: TestRepository;
  let started: Awaited<ReturnType<typeof startCodeCommitRepository>>;
  const BRANCH = 'image-pipeline/run-1';
  const proposal = { base: 'main', branch: BRANCH, title: `${'x'.repeat(200)} [run run-1]`, body: 'the plan' };
  const hostOf = () => {
    const { options, wire, fake } = started;
    return createCodeCommitPullRequests(options, async () => fake.client, wire);
  };

  beforeEach(async () => {
    repository = createRepository();
    repository.commit('main', { values: '1' });
    repository.git('branch', BRANCH, 'main');
    repository.commit(BRANCH, { values: '2' });
    started = await startCodeCommitRepository(repository);
  });
  afterEach(async () => {
    await started.stop();
    repository.remove();
  });

  test('that a person has closed is followed by another one, although the request is the same', async () => {
    const host = hostOf();
    const first = await host.propose(proposal);
    started.pulls.close(first.number);

    expect(await host.propose(proposal)).toMatchObject({ number: 2, state: 'open' });
    expect(started.pulls.all.map(({ title }) => title.length)).toEqual([150, 150]);
    expect(started.pulls.all[0]?.title).toMatch(/x\.\.\. \[run run-1\]$/);
  });

  test('names the approval rules that are not met, and is not merged', async () => {
    const host = hostOf();
    started.pulls.rules.needsReview = true;
    const { number, head } = await host.propose(proposal);

    expect((await host.read(number)).waitsFor).toBe('approval rules: two of the team');
    const request = { number, head, method: 'squash', message: 'ours' } as const;
    expect(await host.merge(request)).toBe('approval rules: two of the team');
  });

  test('in conflict is refused with the reason of CodeCommit', async () => {
    const host = hostOf();
    const { number, head } = await host.propose(proposal);
    repository.commit('main', { values: '3' });

    const request = { number, head, method: 'merge', message: 'ours' } as const;
    expect(await host.merge(request)).toMatch(/^ManualMergeRequiredException: /);
  });
});
