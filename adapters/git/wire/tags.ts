/** Annotated tags over git's own protocol: the server creates the ref only if it is missing. */
import type { TagAttempt, TagHost, TagProposal } from '../../../core/ports/git';
import { makeTag, tagText } from '../tag-object';
import type { WireClient } from './client';
import { readCommits } from './commits';
import { openWireClient, type WireHostOptions } from './git-host';
import { type GitObject, objectId } from './objects';
import { writePack } from './pack';

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

/** Makes the tag. `now` is in ms since 1970. */
export function pushTag(client: WireClient, tag: TagProposal, now: number): Promise<TagAttempt> {
  const text = tagText(tag, now);
  const object: GitObject = { type: 'tag', content: Buffer.from(text) };
  const move = { ref: `refs/tags/${tag.name}`, to: objectId(object), pack: writePack([object]) };
  return makeTag(
    tag,
    () => commitOfTag(client, tag.name),
    () => client.push(move).catch((error: unknown) => String(error)),
  );
}

async function commitOfTag(client: WireClient, name: string): Promise<string | undefined> {
  const ref = (await client.listRefs([`refs/tags/${name}`])).get(`refs/tags/${name}`);
  return ref?.peeled ?? ref?.id;
}
