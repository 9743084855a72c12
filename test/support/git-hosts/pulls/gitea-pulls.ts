/** Pull requests and protected branches on the fake of Gitea. */
import type { MergeMethod } from '../../../../core/contract/release';
import type { ApiAnswer, ApiCall } from '../../git/git-api-server';
import type { FakePull, FakePulls } from './fake-pulls';

/** Gitea's `MAX_RESPONSE_ITEMS`, which a caller cannot exceed. */
const MAX_PER_PAGE = 30;

/** Replies to calls about pull requests that `pulls` has, and about one branch; undefined for any other. */
export function answerGiteaPulls(pulls: FakePulls, { name: call, query, body }: ApiCall): ApiAnswer | undefined {
  if (call.startsWith('GET /branches/')) {
    const { isProtected } = pulls.rules;
    const name = call.slice('GET /branches/'.length);
    return { status: 200, body: { name, protected: isProtected, user_can_push: !isProtected } };
  }
  if (call === 'GET /pulls') {
    const page = Number(query.get('page') ?? 1);
    const open = pulls.open().slice((page - 1) * MAX_PER_PAGE, page * MAX_PER_PAGE);
    return { status: 200, body: open.map(shown) };
  }
  if (call === 'POST /pulls') return create(pulls, body);
  const [, method, kind, number = '', rest = ''] =
    /^(\w+) \/(pulls|issues)\/(\d+)(\/merge|\/comments)?$/.exec(call) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (kind === 'issues' && method === 'POST') {
    pull.comments.push(body.body ?? '');
    return { status: 201, body: { id: pull.comments.length } };
  }
  if (rest === '/merge') return merge(pulls, pull, body as unknown as Merge);
  if (method === 'PATCH' && pull.state === 'open') pull.state = 'closed';
  return { status: method === 'PATCH' ? 201 : 200, body: shown(pull) };
}

function create(pulls: FakePulls, given: Readonly<Record<string, string>>): ApiAnswer {
  const { base = '', head: branch = '', title = '', body = '' } = given;
  const made = pulls.add({ base, branch, title, body });
  const message = 'pull request already exists for these targets';
  return made === undefined ? { status: 409, body: { message } } : { status: 201, body: shown(made) };
}

interface Merge {
  readonly Do: MergeMethod;
  readonly head_commit_id: string;
  readonly merge_when_checks_succeed?: boolean;
  readonly MergeTitleField: string;
  readonly MergeMessageField: string;
}

function merge(pulls: FakePulls, pull: FakePull, given: Merge): ApiAnswer {
  const { Do: method, head_commit_id: head, MergeTitleField: title, MergeMessageField: text } = given;
  const wanted = { head, method, message: text === '' ? title : `${title}\n\n${text}` };
  if (head !== pull.head) return { status: 409, body: { message: 'head out of date' } };
  if (pulls.status(pull) === 'blocked' && given.merge_when_checks_succeed === true && pulls.rules.allowsAutoMerge) {
    if (pull.scheduled !== undefined) return { status: 409, body: { message: 'The auto merge is already scheduled' } };
    pulls.schedule(pull, wanted);
    return { status: 201, body: {} };
  }
  const refusal = pulls.merge(pull, wanted);
  if (refusal === undefined) return { status: 200, body: {} };
  return { status: 405, body: { message: `Does not have enough approvals: ${refusal}` } };
}

function shown({ number, body, base, branch, head, state, mergeCommit, isFork }: FakePull): object {
  return {
    number,
    body,
    html_url: `https://gitea.example/team/monorepo/pulls/${number}`,
    state: state === 'open' ? 'open' : 'closed',
    merged: state === 'merged',
    merge_commit_sha: mergeCommit ?? null,
    head: { ref: branch, sha: head, repo_id: isFork ? 99 : 1 },
    base: { ref: base, sha: '0'.repeat(40), repo_id: 1 },
  };
}
