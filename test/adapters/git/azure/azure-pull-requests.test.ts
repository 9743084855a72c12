/** Pull requests on Azure DevOps, held against its published descriptions. */
import { createAzureHost } from '../../../../adapters/git/azure/git-host';
import { createAzurePullRequests } from '../../../../adapters/git/azure/pull-requests';
import { createAzurePushRules } from '../../../../adapters/git/azure/push-rules';
import { describePullRequests } from '../../../contracts/git-host/pull-request-contract';
import { accepted, readDescription } from '../../../support/api-descriptions/rest-description';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import {
  AZURE_REPOSITORY,
  AZURE_TOKEN,
  type FakeAzure,
  startFakeAzure,
} from '../../../support/git-hosts/azure/fake-azure';
import { createStillClock } from '../../../support/pipeline/memory-state';

const description = readDescription('azure-devops');
const clock = { ...createStillClock(), now: () => Date.now() };
const optionsOf = ({ apiUrl }: FakeAzure) => ({
  repository: AZURE_REPOSITORY,
  apiUrl,
  token: async () => AZURE_TOKEN,
  clock,
});

describePullRequests('Azure DevOps', async (repository) => {
  const fake = await startFakeAzure(repository);
  const options = optionsOf(fake);
  return {
    host: createAzurePullRequests(options),
    git: createAzureHost(options),
    rules: createAzurePushRules(options),
    pulls: fake.state.pulls,
    tellsOutdated: false,
    promisesMerges: true,
    loseReply: () => {
      fake.losesReplies = 'once';
    },
    stop: async () => {
      expect(accepted(fake.exchanges).flatMap((each) => description.problems(each))).toEqual([]);
      await fake.stop();
    },
  };
});

describe('a pull request on Azure DevOps', () => {
  let repository: TestRepository;
  let fake: FakeAzure;
  const BRANCH = 'image-pipeline/run-1';
  const body = `<!-- image-pipeline: run run-1 -->\n\n${'| a row |\n'.repeat(900)}\n\nRun-Id: run-1`;
  const proposal = { base: 'main', branch: BRANCH, title: 'one', body };

  beforeEach(async () => {
    repository = createRepository();
    repository.commit('main', { values: '1' });
    repository.git('branch', BRANCH, 'main');
    repository.commit(BRANCH, { values: '2' });
    fake = await startFakeAzure(repository);
  });
  afterEach(async () => {
    await fake.stop();
    repository.remove();
  });

  test('names its branch policies that are not met, and a conflict', async () => {
    const host = createAzurePullRequests(optionsOf(fake));
    Object.assign(fake.state.pulls.rules, { needsReview: true, needsCheck: true });
    const { number } = await host.propose(proposal);
    fake.state.pulls.pass(number);

    expect((await host.read(number)).waitsFor).toBe('Minimum number of reviewers: queued');
    repository.commit('main', { values: '3' });
    expect((await host.read(number)).waitsFor).toMatch(/^conflicts/);
  });

  test('keeps marker and trailers in 4,000 characters, and the marker in the first 400, which lists have', async () => {
    const host = createAzurePullRequests(optionsOf(fake));
    const made = await host.propose(proposal);

    expect(made.body).toMatch(/^<!-- image-pipeline: run run-1 -->\n.*has the rest\.\n.*\nRun-Id: run-1$/s);
    const [listed] = await host.open('main');
    expect(listed?.body).toMatch(/^<!-- image-pipeline: run run-1 -->\n/);
    expect(listed?.body.length).toBeLessThan(410);
    expect(made.url).toBe(`${fake.url}/team/Cloud%20Tuner/_git/monorepo/pullrequest/1`);
  });

  test('is merged with a message of at most 4,000 characters that keeps its trailers', async () => {
    const host = createAzurePullRequests(optionsOf(fake));
    const { number, head } = await host.propose(proposal);
    const message = `dev: 90 services\n\n${'- a service v1.2.3 (sha256:0123)\n'.repeat(200)}\n\nRun-Id: run-1\n`;

    expect(await host.merge({ number, head, method: 'squash', message })).toBeUndefined();

    const written = repository.git('log', '-1', '--format=%B', 'main').trim();
    expect(written).toMatch(/^dev: 90 services\n.*\nRun-Id: run-1$/s);
    expect(Buffer.byteLength(written)).toBeLessThanOrEqual(4000);
  });
});
