/** Pull requests and protected branches on the fake of Gitea. */
import type { MergeMethod } from '../../../../core/contract/release';
import type { FakePull, FakePulls } from './fake-pulls';

type Answer = readonly [number, unknown];

/** Gitea's `MAX_RESPONSE_ITEMS`, which a caller cannot exceed. */
const MAX_PER_PAGE = 30;

/** Replies to calls about pull requests that `pulls` has, and about one branch; undefined for any other. `call` is `METHOD /path`. */
export function answerGiteaPulls(pulls: FakePulls, call: string, body: object, page: number): Answer | undefined {
  if (call.startsWith('GET /branches/')) {
    const { isProtected } = pulls.rules;
    return [200, { name: call.slice('GET /branches/'.length), protected: isProtected, user_can_push: !isProtected }];
  }
  if (call === 'GET /pulls') {
    const open = pulls.open();
    return [200, open.slice((page - 1) * MAX_PER_PAGE, page * MAX_PER_PAGE).map(shown)];
  }
  if (call === 'POST /pulls') return create(pulls, body as Readonly<Record<string, string>>);
  const [, method, kind, number = '', rest = ''] =
    /^(\w+) \/(pulls|issues)\/(\d+)(\/merge|\/comments)?$/.exec(call) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (kind === 'issues' && method === 'POST') {
    pull.comments.push((body as { readonly body: string }).body);
    return [201, { id: pull.comments.length }];
  }
  if (rest === '/merge') return merge(pulls, pull, body as Merge);
  if (method === 'PATCH' && pull.state === 'open') pull.state = 'closed';
  return [method === 'PATCH' ? 201 : 200, shown(pull)];
}

function create(pulls: FakePulls, given: Readonly<Record<string, string>>): Answer {
  const { base = '', head: branch = '', title = '', body = '' } = given;
  const made = pulls.add({ base, branch, title, body });
  return made === undefined ? [409, { message: 'pull request already exists for these targets' }] : [201, shown(made)];
}

interface Merge {
  readonly Do: MergeMethod;
  readonly head_commit_id: string;
  readonly merge_when_checks_succeed?: boolean;
  readonly MergeTitleField: string;
  readonly MergeMessageField: string;
}

function merge(pulls: FakePulls, pull: FakePull, given: Merge): Answer {
  const { Do: method, head_commit_id: head, MergeTitleField: title, MergeMessageField: text } = given;
  const wanted = { head, method, message: text === '' ? title : `${title}\n\n${text}` };
  if (head !== pull.head) return [409, { message: 'head out of date' }];
  if (pulls.status(pull) === 'blocked' && given.merge_when_checks_succeed === true && pulls.rules.allowsAutoMerge) {
    if (pull.scheduled !== undefined) return [409, { message: 'The auto merge is already scheduled' }];
    pulls.schedule(pull, wanted);
    return [201, {}];
  }
  const refusal = pulls.merge(pull, wanted);
  return refusal === undefined ? [200, {}] : [405, { message: `Does not have enough approvals: ${refusal}` }];
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
