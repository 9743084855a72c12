/** Commits to a GitHub branch by compare-and-swap: GraphQL's `createCommitOnBranch` with `expectedHeadOid`. */
import * as z from 'zod';
import type { CommitAttempt, CommitProposal } from '../../../core/ports/git';
import { affectedPaths, refuseUnwritable } from '../file-text';
import { refusedRef } from '../object-name';
import { blobId } from '../tree';
import { describeProblems, type GitHubApi, type GraphqlReply } from './api';
import { listPaths, readSelection, selectFiles } from './files';
import { branchHead } from './refs';

const Created = z.object({ createCommitOnBranch: z.object({ commit: z.object({ oid: z.string() }) }).nullable() });
const Commit = z
  .object({
    oid: z.string(),
    message: z.string(),
    parents: z.object({ nodes: z.array(z.object({ oid: z.string() })) }),
  })
  .loose();
const History = z.object({
  repository: z.object({
    ref: z.object({ target: z.object({ history: z.object({ nodes: z.array(Commit) }) }) }).nullable(),
  }),
});

/** Newer commits that may follow the proposed one before it is looked up. */
const COMMITS_READ = 50;

/**
 * Commits if the branch is still at `parent`. If the reply is lost, the branch tells whether the commit was made. Throws `InvalidInput`
 * for a path that no file can be written to, `GitHostError` for a refusal (protected branch and others).
 */
export async function commitFiles(api: GitHubApi, proposal: CommitProposal): Promise<CommitAttempt> {
  const { branch, parent, files } = proposal;
  const [head, present] = await Promise.all([branchHead(api, branch), listPaths(api, parent, affectedPaths(files))]);
  if (head === undefined) throw refusedRef('branch', branch, 'does not exist');
  if (head !== parent) return { kind: 'moved', head };
  refuseUnwritable(files, (path) => present.get(path)?.mode);
  let reply: GraphqlReply;
  try {
    reply = await createCommit(api, proposal);
  } catch (error) {
    const commit = await findCommit(api, proposal);
    if (commit === undefined) throw error;
    return { kind: 'committed', commit };
  }
  const { data } = Created.safeParse(reply.data);
  const created = data?.createCommitOnBranch?.commit.oid;
  return created === undefined ? notCreated(api, proposal, reply) : { kind: 'committed', commit: created };
}

/** GitHub replies STALE_DATA if the branch moved, also if the first attempt of this commit moved it. */
async function notCreated(api: GitHubApi, proposal: CommitProposal, reply: GraphqlReply): Promise<CommitAttempt> {
  const commit = await findCommit(api, proposal);
  if (commit !== undefined) return { kind: 'committed', commit };
  const head = await branchHead(api, proposal.branch);
  if (head === undefined) throw refusedRef('branch', proposal.branch, 'was deleted in the meantime');
  const isStale = reply.problems.some(({ type }) => type === 'STALE_DATA');
  if (isStale || head !== proposal.parent) return { kind: 'moved', head };
  throw refusedRef('branch', proposal.branch, `cannot be updated: ${describeProblems(reply.problems)}`);
}

function createCommit(api: GitHubApi, { branch, parent, files, message }: CommitProposal): Promise<GraphqlReply> {
  const query = `mutation Commit($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid } }
  }`;
  const [headline = '', ...rest] = message.split('\n');
  const additions = files.map(({ path, content }) => ({ path, contents: Buffer.from(content).toString('base64') }));
  return api.graphql(query, {
    input: {
      branch: { repositoryNameWithOwner: `${api.owner}/${api.name}`, branchName: branch },
      expectedHeadOid: parent,
      message: { headline, body: rest.join('\n').trim() },
      fileChanges: { additions },
    },
  });
}

/** Returns the proposed commit if the branch has it: same parent, same message, same contents. */
async function findCommit(api: GitHubApi, proposal: CommitProposal): Promise<string | undefined> {
  const { branch, parent, files, message } = proposal;
  const paths = files.map((file) => file.path);
  const { selection, declared, variables } = selectFiles(paths);
  const query = `query FindCommit($owner: String!, $name: String!, $branch: String!, ${declared}) {
    repository(owner: $owner, name: $name) { ref(qualifiedName: $branch) { target { ... on Commit {
      history(first: ${COMMITS_READ}) { nodes { oid message parents(first: 1) { nodes { oid } } ${selection} } }
    } } } }
  }`;
  const names = { owner: api.owner, name: api.name, branch: `refs/heads/${branch}` };
  const { data } = History.safeParse((await api.graphql(query, { ...names, ...variables })).data);
  const commits = data?.repository.ref?.target.history.nodes ?? [];
  const found = commits.find((commit) => {
    if (commit.parents.nodes[0]?.oid !== parent || commit.message.trim() !== message.trim()) return false;
    const written = readSelection(paths, commit);
    return files.every(({ path, content }) => written.get(path)?.id === blobId(Buffer.from(content)));
  });
  return found?.oid;
}
