/** AWS CodeCommit: contents and commits over version 0 of git's protocol without filters, signed logins, and comments. */
import {
  type AwsCredentials,
  codeCommitLogin,
  createCodeCommitHost,
  regionOf,
} from '../../../../adapters/git/codecommit/git-host';
import { readCodeCommitRights } from '../../../../adapters/git/codecommit/rights';
import { createCodeCommitComments } from '../../../../adapters/git/codecommit/status-and-comment';
import { COMMIT, describeCommentWriter, withHtmlMarker } from '../../../contracts/comment-contract';
import { describeGitHost } from '../../../contracts/git-host-contract';
import {
  CODECOMMIT_REPOSITORY,
  type FakeCodeCommit,
  startFakeCodeCommit,
} from '../../../support/git-hosts/codecommit/fake-codecommit';
import { startCodeCommitRepository } from '../../../support/git-hosts/codecommit/fake-repository';
import { createStillClock } from '../../../support/pipeline/memory-state';

const CREDENTIALS: AwsCredentials = { accessKeyId: 'access', secretAccessKey: 'secret', sessionToken: 'token' };

describeGitHost('AWS CodeCommit', async (repository) => {
  const { options, credentials, stop } = await startCodeCommitRepository(repository);
  return { host: createCodeCommitHost(options, credentials), stop };
});

const optionsOf = (repository = CODECOMMIT_REPOSITORY) => ({
  repository,
  apiUrl: 'https://git-codecommit.eu-central-1.amazonaws.com',
  clock: createStillClock(),
});

describeCommentWriter('AWS CodeCommit', async () => {
  const { client, state, stop } = await startFakeCodeCommit();
  return {
    writer: createCodeCommitComments(optionsOf(), async () => client),
    addComment: (pull, text) => {
      const id = `comment-${state.comments.length}`;
      state.comments.push({ id, pull: String(pull), content: text, deleted: false });
    },
    texts: () => state.comments.map(({ content }) => withHtmlMarker(content)),
    heads: state.heads,
    loseReply: () => {
      state.losesReplies = true;
    },
    stop,
  };
});

describe('on AWS CodeCommit', () => {
  let fake: FakeCodeCommit;
  beforeEach(async () => {
    fake = await startFakeCodeCommit();
    fake.state.heads.set(7, COMMIT);
  });
  afterEach(() => fake.stop());

  const URL_OF_AWS = new URL('https://git-codecommit.us-west-2.amazonaws.com/v1/repos/test_repo');
  const request = { url: URL_OF_AWS, region: 'us-west-2', now: Date.UTC(2017, 11, 24, 11, 53, 20) };
  const SIGNATURE = '20171224T115320Zb6df2d758a8023b2f000a546417007b65494f3ce8ad0300fd45fcfa173f1959a';

  test.each([
    ['access', { accessKeyId: 'access', secretAccessKey: 'secret' }],
    ['access%token', CREDENTIALS],
  ])('the login of %s has the signature that git-remote-codecommit makes', (user, credentials) => {
    expect(codeCommitLogin(credentials, request)).toBe(`${user}:${SIGNATURE}`);
  });

  test('the login for another host has another signature', () => {
    const url = new URL('https://land.called.honahlee/v1/repos/test_repo');
    expect(codeCommitLogin(CREDENTIALS, { ...request, url })).toMatch(
      /Za14a37a53035bbceb6e1748247b143124fe7326cdffd3d/,
    );
  });

  test.each([
    ['https://git-codecommit.eu-central-1.amazonaws.com', 'eu-central-1'],
    ['https://git-codecommit.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['https://git-codecommit-fips.us-east-2.amazonaws.com', 'us-east-2'],
    ['http://127.0.0.1:8080', 'us-east-1'],
  ])('the region of %s is %s', (url, region) => {
    expect(regionOf(url)).toBe(region);
  });

  test('a comment is cut to what the host takes, at a character', async () => {
    const { putComment } = createCodeCommitComments(optionsOf(), async () => fake.client);
    const comment = { pull: 7, commit: COMMIT, marker: '<!-- m -->' };
    await putComment({ ...comment, body: `<!-- m -->\n${'ü'.repeat(6000)}` });
    await putComment({ ...comment, body: `<!-- m -->\nx${'ü'.repeat(6000)}` });

    const [{ content } = { content: '' }] = fake.state.comments;
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(10_240);
    expect(content).toMatch(/^\[\/\/\]: # \(m\)\n\nxü+\n\n\*The rest is too long for CodeCommit\.\*$/);
  });

  test('a refusal is an error of the git host with its reason', async () => {
    const { putComment } = createCodeCommitComments(optionsOf(), async () => fake.client);
    const comment = { pull: 9, commit: COMMIT, marker: '<!-- m -->', body: '<!-- m -->' };

    await expect(putComment(comment)).rejects.toMatchObject({
      name: 'GitHostError',
      message: expect.stringContaining('PullRequestDoesNotExistException'),
    });
  });

  test('the repository is named by its ARN, and one that is missing is an error', async () => {
    const { facts } = await readCodeCommitRights(optionsOf(), async () => fake.client);
    expect(facts[0]).toBe('repository arn:aws:codecommit:eu-central-1:111122223333:monorepo');

    const missing = readCodeCommitRights(optionsOf('other'), async () => fake.client);
    await expect(missing).rejects.toMatchObject({ name: 'GitHostError' });
  });
});
