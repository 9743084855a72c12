/** Pull requests on Bitbucket Cloud and Data Center, held against their published descriptions. */
import { createBitbucketHost } from '../../../../adapters/git/bitbucket/git-host';
import { createBitbucketPullRequests } from '../../../../adapters/git/bitbucket/pull-requests';
import { createBitbucketServerHost } from '../../../../adapters/git/bitbucket-server/git-host';
import { createServerPullRequests } from '../../../../adapters/git/bitbucket-server/pull-requests';
import type { PullRequestHost } from '../../../../core/ports/pull-request';
import { describePullRequests } from '../../../contracts/git-host/pull-request-contract';
import { accepted, differences, readDescription } from '../../../support/api-descriptions/rest-description';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import {
  BITBUCKET_REPOSITORY,
  BITBUCKET_TOKEN,
  startFakeBitbucket,
} from '../../../support/git-hosts/bitbucket/fake-bitbucket';
import {
  SERVER_REPOSITORY,
  SERVER_TOKEN,
  startFakeBitbucketServer,
} from '../../../support/git-hosts/bitbucket/fake-bitbucket-server';
import { createStillClock } from '../../../support/pipeline/memory-state';

const clock = { ...createStillClock(), now: () => Date.now() };

async function startCloud(repository: TestRepository) {
  const fake = await startFakeBitbucket(repository);
  const { apiUrl } = fake;
  const options = { repository: BITBUCKET_REPOSITORY, apiUrl, token: async () => BITBUCKET_TOKEN, clock };
  return { fake, options, host: createBitbucketPullRequests(options), pulls: fake.state.pulls };
}

async function startServer(repository: TestRepository) {
  const fake = await startFakeBitbucketServer(repository);
  const { apiUrl } = fake;
  const options = { repository: SERVER_REPOSITORY, apiUrl, token: async () => SERVER_TOKEN, clock };
  return { fake, options, host: createServerPullRequests(options), pulls: fake.state.pulls };
}

describePullRequests('Bitbucket Cloud', async (repository) => {
  const { fake, options, host, pulls } = await startCloud(repository);
  return {
    host,
    git: createBitbucketHost(options),
    pulls,
    tellsOutdated: false,
    promisesMerges: false,
    loseReply: () => {
      fake.losesReplies = 'once';
    },
    stop: async () => {
      const description = readDescription('bitbucket-cloud', ['page', 'pagelen']);
      expect(accepted(fake.exchanges).flatMap((each) => description.problems(each))).toEqual([]);
      await fake.stop();
    },
  };
});

describePullRequests('Bitbucket Data Center', async (repository) => {
  const { fake, options, host, pulls } = await startServer(repository);
  return {
    host,
    git: createBitbucketServerHost(options),
    pulls,
    tellsOutdated: false,
    promisesMerges: true,
    loseReply: () => {
      fake.losesReplies = 'once';
    },
    stop: async () => {
      const description = readDescription('bitbucket-server', ['start', 'limit']);
      expect(accepted(fake.exchanges).flatMap((each) => description.problems(each))).toEqual([]);
      await fake.stop();
    },
  };
});

describe('on both Bitbuckets', () => {
  let repository: TestRepository;
  beforeEach(() => {
    repository = createRepository();
    repository.commit('main', { values: '1' });
  });
  afterEach(() => repository.remove());

  async function proposeLong(host: PullRequestHost) {
    repository.git('branch', 'image-pipeline/run-1', 'main');
    repository.commit('image-pipeline/run-1', { values: '2' });
    const body = `<!-- image-pipeline: run run-1 -->\n\n${'| a row |\n'.repeat(9000)}\n\nRun-Id: run-1`;
    const proposal = { base: 'main', branch: 'image-pipeline/run-1', title: `${'x'.repeat(300)} [run run-1]`, body };
    return host.propose(proposal);
  }

  test.each([
    ['Cloud', startCloud],
    ['Data Center', startServer],
  ])('a body that is too long for %s keeps its marker and its trailers', async (_, start) => {
    const { fake, host, pulls } = await start(repository);

    const { body } = await proposeLong(host);

    expect(body).toMatch(
      /^<!-- image-pipeline: run run-1 -->\n.*The summary of the run has the rest\.\n.*\nRun-Id: run-1$/s,
    );
    // Nobody sees a link definition.
    expect(pulls.all[0]?.body).toMatch(/^\[\/\/\]: # \(image-pipeline: run run-1\)\n/);
    expect(pulls.all[0]?.title).toMatch(/^x+\.\.\. \[run run-1\]$/);
    await fake.stop();
  });

  test('what holds one up is told: the vetoes of Data Center, the merge checks of Cloud', async () => {
    const [cloud, server] = await Promise.all([startCloud(repository), startServer(repository)]);
    for (const { pulls } of [cloud, server]) pulls.rules.needsReview = true;
    const [{ number }] = await Promise.all([proposeLong(cloud.host)]);
    const other = await server.host.propose({ base: 'main', branch: 'image-pipeline/run-1', title: 'one', body: '' });

    expect((await cloud.host.read(number)).waitsFor).toBe('its merge checks have not passed');
    expect((await server.host.read(other.number)).waitsFor).toBe('Not all required reviewers have approved');
    repository.commit('main', { values: '3' });
    expect((await server.host.read(other.number)).waitsFor).toBe('it is in conflict with its base');
    await Promise.all([cloud.fake.stop(), server.fake.stop()]);
  });

  test('Cloud asks for one page of refs only, however many pull requests are open', async () => {
    const { fake, host, pulls } = await startCloud(repository);
    for (let index = 0; index < 60; index += 1) {
      repository.git('branch', `many/${index}`, 'main');
      repository.commit(`many/${index}`, { values: `${index}` });
      pulls.add({ base: 'main', branch: `many/${index}`, title: '', body: '' });
    }
    fake.exchanges.length = 0;

    const heads = (await host.open('main')).map(({ head }) => head);

    expect(heads).toEqual(pulls.all.map(({ head }) => head));
    expect(fake.exchanges.map(({ path }) => path.split('?')[0])).toEqual(
      Array(2).fill(`/repositories/${BITBUCKET_REPOSITORY}/pullrequests`),
    );
    expect(differences(readDescription('bitbucket-cloud', ['page', 'pagelen']), fake.exchanges)).toEqual([]);
    await fake.stop();
  });
});
