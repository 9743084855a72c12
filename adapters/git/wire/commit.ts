/** Commits to a branch over git's own protocol: the server updates the branch only if it is still at the given parent. */
import { messageOf } from '../../../core/contract/errors';
import type { CommitAttempt, CommitProposal, SourceRepository } from '../../../core/ports/git';
import type { Clock } from '../../../core/ports/store';
import { refuseUnwritable } from '../file-text';
import { refusedRef } from '../object-name';
import { IDENTITY } from '../tag-object';
import { branchHead, type WireClient } from './client';
import { commitObject, type GitObject, objectId } from './objects';
import { writePack } from './pack';
import { entryAt, type Snapshot, writeFiles } from './snapshot';

/** A git server's message about a ref that another push has locked, and will soon have updated. */
const IS_LOCKED = /cannot lock ref|failed to update ref|incorrect old value/i;

export interface WireCommitter {
  readonly client: WireClient;
  readonly clock: Pick<Clock, 'now'>;
  readonly snapshot: (commit: string) => Promise<Snapshot>;
  readonly isAncestor: SourceRepository['isAncestor'];
}

/**
 * Commits if the branch is still at `parent`. The outcome is read from the branch, because the reply may be lost. Throws `InvalidInput` for
 * a path that no file can be written to, `GitHostError` for a refusal (protected branch, hook and others).
 */
export async function commitFiles(committer: WireCommitter, proposal: CommitProposal): Promise<CommitAttempt> {
  const { branch, parent } = proposal;
  const head = await branchHead(committer.client, branch);
  if (head === undefined) throw refusedRef('branch', branch, 'does not exist');
  if (head !== parent) return { kind: 'moved', head };
  const { commit, pack } = makeCommit(await committer.snapshot(parent), proposal, committer.clock.now());
  const move = { ref: `refs/heads/${branch}`, from: parent, to: commit, pack };
  const refusal = await committer.client.push(move).catch((error: unknown) => messageOf(error));
  return outcomeOf(committer, proposal, commit, refusal);
}

async function outcomeOf(
  { client, isAncestor }: WireCommitter,
  { branch, parent }: CommitProposal,
  commit: string,
  refusal: string | undefined,
): Promise<CommitAttempt> {
  const head = await branchHead(client, branch);
  if (head === undefined) throw refusedRef('branch', branch, 'was deleted in the meantime');
  if (head === commit || (head !== parent && (await isAncestor(commit, head)))) return { kind: 'committed', commit };
  if (head === parent && IS_LOCKED.test(refusal ?? '')) return { kind: 'moved', head };
  if (head === parent)
    throw refusedRef('branch', branch, `cannot be updated: ${refusal ?? 'the server gave no reason'}`);
  return { kind: 'moved', head };
}

/**
 * Makes blobs, trees and commit on top of the snapshot, which may lack folders that are above none of the files. Returns the commit's id and
 * a pack of all that is new. `now` is in ms. Throws `InvalidInput` for a path that no file can be written to.
 */
export function makeCommit(
  snapshot: Snapshot,
  { parent, files, message }: CommitProposal,
  now: number,
): { readonly commit: string; readonly pack: Buffer } {
  refuseUnwritable(files, (path) => entryAt(snapshot, path)?.mode);
  const blobs = files.map(({ content }): GitObject => ({ type: 'blob', content: Buffer.from(content) }));
  const written = files.map(({ path }, index) => {
    const mode = entryAt(snapshot, path)?.mode ?? '100644';
    return [path, { mode, id: objectId(blobs[index] as GitObject) }] as const;
  });
  const { root, trees } = writeFiles(snapshot, new Map(written));
  const seconds = Math.floor(now / 1000);
  const commit = commitObject({
    tree: root,
    parent,
    identity: `${IDENTITY.name} <${IDENTITY.email}>`,
    seconds,
    message,
  });
  return { commit: objectId(commit), pack: writePack([...blobs, ...trees, commit]) };
}
