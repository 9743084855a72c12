/** The comment on a pull request, on GitHub and GitLab. */
import { createGitHubComments } from '../../../adapters/git/github/status-and-comment';
import { createGitLabComments } from '../../../adapters/git/gitlab/status-and-comment';
import { describeCommentWriter, MARKER } from '../../contracts/comment-contract';
import { startFakeGitHub, TOKEN } from '../../support/git-hosts/fake-github';
import { GITLAB_TOKEN, startFakeGitLab } from '../../support/git-hosts/fake-gitlab';
import type { GitLabNotes } from '../../support/git-hosts/fake-gitlab-notes';
import { createStillClock } from '../../support/pipeline/memory-state';

const clock = createStillClock();

describeCommentWriter('GitHub', async (repository) => {
  const github = await startFakeGitHub(repository);
  return {
    writer: createGitHubComments({
      repository: 'cloud-tuner/optscale',
      apiUrl: github.apiUrl,
      token: async () => TOKEN,
      clock,
    }),
    addComment: (pull, text) => {
      github.comments.push({ id: github.comments.length + 1, pull, login: 'ada', body: text });
    },
    texts: () => github.comments.map(({ body }) => body),
    heads: github.pulls,
    loseReply: () => {
      github.fault = (operation) => (operation === '/issues/7/comments' ? { kind: 'lost' } : undefined);
    },
    stop: github.stop,
  };
});

describeCommentWriter('GitLab', async (repository) => {
  const systemNote = { id: 1, mergeRequest: 7, body: `${MARKER} was mentioned`, system: true };
  const state: GitLabNotes = { heads: new Map(), notes: [systemNote], losesReplies: false };
  const gitlab = await startFakeGitLab(repository, [], state);
  return {
    writer: createGitLabComments({
      repository: 'cloud-tuner/platform/optscale',
      apiUrl: `${gitlab.url}/api/v4`,
      token: async () => GITLAB_TOKEN,
      clock,
    }),
    addComment: (mergeRequest, text) => {
      state.notes.push({ id: state.notes.length + 1, mergeRequest, body: text, system: false });
    },
    texts: () => state.notes.filter(({ system }) => !system).map(({ body }) => body),
    heads: state.heads,
    loseReply: () => {
      state.losesReplies = true;
    },
    stop: gitlab.stop,
  };
});
