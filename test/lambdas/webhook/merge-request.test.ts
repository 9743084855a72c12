/** Merge requests of GitLab: which of their events have the plan made anew, and that none starts a run. */
import type { PreviewRequest } from '../../../core/ports/runs';
import { receiveStep } from '../../../lambdas/webhook/receive';
import { AFTER, settings } from './deliveries';
import { fakeExecutions } from './fake-executions';

const TOKEN = 'a plain token';
const git = {
  host: 'gitlab',
  repository: 'cloud-tuner/optscale',
  repositoryId: 123456,
  apiUrl: 'https://git.example.com',
} as const;

/** Fields of https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events that are used. */
function mergeRequest(attributes: object = {}, changes: object = {}): object {
  return {
    object_kind: 'merge_request',
    project: { id: 123456, path_with_namespace: 'cloud-tuner/optscale' },
    object_attributes: {
      iid: 12,
      action: 'open',
      target_branch: 'develop',
      source_project_id: 123456,
      target_project_id: 123456,
      last_commit: { id: AFTER },
      ...attributes,
    },
    changes,
  };
}

async function receive(payload: object, pullRequests = { comment: true, forks: false }) {
  const asked: PreviewRequest[] = [];
  const executions = fakeExecutions();
  const headers = {
    'content-type': 'application/json',
    'x-gitlab-event': 'Merge Request Hook',
    'x-gitlab-token': TOKEN,
  };
  const reply = await receiveStep(
    { headers, body: Buffer.from(JSON.stringify(payload)) },
    {
      settings: { ...settings, git, pullRequests },
      secrets: { current: async () => [TOKEN], refreshed: async () => [TOKEN] },
      executions,
      previews: { start: async (request) => void asked.push(request) },
      clock: { now: () => 0 },
    },
  );
  expect(executions.started).toEqual([]);
  return { reply, asked };
}

test.each([
  ['is opened', mergeRequest()],
  ['is opened again', mergeRequest({ action: 'reopen' })],
  ['has other commits', mergeRequest({ action: 'update', oldrev: '3'.repeat(40) })],
  [
    'is to be merged elsewhere',
    mergeRequest({ action: 'update' }, { target_branch: { previous: 'main', current: 'develop' } }),
  ],
])('a merge request that %s has its plan made', async (_, payload) => {
  const { reply, asked } = await receive(payload);

  expect(reply).toMatchObject({ status: 202, reason: expect.stringContaining('nothing is built') });
  expect(asked).toEqual([{ number: 12, base: 'develop', commit: AFTER }]);
});

test.each([
  ['with another title', mergeRequest({ action: 'update' }, { title: { current: 'b' } }), /'update' changes no plan/],
  ['that is approved', mergeRequest({ action: 'approved' }), /'approved' changes no plan/],
  ['from a fork', mergeRequest({ source_project_id: 99 }), /fork/],
  ['from a fork that is gone', mergeRequest({ source_project_id: null }), /fork/],
  ['into a branch that builds nothing', mergeRequest({ target_branch: 'main' }), /merging it starts nothing/],
  ['with a hostile commit id', mergeRequest({ last_commit: { id: '$(id)' } }), /without a merge request/],
])('a merge request %s is left alone', async (_, payload, reason) => {
  const { reply, asked } = await receive(payload);

  expect(reply).toMatchObject({ status: 200, result: 'ignored', reason: expect.stringMatching(reason) });
  expect(asked).toEqual([]);
});
