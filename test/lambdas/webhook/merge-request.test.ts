/** Merge requests of GitLab: some events update the plan in the comment, and none starts a run. */
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

/** The fields that we read: https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events */
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
  ['is reopened', mergeRequest({ action: 'reopen' })],
  ['has new commits', mergeRequest({ action: 'update', oldrev: '3'.repeat(40) })],
  [
    'has a new target branch',
    mergeRequest({ action: 'update' }, { target_branch: { previous: 'main', current: 'develop' } }),
  ],
])('a merge request that %s is planned', async (_, payload) => {
  const { reply, asked } = await receive(payload);

  expect(reply).toMatchObject({ status: 202, reason: expect.stringContaining('nothing is built') });
  expect(asked).toEqual([{ number: 12, base: 'develop', commit: AFTER }]);
});

test.each([
  ['with a new title', mergeRequest({ action: 'update' }, { title: { current: 'b' } }), /'update' changes no plan/],
  ['that is approved', mergeRequest({ action: 'approved' }), /'approved' changes no plan/],
  ['from a fork', mergeRequest({ source_project_id: 99 }), /fork/],
  ['from a deleted fork', mergeRequest({ source_project_id: null }), /fork/],
  ['into a branch that builds nothing', mergeRequest({ target_branch: 'main' }), /merging it starts nothing/],
  ['with a hostile commit id', mergeRequest({ last_commit: { id: '$(id)' } }), /without a merge request/],
])('a merge request %s is ignored', async (_, payload, reason) => {
  const { reply, asked } = await receive(payload);

  expect(reply).toMatchObject({ status: 200, result: 'ignored', reason: expect.stringMatching(reason) });
  expect(asked).toEqual([]);
});
