/** Merge requests and protected branches on the fake of GitLab. */
import type { ApiAnswer, ApiCall } from '../../git/git-api-server';
import type { FakePull, FakePulls } from './fake-pulls';

const PER_PAGE = 100;
const PROJECT = 4711;

/** Replies to calls about merge requests that `pulls` has, and about one branch; undefined for any other. */
export function answerGitLabMergeRequests(pulls: FakePulls, { name, query, body }: ApiCall): ApiAnswer | undefined {
  const branch = /^GET \/repository\/branches\/(.+)$/.exec(name)?.[1];
  if (branch !== undefined) return { status: 200, body: { name: branch, ...branchRights(pulls) } };
  if (name === 'POST /merge_requests') return create(pulls, body);
  if (name === 'GET /merge_requests') return list(pulls, query);
  const [, method, number, rest = ''] = /^(\w+) \/merge_requests\/(\d+)(\/merge|\/notes)?$/.exec(name) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (rest === '/notes' && method === 'POST') {
    const id = pull.comments.push(body.body ?? '');
    return { status: 201, body: { id, body: body.body, system: false } };
  }
  if (rest === '/merge') return merge(pulls, pull, body as unknown as Merge);
  if (rest !== '') return undefined;
  if (body.state_event === 'close' && pull.state === 'open') pull.state = 'closed';
  return { status: 200, body: shown(pulls, pull) };
}

function branchRights({ rules }: FakePulls) {
  return { protected: rules.isProtected, can_push: !rules.isProtected };
}

function create(pulls: FakePulls, given: Readonly<Record<string, string>>): ApiAnswer {
  const { source_branch: branch = '', target_branch: base = '', title = '', description: body = '' } = given;
  const made = pulls.add({ base, branch, title, body });
  const message = ['Another open merge request already exists for this source branch: !1'];
  if (made === undefined) return { status: 409, body: { message } };
  const isLost = pulls.losesReply;
  pulls.losesReply = false;
  return { status: 201, body: shown(pulls, made), isLost };
}

function list(pulls: FakePulls, query: URLSearchParams): ApiAnswer {
  const source = query.get('source_branch');
  const start = (Number(query.get('page')) - 1) * PER_PAGE;
  const found = pulls.open(query.get('target_branch') ?? '').filter(({ branch }) => (source ?? branch) === branch);
  return { status: 200, body: found.slice(start, start + PER_PAGE).map((pull) => shown(pulls, pull)) };
}

interface Merge {
  readonly sha: string;
  readonly squash: boolean;
  readonly squash_commit_message?: string;
  readonly merge_commit_message?: string;
  readonly auto_merge?: boolean;
}

/** Without `auto_merge`, a merge request that is held up is refused. A conflict is always refused. */
function merge(pulls: FakePulls, pull: FakePull, given: Merge): ApiAnswer {
  const message = given.squash_commit_message ?? given.merge_commit_message ?? '';
  const wanted = { head: given.sha, method: given.squash ? 'squash' : 'merge', message } as const;
  if (given.sha !== pull.head) return { status: 409, body: { message: 'SHA does not match HEAD of source branch' } };
  const isHeldUp = pulls.status(pull) === 'blocked';
  if (isHeldUp && given.auto_merge === true && pulls.rules.allowsAutoMerge) {
    pulls.schedule(pull, wanted);
    return { status: 200, body: shown(pulls, pull) };
  }
  const refusal = pulls.merge(pull, wanted);
  if (refusal !== undefined) return { status: 405, body: { message: '405 Method Not Allowed' } };
  return { status: 200, body: shown(pulls, pull) };
}

function shown(pulls: FakePulls, pull: FakePull): object {
  const { number, branch, base, head, state, mergeCommit, isFork, scheduled } = pull;
  const isSquashed = scheduled?.method === 'squash';
  return {
    iid: number,
    description: pull.body,
    web_url: `https://gitlab.com/cloud-tuner/platform/optscale/-/merge_requests/${number}`,
    state: state === 'open' ? 'opened' : state,
    source_branch: branch,
    target_branch: base,
    source_project_id: isFork ? 99 : PROJECT,
    target_project_id: PROJECT,
    sha: head,
    merge_commit_sha: isSquashed ? null : (mergeCommit ?? null),
    squash_commit_sha: isSquashed ? (mergeCommit ?? null) : null,
    detailed_merge_status: mergeStatus(pulls, pull),
  };
}

function mergeStatus(pulls: FakePulls, pull: FakePull): string {
  if (pull.state !== 'open') return 'not_open';
  const held = pulls.rules.needsReview && !pull.isApproved ? 'not_approved' : 'ci_still_running';
  return { conflict: 'conflict', outdated: 'need_rebase', blocked: held, ready: 'mergeable' }[pulls.status(pull)];
}
