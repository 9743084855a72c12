/** What a developer does between the runs of the demonstration: small commits on branches of the sample repository. */
import type { GitHost } from '../../core/ports';

/** A line to append to the first source file below a folder. */
export interface Append {
  readonly folder: string;
  readonly line: string;
}

const SOURCE_FILE = /\.(py|ts|tsx|js)$/;

/** Appends the lines in one commit and returns it. */
export async function appendLines(
  git: GitHost,
  branch: string,
  appends: readonly Append[],
  message: string,
): Promise<string> {
  const head = await git.resolve(`refs/heads/${branch}`);
  const tree = await git.tree(head);
  const paths = appends.map(({ folder }) => {
    const file = tree.find(({ path }) => path.startsWith(`${folder}/`) && SOURCE_FILE.test(path));
    if (file === undefined) throw new Error(`the sample has no source file below ${folder}`);
    return file.path;
  });
  const texts = await git.readFiles(head, paths);
  const files = paths.map((path, index) => ({ path, content: `${texts.get(path) ?? ''}${appends[index]?.line}\n` }));
  return commit(git, branch, head, files, message);
}

/** Sets the platform version under development in the catalog. */
export async function bumpPlatform(git: GitHost, branch: string, catalogFile: string, version: string): Promise<void> {
  const head = await git.resolve(`refs/heads/${branch}`);
  const text = (await git.readFiles(head, [catalogFile])).get(catalogFile) ?? '';
  const content = text.replace(/^platform: *\S+/m, `platform: ${version}`);
  await commit(git, branch, head, [{ path: catalogFile, content }], `start ${version}`);
}

async function commit(
  git: GitHost,
  branch: string,
  parent: string,
  files: readonly { readonly path: string; readonly content: string }[],
  message: string,
): Promise<string> {
  const attempt = await git.commit({ branch, parent, files, message });
  if (attempt.kind === 'moved') throw new Error(`branch ${branch} moved while the demonstration used it`);
  return attempt.commit;
}
