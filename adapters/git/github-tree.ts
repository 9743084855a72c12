/** The tree of a commit on GitHub, also if it is larger than one reply may be. */
import * as z from 'zod';
import { ERROR_NAMES } from '../../core/contract';
import { PipelineError } from '../../core/errors';
import type { TreeEntry, TreeMode } from '../../core/ports';
import { checkReply } from './checked-reply';
import { type GitHubApi, readGitHubJson } from './github-api';
import { isObjectId } from './object-name';
import { byPathBytes } from './path-order';

const MODES = ['100644', '100755', '120000', '160000'] as const satisfies readonly TreeMode[];
/** https://docs.github.com/en/rest/git/trees: `recursive` lists up to 100,000 entries or 7 MB and then says `truncated`. */
const Tree = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), mode: z.enum([...MODES, '040000']), sha: z.string() })),
});
type Listing = z.infer<typeof Tree>;

/** All files of a commit, sorted by path in byte order. Throws `GitHostError` if the commit is not there. */
export async function readTree(api: GitHubApi, commit: string): Promise<readonly TreeEntry[]> {
  if (!isObjectId(commit)) throw new PipelineError(ERROR_NAMES.gitHost, `'${commit.slice(0, 80)}' is no commit id`);
  const entries = await listAll(api, commit, '');
  return entries.sort(byPathBytes);
}

/** One request where that is enough; else one for the folder itself and as many as needed for each folder in it. */
async function listAll(api: GitHubApi, id: string, prefix: string): Promise<TreeEntry[]> {
  const whole = await list(api, id, true);
  if (!whole.truncated) return filesOf(whole, prefix);
  const folder = await list(api, id, false);
  if (folder.truncated) {
    const message = `folder '${prefix}' has more files than GitHub lists (100,000); the commit cannot be planned`;
    throw new PipelineError(ERROR_NAMES.gitHost, message);
  }
  const below = folder.tree
    .filter((entry) => entry.mode === '040000')
    .map((entry) => listAll(api, entry.sha, `${prefix}${entry.path}/`));
  return [filesOf(folder, prefix), ...(await Promise.all(below))].flat();
}

async function list(api: GitHubApi, id: string, recursive: boolean): Promise<Listing> {
  const path = `/git/trees/${id}${recursive ? '?recursive=1' : ''}`;
  return api.get({
    path,
    read: async (reply) => checkReply(Tree, await readGitHubJson(reply), `the tree ${id.slice(0, 8)} cannot be read`),
  });
}

function filesOf({ tree }: Listing, prefix: string): TreeEntry[] {
  return tree.flatMap(({ path, mode, sha }) =>
    mode === '040000' ? [] : [{ path: `${prefix}${path}`, mode, id: sha }],
  );
}
