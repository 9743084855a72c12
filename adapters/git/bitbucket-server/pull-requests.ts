/** Pull requests on Bitbucket Data Center, with auto-merge since 8.15: https://developer.atlassian.com/server/bitbucket/rest/ */
import * as z from 'zod';
import type { MergeMethod } from '../../../core/contract/release';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { closeOnce, openOnce, otherHead, refusedWith } from '../pulls/once';
import { fitTitle, markedBody, plainBody } from '../pulls/texts';
import { discard, type GitRest, type HostOptions, json } from '../rest';
import { openWireClient, pushNewBranch } from '../wire/git-host';
import { bitbucketServerWire, createServerRest, pagesOf, partsOf, readValues, repositoryPath } from './git-host';

/** What requests need. */
interface Access {
  readonly send: GitRest;
  /** The repository's path in the API. */
  readonly path: string;
  readonly repository: { readonly slug: string; readonly project: { readonly key: string } };
  /** The address of the repository's web pages. */
  readonly pages: string;
}

/** Creates access to pull requests. The token needs the permission *repository write*. */
export function createServerPullRequests(options: HostOptions): PullRequestHost {
  const client = openWireClient(bitbucketServerWire(options));
  const { key, slug } = partsOf(options.repository);
  const path = repositoryPath(options.repository);
  const repository = { slug, project: { key } };
  const access = { send: createServerRest(options), path, repository, pages: `${pagesOf(options)}${path}` };
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: async (base) => (await list(access, base)).map((reply) => pullOf(access, reply)),
    propose: (proposal) => propose(access, proposal),
    read: (number) => readWhole(access, number),
    merge: (request) => merge(access, request),
    close: (number, reason) => close(access, number, reason),
  };
}

const Side = z.object({ id: z.string(), latestCommit: z.string(), repository: z.object({ id: z.int() }) });
const Reply = z.object({
  id: z.int(),
  /** Changes with the pull request, so that a request about an older one is refused. */
  version: z.int(),
  description: z.string().default(''),
  state: z.string(),
  fromRef: Side,
  toRef: Side,
});
type Reply = z.infer<typeof Reply>;

function pullOf({ pages }: Access, { id, description, state, fromRef, toRef }: Reply): PullRequest {
  return {
    number: id,
    url: `${pages}/pull-requests/${id}`,
    base: nameOf(toRef),
    branch: nameOf(fromRef),
    head: fromRef.latestCommit,
    body: markedBody(description),
    state: state === 'MERGED' ? 'merged' : state === 'OPEN' ? 'open' : 'closed',
    isOutdated: false,
  };
}

