/** New branches over git's own protocol: the server creates the ref only if it is missing. */
import { ERROR_NAMES, messageOf, PipelineError } from '../../../core/contract/errors';
import { branchHead, type WireClient } from './client';
import { writePack } from './pack';

/** The old value of a ref that must not exist. */
const NO_OBJECT = '0'.repeat(40);

/** Makes the branch at a commit that the server has, unless it exists. Returns its head, which decides: the reply may be lost. */
export async function pushNewBranch(client: WireClient, branch: string, commit: string): Promise<string> {
  const before = await branchHead(client, branch);
  if (before !== undefined) return before;
  const move = { ref: `refs/heads/${branch}`, from: NO_OBJECT, to: commit, pack: writePack([]) };
  const refusal = await client.push(move).catch((error: unknown) => messageOf(error));
  const after = await branchHead(client, branch);
  if (after !== undefined) return after;
  const reason = (refusal ?? 'the server gave no reason').slice(0, 300);
  throw new PipelineError(ERROR_NAMES.gitHost, `branch '${branch}' cannot be made: ${reason}`);
}
