/** Pull requests on the fake of Bitbucket Data Center. */
import type { MergeMethod } from '../../../../core/contract/release';
import type { ApiAnswer, ApiCall } from '../../git/git-api-server';
import type { FakePull, FakePulls } from './fake-pulls';

/** Returns a page of entries, as every list has them. */
export function serverPage(entries: readonly object[], query: URLSearchParams): ApiAnswer {
  const [start, limit] = [Number(query.get('start') ?? 0), Math.min(100, Number(query.get('limit') ?? 25))];
  const values = entries.slice(start, start + limit);
  const isLastPage = start + limit >= entries.length;
  const next = isLastPage ? {} : { nextPageStart: start + limit };
  return { status: 200, body: { size: values.length, limit, start, values, isLastPage, ...next } };
}

function refusal(status: number, message: string): ApiAnswer {
  return { status, body: { errors: [{ message }] } };
}

/** Replies to calls about pull requests that `pulls` has; undefined for any other. */
export function answerServerPulls(pulls: FakePulls, { name, query, body }: ApiCall): ApiAnswer | undefined {
  if (name === 'GET /pull-requests') {
    const base = query.get('at')?.replace('refs/heads/', '') ?? '';
    return serverPage(pulls.open(base).map(shown), query);
  }
  if (name === 'POST /pull-requests') return create(pulls, body as unknown as Wanted);
  const [, method, number, rest = ''] =
    /^(\w+) \/pull-requests\/(\d+)(\/merge|\/decline|\/activities)?$/.exec(name) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (rest === '/activities') return serverPage(activitiesOf(pull), query);
  if (rest === '') return { status: 200, body: shown(pull) };
  if (pull.state !== 'open') return refusal(409, 'The pull request is not open.');
  if (rest === '/merge' && method === 'GET') return { status: 200, body: mergeability(pulls, pull) };
  const { version } = body as unknown as { readonly version: number };
  if (version !== versionOf(pull)) return refusal(409, 'The pull request was updated.');
  if (rest === '/merge') return merge(pulls, pull, body as unknown as Merge);
  pull.state = 'closed';
  pull.comments.push((body as unknown as { readonly comment: string }).comment);
  return { status: 200, body: shown(pull) };
}

interface Wanted {
  readonly title: string;
  readonly description: string;
  readonly fromRef: { readonly id: string };
  readonly toRef: { readonly id: string };
}

function create(pulls: FakePulls, { title, description, fromRef, toRef }: Wanted): ApiAnswer {
  if (title.length > 255 || description.length > 32_768) return refusal(400, 'The title or description is too long.');
  const [branch, base] = [fromRef.id, toRef.id].map((id) => id.replace('refs/heads/', '')) as [string, string];
  const made = pulls.add({ base, branch, title, body: description });
  return made === undefined
    ? refusal(409, 'Only one pull request may be open for a given source and target branch')
    : { status: 201, body: shown(made) };
}

interface Merge {
  readonly message: string;
  readonly strategyId: 'squash' | 'no-ff' | 'rebase-ff-only';
  readonly autoMerge?: boolean;
}

const METHODS: Readonly<Record<Merge['strategyId'], MergeMethod>> = {
  squash: 'squash',
  'no-ff': 'merge',
  'rebase-ff-only': 'rebase',
};

function merge(pulls: FakePulls, pull: FakePull, { message, strategyId, autoMerge }: Merge): ApiAnswer {
  const wanted = { head: pull.head, method: METHODS[strategyId], message };
  if (autoMerge === true) {
    if (!pulls.rules.allowsAutoMerge) return refusal(403, 'Auto-merge is not enabled for this repository.');
    pulls.schedule(pull, wanted);
    return { status: 200, body: shown(pull) };
  }
  const refused = pulls.merge(pull, wanted);
  return refused === undefined ? { status: 200, body: shown(pull) } : refusal(409, refused);
}

function mergeability(pulls: FakePulls, pull: FakePull): object {
  const status = pulls.status(pull);
  const conflicted = status === 'conflict';
  const veto = { summaryMessage: 'Not all required reviewers have approved', detailedMessage: '' };
  return {
    conflicted,
    outcome: conflicted ? 'CONFLICTED' : 'CLEAN',
    vetoes: status === 'blocked' || status === 'outdated' ? [veto] : [],
  };
}

function activitiesOf({ state, mergeCommit }: FakePull): object[] {
  const merged = { action: 'MERGED', commit: { id: mergeCommit, displayId: mergeCommit?.slice(0, 11) } };
  return [...(state === 'merged' ? [merged] : []), { action: 'OPENED' }];
}

/** The version of an open one is 0 here; any end of it makes another. */
function versionOf({ state }: FakePull): number {
  return state === 'open' ? 0 : 1;
}

function shown(pull: FakePull): object {
  const { number, title, body, head, branch, base, isFork, state } = pull;
  const side = (name: string, latestCommit: string, id: number) => ({
    id: `refs/heads/${name}`,
    displayId: name,
    latestCommit,
    repository: { slug: 'monorepo', id, name: 'Monorepo', project: { key: 'TEAM' } },
  });
  return {
    id: number,
    version: versionOf(pull),
    title,
    description: body,
    state: { open: 'OPEN', merged: 'MERGED', closed: 'DECLINED' }[state],
    open: state === 'open',
    closed: state !== 'open',
    fromRef: side(branch, head, isFork ? 99 : 84),
    toRef: side(base, '0'.repeat(40), 84),
  };
}
