/** Pull requests and the policies of their base on the fake of Azure DevOps. */
import type { MergeMethod } from '../../../../core/contract/release';
import type { ApiAnswer, ApiCall } from '../../git/git-api-server';
import type { FakePull, FakePulls } from './fake-pulls';

/** The repository as pull requests show it. */
export interface AzureProject {
  readonly id: string;
  readonly project: { readonly id: string; readonly name: string };
}

function refusal(status: number, message: string): ApiAnswer {
  return { status, body: { message } };
}

/** Replies to calls about pull requests that `pulls` has, below the repository; undefined for any other. */
export function answerAzurePulls(
  pulls: FakePulls,
  repository: AzureProject,
  { name, query, body }: ApiCall,
): ApiAnswer | undefined {
  const show = (pull: FakePull) => shown(pulls, repository, pull);
  if (name === 'GET /pullrequests') return list(pulls, query, show);
  if (name === 'POST /pullrequests') {
    const made = create(pulls, body as Readonly<Record<string, string>>);
    return 'status' in made ? made : { status: 200, body: show(made.pull) };
  }
  const [, method, number, rest = ''] = /^(\w+) \/pull[rR]equests\/(\d+)(\/threads)?$/.exec(name) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (rest === '/threads' && method === 'POST') {
    const { comments } = body as unknown as { readonly comments: readonly { readonly content: string }[] };
    pull.comments.push(comments[0]?.content ?? '');
    return { status: 200, body: { id: pull.comments.length, status: 'closed' } };
  }
  const refused = method === 'PATCH' ? change(pulls, pull, body as Change) : undefined;
  return refused ?? { status: 200, body: show(pull) };
}

/** At most 400 characters of a description are in a list. */
function list({ open }: FakePulls, query: URLSearchParams, show: (pull: FakePull) => object): ApiAnswer {
  const [top, skip] = [Number(query.get('$top')), Number(query.get('$skip'))];
  const source = query.get('searchCriteria.sourceRefName');
  const found = open((query.get('searchCriteria.targetRefName') ?? '').replace('refs/heads/', ''))
    .filter(({ branch }) => source === null || source === `refs/heads/${branch}`)
    .map((pull) => show({ ...pull, body: pull.body.slice(0, 400) }));
  const value = found.slice(skip, skip + top);
  return { status: 200, body: { count: value.length, value } };
}

function create(pulls: FakePulls, given: Readonly<Record<string, string>>): ApiAnswer | { readonly pull: FakePull } {
  const { title = '', description: body = '', sourceRefName = '', targetRefName = '' } = given;
  if (body.length > 4000) return refusal(400, 'A maximum description length of 4000 characters is allowed.');
  const [branch, base] = [sourceRefName, targetRefName].map((ref) => ref.replace('refs/heads/', '')) as [
    string,
    string,
  ];
  const pull = pulls.add({ base, branch, title, body });
  const message = 'TF401179: An active pull request for the source and target branch already exists.';
  return pull === undefined ? refusal(409, message) : { pull };
}

interface Change {
  readonly status?: 'completed' | 'abandoned';
  readonly lastMergeSourceCommit?: { readonly commitId: string };
  readonly autoCompleteSetBy?: { readonly id: string };
  readonly completionOptions?: { readonly mergeStrategy: string; readonly mergeCommitMessage: string };
}

const METHODS: Readonly<Record<string, MergeMethod>> = { squash: 'squash', noFastForward: 'merge', rebase: 'rebase' };
const OWNER = '3b5f0c34-4aec-4bf4-8708-1d36f0dbc468';

/** Changes it as asked, or returns the refusal. */
function change(pulls: FakePulls, pull: FakePull, asked: Change): ApiAnswer | undefined {
  const { status, lastMergeSourceCommit, autoCompleteSetBy, completionOptions } = asked;
  if (pull.state !== 'open') return refusal(400, 'TF401181: The pull request cannot be edited due to its state.');
  if (status === 'abandoned') {
    pull.state = 'closed';
    return undefined;
  }
  const { mergeStrategy = '', mergeCommitMessage: message = '' } = completionOptions ?? {};
  const head = lastMergeSourceCommit?.commitId ?? pull.head;
  const wanted = { head, method: METHODS[mergeStrategy] ?? 'merge', message };
  if (status === 'completed') {
    const refused = pulls.merge(pull, wanted);
    return refused === undefined ? undefined : refusal(409, `TF401192: ${refused}`);
  }
  if (autoCompleteSetBy?.id !== OWNER) return refusal(400, 'autoCompleteSetBy: not the caller');
  if (!pulls.rules.allowsAutoMerge) return refusal(403, 'TF401027: You need the permission to set auto-complete.');
  pulls.schedule(pull, wanted);
  return undefined;
}

/** The policies of the base, as they stand for one pull request. */
export function azureEvaluations({ find, rules }: FakePulls, number: number): readonly object[] {
  const pull = find(number);
  const policy = (displayName: string, isMet: boolean | undefined) => ({
    evaluationId: 'f7579e13-0000-0000-0000-000000000000',
    status: isMet === true ? 'approved' : 'queued',
    configuration: { isEnabled: true, isBlocking: true, type: { displayName } },
  });
  const advice = { status: 'rejected', configuration: { isEnabled: true, isBlocking: false, type: {} } };
  return [
    advice,
    ...(rules.needsReview ? [policy('Minimum number of reviewers', pull?.isApproved)] : []),
    ...(rules.needsCheck ? [policy('Build', pull?.hasPassed)] : []),
  ];
}

function shown(pulls: FakePulls, repository: AzureProject, pull: FakePull): object {
  const { number, title, body, head, branch, base, isFork, state, mergeCommit } = pull;
  const isConflict = state === 'open' && pulls.status(pull) === 'conflict';
  return {
    pullRequestId: number,
    title,
    description: body,
    status: { open: 'active', merged: 'completed', closed: 'abandoned' }[state],
    mergeStatus: isConflict ? 'conflicts' : 'succeeded',
    sourceRefName: `refs/heads/${branch}`,
    targetRefName: `refs/heads/${base}`,
    lastMergeSourceCommit: { commitId: head },
    lastMergeCommit: { commitId: mergeCommit ?? 'f'.repeat(40) },
    createdBy: { id: OWNER, displayName: 'image-pipeline' },
    repository: { ...repository, name: 'monorepo' },
    ...(isFork ? { forkSource: { name: `refs/heads/${branch}`, repository: { id: OWNER } } } : {}),
  };
}
