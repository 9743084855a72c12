/** The comment on a pull request, on GitHub and GitLab. */
import { createGitHubComments } from '../../../adapters/git/github/status-and-comment';
import { createGitLabComments } from '../../../adapters/git/gitlab/status-and-comment';
import { COMMIT, type CommentWorld, describeCommentWriter, MARKER } from '../../contracts/comment-contract';
import { createRepository } from '../../support/git/git-repository';
import { startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { GITLAB_TOKEN, startFakeGitLab } from '../../support/git-hosts/fake-gitlab';
import type { GitLabNotes } from '../../support/git-hosts/fake-gitlab-notes';
import { createStillClock } from '../../support/pipeline/memory-state';

const clock = createStillClock();
const TEXT = `I wonder ${MARKER}`;

describeCommentWriter('GitHub', async (): Promise<CommentWorld> => {
  const repository = createRepository();
  const github = await startFakeGitHub(repository);
  github.pulls.set(7, COMMIT);
  return {
    writer: createGitHubComments({
      repository: 'cloud-tuner/optscale',
      apiUrl: github.apiUrl,
      token: async () => TOKEN,
      clock,
    }),
    addComments: (times, pull = 7) => {
      for (let index = 0; index < times; index += 1) {
        github.comments.push({ id: github.comments.length + 1, pull, login: 'ada', body: TEXT });
      }
    },
    texts: () => github.comments.map(({ body }) => body),
    moveHead: (commit) => void github.pulls.set(7, commit),
    loseReply: () => {
      github.fault = (operation) => (operation === '/issues/7/comments' ? { kind: 'lost' } : undefined);
    },
    stop: async () => {
      await github.stop();
      repository.remove();
    },
  };
});

describeCommentWriter('GitLab', async (): Promise<CommentWorld> => {
  const repository = createRepository();
  const state: GitLabNotes = { heads: new Map([[7, COMMIT]]), notes: [], losesReplies: false };
  const gitlab = await startFakeGitLab(repository, [], state);
  const systemNote = { id: 1, mergeRequest: 7, body: `${MARKER} was mentioned`, system: true };
  return {
    writer: createGitLabComments({
      repository: 'cloud-tuner/platform/optscale',
      apiUrl: `${gitlab.url}/api/v4`,
      token: async () => GITLAB_TOKEN,
      clock,
    }),
    addComments: (times, mergeRequest = 7) => {
      if (state.notes.length === 0) state.notes.push(systemNote);
      for (let index = 0; index < times; index += 1) {
        state.notes.push({ id: state.notes.length + 1, mergeRequest, body: TEXT, system: false });
      }
    },
    texts: () => state.notes.filter(({ system }) => !system).map(({ body }) => body),
    moveHead: (commit) => void state.heads.set(7, commit),
    loseReply: () => {
      state.losesReplies = true;
    },
    stop: async () => {
      await gitlab.stop();
      repository.remove();
    },
  };
});
