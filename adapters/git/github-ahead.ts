/** Files of a commit on GitHub that come along with the answer which says what the commit is. */
import * as z from 'zod';
import type { BlobMemory } from './blob-reader';
import { blobId } from './directory-tree';
import { pathProblem } from './repository-path';

/** GraphQL gives texts only, and may have cut one off. */
const File = z.object({ oid: z.string(), object: z.object({ text: z.string() }) });

/** Which files to bring along, and where to keep them. */
export interface Ahead {
  readonly paths: readonly string[];
  readonly memory: Pick<BlobMemory, 'keep'>;
}

/** GraphQL for the files, to be put into a selection on a commit. */
export function selectAhead({ paths }: Ahead) {
  const possible = [...new Set(paths)].filter((path) => pathProblem(path) === undefined);
  return {
    selection: possible
      .map((_, index) => `a${index}: file(path: $a${index}) { oid object { __typename ... on Blob { text } } }`)
      .join(' '),
    declared: possible.map((_, index) => `$a${index}: String!`),
    variables: Object.fromEntries(possible.map((path, index) => [`a${index}`, path])),
  };
}

/** Keeps what came whole, told by its id. What did not is asked for when it is needed. */
export function keepAhead(commit: Readonly<Record<string, unknown>>, { memory }: Ahead): void {
  for (const [name, value] of Object.entries(commit)) {
    const { data } = File.safeParse(/^a\d+$/.test(name) ? value : undefined);
    if (data === undefined) continue;
    const content = Buffer.from(data.object.text);
    if (blobId(content) === data.oid) memory.keep(data.oid, content);
  }
}
