/** Refs by their exact names, over git's own protocol. */
import { isRefName, unknownRef } from '../object-name';
import type { WireClient, WireRef } from './wire-client';

/** The commit that a full ref, a branch or a tag means, in this order; undefined if there is none of that name. */
export async function resolveName(client: WireClient, name: string): Promise<string | undefined> {
  if (!isRefName(name)) throw unknownRef(name, 'is no name of a branch, tag or commit that git allows');
  const wanted = [...(name.startsWith('refs/') ? [name] : []), `refs/heads/${name}`, `refs/tags/${name}`];
  const refs = await client.listRefs(wanted);
  const found = wanted.map((each) => refs.get(each)).find((ref): ref is WireRef => ref !== undefined);
  return found?.peeled ?? found?.id;
}

/** The branch's head, or undefined if there is no such branch. */
export async function branchHead(client: WireClient, branch: string): Promise<string | undefined> {
  if (!isRefName(branch)) return undefined;
  const name = `refs/heads/${branch}`;
  return (await client.listRefs([name])).get(name)?.id;
}
