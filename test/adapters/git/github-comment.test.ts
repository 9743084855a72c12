/** One comment on a pull request, over real HTTP: found again, edited in place, never about commits that are not there any more. */
import { createGitHubComments } from '../../../adapters/git/github-comment';
import { type FakeGitHub, startFakeGitHub, TOKEN } from '../../support/fake-github';
import { createRepository, type TestRepository } from '../../support/git-repository';
import { createStillClock } from '../../support/memory-state';

const MARKER = '<!-- plan -->';
const COMMIT = 'c'.repeat(40);
let repository: TestRepository;
let github: FakeGitHub;

beforeEach(async () => {
  repository = createRepository();
  github = await startFakeGitHub(repository);
  github.pulls.set(7, COMMIT);
});
afterEach(async () => {
  await github.stop();
  repository.remove();
});

function put(body: string, commit = COMMIT) {
  const clock = createStillClock();
  const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };
  return createGitHubComments(options).putComment({ pull: 7, commit, marker: MARKER, body: `${MARKER}\n${body}` });
}

function say(times: number, pull = 7): void {
  for (let index = 0; index < times; index += 1) {
    github.comments.push({ id: github.comments.length + 1, pull, login: 'ada', body: `I wonder ${MARKER}` });
  }
}

describe('the comment', () => {
  test('is made once and edited from then on, among the comments of people', async () => {
    say(3);
    say(2, 8);
    expect(await put('one')).toBe('written');
    say(2);
    expect(await put('two')).toBe('written');

    const ours = github.comments.filter(({ body }) => body.startsWith(MARKER));
    expect(ours).toMatchObject([{ pull: 7, body: `${MARKER}\ntwo` }]);
    expect(github.comments).toHaveLength(8);
  });

  test('is found on the third page', async () => {
    say(250);
    await put('one');
    say(60);
    await put('two');

    expect(github.comments.filter(({ body }) => body.startsWith(MARKER))).toHaveLength(1);
  });

  test('is not written about a commit that is not the head any more', async () => {
    github.pulls.set(7, 'd'.repeat(40));

    expect(await put('old')).toBe('outdated');
    expect(github.comments).toEqual([]);
  });

  test('is not made twice if the answer was lost: that is an error', async () => {
    github.fault = (operation) => (operation === '/issues/7/comments' ? { kind: 'lost' } : undefined);

    await expect(put('one')).rejects.toMatchObject({ name: 'GitHostError' });
    expect(github.comments).toHaveLength(1);
  });
});