function nameOf({ id }: z.infer<typeof Side>): string {
  return id.replace(/^refs\/heads\//, '');
}

/** A fork may have a branch of the same name. Its pull requests are left out. */
async function list({ send, path }: Access, base: string): Promise<readonly Reply[]> {
  const query = new URLSearchParams({ at: `refs/heads/${base}`, direction: 'INCOMING', state: 'OPEN' });
  const found = await readValues(send, `${path}/pull-requests?${query}`, Reply, 'the pull requests cannot be listed');
  return found.filter(({ fromRef, toRef }) => fromRef.repository.id === toRef.repository.id);
}

/** The most that the API accepts, in characters. */
const LONGEST_TITLE = 255;
const LARGEST_BODY = 32_000;

/** 409 means that the branch has an open one, or nothing that its base does not have. */
function propose(access: Access, proposal: PullProposal): Promise<PullRequest> {
  const { send, path, repository } = access;
  const { base, branch, title, body } = proposal;
  const find = async () => {
    const found = (await list(access, base)).find(({ fromRef }) => nameOf(fromRef) === branch);
    return found && pullOf(access, found);
  };
  return openOnce(proposal, find, async () => {
    const made = await send({
      method: 'POST',
      path: `${path}/pull-requests`,
      body: {
        title: fitTitle(title, LONGEST_TITLE),
        description: plainBody(body, LARGEST_BODY),
        fromRef: { id: `refs/heads/${branch}`, repository },
        toRef: { id: `refs/heads/${base}`, repository },
      },
      repeatable: true,
      expect: [201],
      read: json(Reply, 'the pull request cannot be made'),
    }).catch(refusedWith(409));
    return typeof made === 'string' ? made : pullOf(access, made);
  });
}

function read({ send, path }: Access, number: number): Promise<Reply> {
  const read = json(Reply, `pull request ${number} cannot be read`);
  return send({ path: `${path}/pull-requests/${number}`, read });
}

async function readWhole(access: Access, number: number): Promise<PullRequest> {
  const reply = await read(access, number);
  const pull = pullOf(access, reply);
  if (pull.state === 'open') {
    const waitsFor = (await obstacles(access, number)).join('; ');
    return { ...pull, ...(waitsFor === '' ? {} : { waitsFor }) };
  }
  if (pull.state === 'closed') return pull;
  const mergeCommit = await findMerge(access, number);
  return { ...pull, ...(mergeCommit === undefined ? {} : { mergeCommit }) };
}

/** One entry of a pull request's history. That of its merge has the commit. */
const Activity = z.object({ action: z.string(), commit: z.object({ id: z.string() }).nullish() });

async function findMerge({ send, path }: Access, number: number): Promise<string | undefined> {
  const at = `${path}/pull-requests/${number}/activities`;
  const history = await readValues(send, at, Activity, 'the merge cannot be found');
  return history.find(({ action }) => action === 'MERGED')?.commit?.id;
}

const CONFLICT = 'it is in conflict with its base';

const Mergeability = z.object({
  conflicted: z.boolean().default(false),
  vetoes: z.array(z.object({ summaryMessage: z.string().default('a merge check') })).default([]),
});

/** Returns what holds an open one up. 409 means that it is not open any more. */
async function obstacles({ send, path }: Access, number: number): Promise<readonly string[]> {
  const found = await send({
    path: `${path}/pull-requests/${number}/merge`,
    read: json(Mergeability, `the merge checks of pull request ${number} cannot be read`),
  }).catch(refusedWith(409));
  if (typeof found === 'string') return [];
  return [...(found.conflicted ? [CONFLICT] : []), ...found.vetoes.map(({ summaryMessage }) => summaryMessage)];
}

/** https://confluence.atlassian.com/bitbucketserver/pull-request-merge-strategies-844499235.html */
const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  squash: 'squash',
  merge: 'no-ff',
  rebase: 'rebase-ff-only',
};

/** One that nothing holds up is merged at once. Any other is merged by the host, if the repository allows auto-merge (otherwise 403). */
async function merge(access: Access, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const { send, path } = access;
  const { version, fromRef } = await read(access, number);
  const other = otherHead(fromRef.latestCommit, head);
  if (other !== undefined) return other;
  const held = await obstacles(access, number);
  if (held.includes(CONFLICT)) return CONFLICT;
  const body = { version, message, autoSubject: 'false', strategyId: STRATEGIES[method] };
  return send({
    method: 'POST',
    path: `${path}/pull-requests/${number}/merge?version=${version}`,
    body: held.length === 0 ? body : { ...body, autoMerge: true },
    repeatable: true,
    read: discard,
  }).catch(refusedWith(400, 401, 403, 409));
}

/** The reason is a comment of the same request. */
async function close(access: Access, number: number, reason: string): Promise<void> {
  let version = 0;
  const isOpen = async () => {
    const found = await read(access, number);
    version = found.version;
    return found.state === 'OPEN';
  };
  await closeOnce(isOpen, () => {
    const path = `${access.path}/pull-requests/${number}/decline?version=${version}`;
    const body = { version, comment: reason };
    return access.send({ method: 'POST', path, body, repeatable: true });
  });
}
