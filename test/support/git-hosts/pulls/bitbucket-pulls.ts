/** Pull requests on the fake of Bitbucket Cloud. */
import type { MergeMethod } from '../../../../core/contract/release';
import type { ApiAnswer, ApiCall } from '../../git/git-api-server';
import type { FakePull, FakePulls } from './fake-pulls';

/** Returns a page of entries, and the link to the next one. `most` is the largest page that is not refused. */
export function bitbucketPage(entries: readonly object[], query: URLSearchParams, most = 100): ApiAnswer {
  const [number, size] = [Number(query.get('page') ?? 1), Number(query.get('pagelen') ?? 10)];
  if (size > most) return refusal('Invalid pagelen');
  const values = entries.slice((number - 1) * size, number * size);
  const next = number * size < entries.length ? { next: `https://api.bitbucket.org/2.0/next?page=${number + 1}` } : {};
  return { status: 200, body: { page: number, pagelen: size, size: entries.length, values, ...next } };
}

function refusal(message: string, status = 400): ApiAnswer {
  return { status, body: { type: 'error', error: { message } } };
}

/** Replies to calls about pull requests that `pulls` has; undefined for any other. */
export function answerBitbucketPulls(pulls: FakePulls, { name, query, body }: ApiCall): ApiAnswer | undefined {
  if (name === 'GET /pullrequests') {
    const open = pulls.open().map((pull) => shown(pulls, pull));
    return bitbucketPage(open, query, 50);
  }
  if (name === 'POST /pullrequests') return create(pulls, body as unknown as Wanted);
  const [, method, number, rest = ''] = /^(\w+) \/pullrequests\/(\d+)(\/merge|\/decline|\/comments)?$/.exec(name) ?? [];
  const pull = pulls.find(Number(number));
  if (pull === undefined) return undefined;
  if (rest === '/comments' && method === 'POST') {
    const { content } = body as unknown as { readonly content: { readonly raw: string } };
    const id = pull.comments.push(content.raw);
    return { status: 201, body: { type: 'pullrequest_comment', id, content } };
  }
  if (rest === '/merge') return merge(pulls, pull, body as unknown as Merge);
  if (rest === '/decline') {
    if (pull.state !== 'open') return refusal('This pull request is already closed.');
    pull.state = 'closed';
  }
  return { status: 200, body: shown(pulls, pull) };
}

interface Wanted {
  readonly title: string;
  readonly description: string;
  readonly source: { readonly branch: { readonly name: string } };
  readonly destination: { readonly branch: { readonly name: string } };
}

function create(pulls: FakePulls, { title, description, source, destination }: Wanted): ApiAnswer {
  if (title.length > 255) return refusal('title: Ensure this value has at most 255 characters.');
  const made = pulls.add({ base: destination.branch.name, branch: source.branch.name, title, body: description });
  return made === undefined ? refusal('There are no changes to be pulled') : { status: 201, body: shown(pulls, made) };
}

interface Merge {
  readonly message: string;
  readonly merge_strategy: 'squash' | 'merge_commit' | 'rebase_fast_forward';
}

const METHODS: Readonly<Record<Merge['merge_strategy'], MergeMethod>> = {
  squash: 'squash',
  merge_commit: 'merge',
  rebase_fast_forward: 'rebase',
};

/** No head can be named. */
function merge(pulls: FakePulls, pull: FakePull, { message, merge_strategy: strategy }: Merge): ApiAnswer {
  const refused = pulls.merge(pull, { head: pull.head, method: METHODS[strategy], message });
  if (refused === undefined) return { status: 200, body: shown(pulls, pull) };
  return refusal(refused, refused.startsWith('Base') ? 409 : 400);
}

const OWN = { type: 'repository', uuid: '{1}', full_name: 'team/monorepo' };

/** Commits are abbreviated. */
function shown(pulls: FakePulls, pull: FakePull): object {
  const { number, title, body, head, branch, base, isFork, state, mergeCommit } = pull;
  const repository = isFork ? { ...OWN, uuid: '{2}', full_name: 'ada/monorepo' } : OWN;
  const isHeld = state === 'open' && pulls.status(pull) !== 'ready';
  return {
    type: 'pullrequest',
    id: number,
    title,
    summary: { raw: body, markup: 'markdown', html: '' },
    links: { html: { href: `https://bitbucket.org/team/monorepo/pull-requests/${number}` } },
    state: { open: 'OPEN', merged: 'MERGED', closed: 'DECLINED' }[state],
    source: { branch: { name: branch }, commit: { hash: head.slice(0, 12) }, repository },
    destination: { branch: { name: base }, commit: { hash: '0'.repeat(12) }, repository: OWN },
    ...(mergeCommit === undefined ? {} : { merge_commit: { hash: mergeCommit.slice(0, 12) } }),
    mergeable: !isHeld,
  };
}
