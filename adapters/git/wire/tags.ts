/** Annotated tags over git's own protocol: the server creates the ref only if it is missing. */
import type { TagAttempt, TagHost, TagProposal } from '../../../core/ports/git';
import { isRefName } from '../object-name';
import { refusedTag, tagText } from '../tag-object';
import type { WireClient } from './client';
import { readCommits } from './commits';
import { openWireClient, type WireHostOptions } from './git-host';
import { type GitObject, objectId } from './objects';
import { writePack } from './pack';

/** The old value of a ref that must not exist. */
const NO_OBJECT = '0'.repeat(40);

/** Creates access to tags of any git server, without a request. Without an API, there are no release pages. */
export function createWireTags(options: WireHostOptions): TagHost {
  const { clock } = options;
  const client = openWireClient(options);
  return {
    commits: (since, until, limit) => readCommits(client, since, until, limit),
    createTag: (tag) => pushTag(client, tag, clock.now()),
    createRelease: async () => undefined,
  };
}

/** Makes the tag. `now` is in ms since 1970. The outcome is read from the ref, because the reply may be lost. */
export async function pushTag(client: WireClient, tag: TagProposal, now: number): Promise<TagAttempt> {
  const { name, commit, message } = tag;
  if (!isRefName(name)) throw refusedTag(name, 'is not a name that git allows');
  const before = await commitOfTag(client, name);
  if (before !== undefined) return before === commit ? { kind: 'exists' } : { kind: 'other', commit: before };
  const text = tagText({ name, commit, message, seconds: Math.floor(now / 1000) });
  const object: GitObject = { type: 'tag', content: Buffer.from(text) };
  const move = { ref: `refs/tags/${name}`, from: NO_OBJECT, to: objectId(object), pack: writePack([object]) };
  const refusal = await client.push(move).catch((error: unknown) => String(error));
  const after = await commitOfTag(client, name);
  if (after === undefined) throw refusedTag(name, `cannot be made: ${(refusal ?? 'no reason').slice(0, 300)}`);
  return after === commit ? { kind: 'created' } : { kind: 'other', commit: after };
}

async function commitOfTag(client: WireClient, name: string): Promise<string | undefined> {
  const ref = (await client.listRefs([`refs/tags/${name}`])).get(`refs/tags/${name}`);
  return ref?.peeled ?? ref?.id;
}
