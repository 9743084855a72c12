/** New branches over git's own protocol: the server creates the ref only if it is missing. */
import { messageOf } from '../../../core/contract/errors';
import { refusedRef } from '../object-name';
import { branchHead, type WireClient } from './client';
import { writePack } from './pack';

/** Makes the branch at a commit that the server has, unless it exists. Returns its head, which decides: the reply may be lost. */
export async function pushNewBranch(client: WireClient, branch: string, commit: string): Promise<string> {
  const before = await branchHead(client, branch);
  if (before !== undefined) return before;
  const move = { ref: `refs/heads/${branch}`, to: commit, pack: writePack([]) };
  const refusal = await client.push(move).catch((error: unknown) => messageOf(error));
  const after = await branchHead(client, branch);
  if (after !== undefined) return after;
  const reason = (refusal ?? 'the server gave no reason').slice(0, 300);
  throw refusedRef('branch', branch, `cannot be made: ${reason}`);
}
