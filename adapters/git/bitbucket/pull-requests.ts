/**
 * Pull requests on Bitbucket Cloud: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/. The API can neither promise
 * a merge nor name the head to merge: the head is compared right before.
 */
import * as z from 'zod';
import type { MergeMethod } from '../../../core/contract/release';
import type { MergeRequest, PullProposal, PullRequest, PullRequestHost } from '../../../core/ports/pull-request';
import { closeWithComment, openOnce, otherHead, refusedWith } from '../pulls/once';
import { fitTitle, markedBody, plainBody } from '../pulls/texts';
import { discard, type GitRest, type HostOptions, json } from '../rest';
import type { WireClient } from '../wire/client';
import { openWireClient, pushNewBranch } from '../wire/git-host';
import { createBitbucketRest, findCommit, readValues, wireAddress } from './git-host';

/** What requests need. */
interface Access {
  readonly send: GitRest;
  readonly client: WireClient;
}

/** Creates access to pull requests. The token needs the scopes `repository:write` and `pullrequest:write`. */
export function createBitbucketPullRequests(options: HostOptions): PullRequestHost {
  const client = openWireClient(wireAddress(options));
  const access = { send: createBitbucketRest(options), client };
  return {
    createBranch: (branch, commit) => pushNewBranch(client, branch, commit),
    open: (base) => list(access, base),
    propose: (proposal) => propose(access, proposal),
    read: (number) => readWhole(access, number),
    merge: (request) => merge(access, request),
    close: (number, reason) => close(access, number, reason),
  };
}

const Side = z.object({
  branch: z.object({ name: z.string() }),
  commit: z.object({ hash: z.string().min(7) }).nullish(),
  /** Null if the fork was deleted. */
  repository: z.object({ uuid: z.string() }).nullish(),
});
const Reply = z.object({
  id: z.int(),
  links: z.object({ html: z.object({ href: z.string() }) }),
  summary: z.object({ raw: z.string().nullish() }).optional(),
  state: z.string(),
  source: Side,
  destination: Side,
  merge_commit: z.object({ hash: z.string() }).nullish(),
  mergeable: z.boolean().nullish(),
  queued: z.boolean().nullish(),
});
type Reply = z.infer<typeof Reply>;

/** Commits are abbreviated in the reply; `head` and `mergeCommit` are the whole ones. */
function pullOf(reply: Reply, head: string, mergeCommit?: string): PullRequest {
  const waitsFor = reply.queued === true ? 'queued' : reply.mergeable === false ? UNMET : undefined;
  return {
    number: reply.id,
    url: reply.links.html.href,
    base: reply.destination.branch.name,
    branch: reply.source.branch.name,
    head,
    body: markedBody(reply.summary?.raw ?? ''),
    state: reply.state === 'MERGED' ? 'merged' : reply.state === 'OPEN' ? 'open' : 'closed',
    ...(mergeCommit === undefined ? {} : { mergeCommit }),
    isOutdated: false,
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

const UNMET = 'its merge checks have not passed';

/** More in a page are refused, whatever the documentation says: https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/1182 */
const PER_PAGE = 50;

/** A fork may have a branch of the same name. Its pull requests are left out. */
async function list({ send, client }: Access, base: string): Promise<readonly PullRequest[]> {
  const all = await readValues(send, '/pullrequests', Reply, 'the pull requests cannot be listed', PER_PAGE);
  const found = all.filter(
    ({ source, destination: { branch, repository } }) =>
      branch.name === base && source.repository != null && source.repository.uuid === repository?.uuid,
  );
  if (found.length === 0) return [];
  const heads = await client.listRefs(found.map(({ source }) => refOf(source.branch.name)));
  return found.map((reply) => {
    const { branch, commit } = reply.source;
    return pullOf(reply, heads.get(refOf(branch.name))?.id ?? commit?.hash ?? '');
  });
}

function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

function propose(access: Access, proposal: PullProposal): Promise<PullRequest> {
  const { base, branch, title, body } = proposal;
  const find = async () => (await list(access, base)).find((each) => each.branch === branch);
  return openOnce(proposal, find, async () => {
    const made = await access
      .send({
        method: 'POST',
        path: '/pullrequests',
        body: {
          type: 'pullrequest',
          title: fitTitle(title, LONGEST_TITLE),
          description: plainBody(body, LARGEST_BODY),
          source: { branch: { name: branch } },
          destination: { branch: { name: base } },
          close_source_branch: false,
        },
        repeatable: true,
        expect: [201],
        read: json(Reply, 'the pull request cannot be made'),
      })
      .catch(refusedWith(400, 409));
    return typeof made === 'string' ? made : readWhole(access, made.id);
  });
}

/** The web pages accept no longer ones. */
const LONGEST_TITLE = 255;
const LARGEST_BODY = 32_000;

function read(send: GitRest, number: number): Promise<Reply> {
  const read = json(Reply, `pull request ${number} cannot be read`);
  return send({ path: `/pullrequests/${number}`, read });
}

async function readWhole({ send }: Access, number: number): Promise<PullRequest> {
  const reply = await read(send, number);
  const merged = reply.state === 'MERGED' ? reply.merge_commit?.hash : undefined;
  const whole = async (hash = '') => (hash === '' ? '' : ((await findCommit(send, hash)) ?? hash));
  const [head, mergeCommit] = await Promise.all([whole(reply.source.commit?.hash), merged && whole(merged)]);
  return pullOf(reply, head, mergeCommit);
}

const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  squash: 'squash',
  merge: 'merge_commit',
  rebase: 'rebase_fast_forward',
};

/**
 * Without a paid plan, merge checks only warn, so that they are looked at first. A merge that takes long goes on after the reply, or ends
 * with 555 and has to be asked for again.
 */
async function merge(access: Access, { number, head, method, message }: MergeRequest): Promise<string | undefined> {
  const pull = await readWhole(access, number);
  const refusal = otherHead(pull.head, head) ?? pull.waitsFor;
  if (refusal !== undefined) return refusal;
  return access
    .send({
      method: 'POST',
      path: `/pullrequests/${number}/merge`,
      body: {
        type: 'pullrequest_merge_parameters',
        message,
        merge_strategy: STRATEGIES[method],
        close_source_branch: false,
      },
      repeatable: true,
      expect: [200, 202],
      read: async (reply) => {
        await discard(reply);
        return reply.headers.has('location') ? 'Bitbucket is still merging it' : undefined;
      },
    })
    .catch(refusedWith(400, 403, 409, 555));
}

function close({ send }: Access, number: number, reason: string): Promise<void> {
  const path = `/pullrequests/${number}`;
  const body = { type: 'pullrequest_comment', content: { raw: reason } };
  return closeWithComment(
    async () => (await read(send, number)).state === 'OPEN',
    () => send({ method: 'POST', path: `${path}/decline`, repeatable: true }),
    () => send({ method: 'POST', path: `${path}/comments`, body, expect: [201] }),
  );
}
