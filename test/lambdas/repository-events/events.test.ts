/** Events of CodeCommit on EventBridge: which of them start a run or a preview. */
import type { PreviewRequest } from '../../../core/ports/runs';
import { parseSettings } from '../../../core/settings/parse-settings';
import { readCodeCommitEvent } from '../../../core/webhook/codecommit';
import { requireReceived } from '../../../lambdas/webhook/delivery';
import { receiveEvent, receiveStep } from '../../../lambdas/webhook/receive';
import { AFTER, BEFORE, deliver, pushPayload, SECRET } from '../webhook/deliveries';
import { fakeExecutions } from '../webhook/fake-executions';

const settings = parseSettings({
  git: {
    host: 'codecommit',
    repository: 'optscale',
    apiUrl: 'https://git-codecommit.eu-central-1.amazonaws.com',
  },
  releases: { host: 'registry.example.com', namespace: 'cloud-tuner' },
  candidates: { host: 'registry.example.com', repository: 'candidates' },
  branches: [{ branch: 'develop', allow: ['push'], version: '{version}-dev' }],
  pullRequests: { comment: true },
});

const envelope = {
  version: '0',
  id: '01234567-0123-0123-0123-012345678901',
  'detail-type': 'CodeCommit Repository State Change',
  source: 'aws.codecommit',
  account: '123456789012',
  time: '2025-10-09T08:53:20Z',
  region: 'eu-central-1',
  resources: ['arn:aws:codecommit:eu-central-1:123456789012:optscale'],
};

const ASSUMED = 'arn:aws:sts::123456789012:assumed-role';

const push = (detail: object = {}, changes: object = {}) => ({
  ...envelope,
  detail: {
    event: 'referenceUpdated',
    repositoryName: 'optscale',
    repositoryId: '12345678-1234-5678-abcd-12345678abcd',
    referenceType: 'branch',
    referenceName: 'develop',
    referenceFullName: 'refs/heads/develop',
    commitId: AFTER,
    oldCommitId: BEFORE,
    callerUserArn: 'arn:aws:iam::123456789012:user/ada',
    ...detail,
  },
  ...changes,
});

const pull = (detail: object = {}) => ({
  ...envelope,
  'detail-type': 'CodeCommit Pull Request State Change',
  detail: {
    event: 'pullRequestCreated',
    pullRequestId: '7',
    pullRequestStatus: 'Open',
    repositoryNames: ['optscale'],
    sourceCommit: AFTER,
    destinationReference: 'refs/heads/develop',
    ...detail,
  },
});

async function receive(event: unknown, executions = fakeExecutions()) {
  const previews: PreviewRequest[] = [];
  const starter = { start: async (request: PreviewRequest) => void previews.push(request) };
  const reply = await receiveEvent(readCodeCommitEvent(event, 'shop-CommitRole-1'), {
    settings,
    executions,
    previews: starter,
  });
  return { reply, started: executions.started, previews };
}

test.each<[string, unknown, number]>([
  ['a push', push(), 1],
  ['a new branch', push({ event: 'referenceCreated', oldCommitId: undefined }), 1],
  ['a push by nobody known', push({ callerUserArn: undefined }), 1],
  ['a push by the commit step', push({ callerUserArn: `${ASSUMED}/shop-CommitRole-1/shop-Commit` }), 0],
  ['a push by a role of a longer name', push({ callerUserArn: `${ASSUMED}/shop-CommitRole-12/shop-Commit` }), 1],
  ['a push by a session that has the name of the role', push({ callerUserArn: `${ASSUMED}/ada/shop-CommitRole-1` }), 1],
  ['a deleted branch', push({ event: 'referenceDeleted', commitId: undefined }), 0],
  ['a tag', push({ referenceType: 'tag', referenceFullName: 'refs/tags/v1' }), 0],
  ['a branch that no rule matches', push({ referenceFullName: 'refs/heads/other' }), 0],
  ['another repository', push({ repositoryName: 'optscale2' }), 0],
  ['an event of another service', push({}, { source: 'aws.s3' }), 0],
  ['an event of an application', push({}, { source: 'my.codecommit' }), 0],
  ['another event of CodeCommit', push({}, { 'detail-type': 'CodeCommit Comment on Commit' }), 0],
  ['another kind of change', push({ event: 'somethingElse' }), 0],
  ['an abbreviated commit', push({ commitId: AFTER.slice(0, 12) }), 0],
  ['no detail', { ...envelope }, 0],
  [
    'a request of API Gateway',
    { version: '2.0', headers: {}, body: JSON.stringify(push()), isBase64Encoded: false },
    0,
  ],
  ['nothing', undefined, 0],
])('%s starts the right number of runs', async (_, event, runs) => {
  const { started, reply } = await receive(event);

  expect(started).toHaveLength(runs);
  expect(() => requireReceived(reply)).not.toThrow();
});

test('an event that comes twice starts one run', async () => {
  const executions = fakeExecutions();
  await receive(push(), executions);
  executions.end(executions.started[0] ?? '', 'SUCCEEDED');
  const { reply } = await receive(push(), executions);

  expect(reply.result).toBe('already');
  expect(executions.started).toHaveLength(1);
});

test('if the run cannot be started, the function fails, so that it is called again', async () => {
  const executions = fakeExecutions();
  executions.breakStart('before', 1);
  const { reply } = await receive(push(), executions);

  expect(() => requireReceived(reply)).toThrow(/cannot be started now/);
});

test.each<[string, object, number]>([
  ['a new pull request', {}, 1],
  ['new commits', { event: 'pullRequestSourceBranchUpdated' }, 1],
  ['an approval', { event: 'pullRequestApprovalStateChanged' }, 0],
  ['a closed pull request', { pullRequestStatus: 'Closed' }, 0],
  ['two repositories', { repositoryNames: ['optscale', 'other'] }, 0],
  ['another repository', { repositoryNames: ['other'] }, 0],
  ['another base', { destinationReference: 'refs/heads/other' }, 0],
])('%s is previewed the right number of times', async (_, detail, times) => {
  const { previews, started } = await receive(pull(detail));

  expect(previews).toEqual(Array(times).fill({ number: 7, base: 'develop', commit: AFTER }));
  expect(started).toEqual([]);
});

test('the public address refuses every delivery, whatever its signature', async () => {
  const executions = fakeExecutions();
  const secrets = { current: async () => [SECRET], refreshed: async () => [SECRET] };
  const dependencies = { settings, secrets, executions, clock: { now: () => 0 } };

  expect(await receiveStep(deliver(pushPayload()), dependencies)).toMatchObject({ status: 401 });
  expect(await receiveStep(deliver(push()), dependencies)).toMatchObject({ status: 401 });
  expect(executions.started).toEqual([]);
});
