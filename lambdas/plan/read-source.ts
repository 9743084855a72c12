/** Reads from git everything that a plan needs: the commit with catalog, version lock and values files, Dockerfiles and ignore files. */
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../../core/contract/errors';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import type { SourceInput } from '../../core/contract/run-input';
import { requiredBlobs } from '../../core/input-digest/build-files';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { recognizeFormer } from '../../core/planning/former-records';
import { discoverReleased } from '../../core/planning/own-images';
import type { GitHost, TreeEntry } from '../../core/ports/git';
import { environmentOf } from '../../core/settings/environment';
import type { Environment } from '../../core/settings/environment-schema';
import { filesOf, writtenPaths } from '../../core/settings/files/environment-files';
import type { Settings } from '../../core/settings/schema';
import { type ModuleLock, parseModuleLock } from '../../core/version/module-lock';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { type RunBranch, runBranch } from '../../core/webhook/execution-input';

/** The commit of a run from source, with its tree, and what the settings say about its branch. */
export interface RunCommit extends RunBranch {
  readonly input: SourceInput;
  readonly environment: Environment;
  readonly commit: string;
  readonly entries: readonly TreeEntry[];
}

/** The commit with everything that the plan reads. */
export interface Source extends Omit<RunCommit, 'entries'> {
  readonly catalog: Catalog;
  /** Records with a former digest of the present inputs have the present digest. */
  readonly lock: VersionLock;
  /** The last versions of published modules. */
  readonly moduleLock: ModuleLock;
  /** Texts of the environment's values files and charts by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly tree: TreeIndex;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
}

/** Resolves the commit of a run and lists its tree. `at` is the commit that the run is bound to. Throws `InvalidInput`. */
export async function readCommit(
  input: SourceInput,
  settings: Settings,
  git: GitHost,
  at?: string,
): Promise<RunCommit> {
  const { branch, rule } = runBranch(input, settings);
  const environment = environmentOf(settings, rule, input);
  const files = filesOf(environment);
  const ahead = [settings.catalogFile, ...writtenPaths(files), files.lock];
  const ref = input.action === 'push' ? input.commit : `refs/heads/${branch}`;
  const commit = at ?? (await git.resolve(ref, ahead));
  return { input, branch, rule, environment, commit, entries: await git.tree(commit) };
}

/** Returns false for a commit that the pipeline was not set up for. */
export function hasCatalog({ entries }: RunCommit, { catalogFile }: Settings): boolean {
  return entries.some(({ path }) => path === catalogFile);
}

/** Reads the source at the commit. Throws `InvalidInput` if catalog or values files are missing, `InvalidCatalog` for their problems. */
export async function readSource({ entries, ...commit }: RunCommit, settings: Settings, git: GitHost): Promise<Source> {
  const files = await readFiles(entries, commit, settings, git);
  const tree = indexTree(entries);
  const { inputs, problems } = discoverReleased(
    { catalog: files.catalog, tree, texts: await readTexts(files.catalog, tree, git), recipeVersion: RECIPE_VERSION },
    `${settings.releases.host}/${settings.releases.namespace}`,
  );
  if (problems.length > 0) {
    const what = `the catalog and the Dockerfiles at ${commit.commit.slice(0, 8)} cannot be planned`;
    throw new InvalidInputError(what, problems, undefined, ERROR_NAMES.invalidCatalog);
  }
  return { ...commit, ...files, lock: recognizeFormer(files.lock, inputs), tree, inputs };
}

async function readFiles(
  entries: readonly TreeEntry[],
  { commit, environment }: Pick<RunCommit, 'commit' | 'environment'>,
  { catalogFile }: Settings,
  git: GitHost,
): Promise<Pick<Source, 'catalog' | 'lock' | 'moduleLock' | 'texts'>> {
  const { lock, modules, ...released } = filesOf(environment);
  const written = writtenPaths(released);
  const wanted = [catalogFile, ...written, lock, modules];
  const found = new Map(entries.filter(({ path }) => wanted.includes(path)).map((entry) => [entry.path, entry]));
  const needed = wanted.filter((path) => (path !== lock && path !== modules) || found.has(path));
  const problems = needed.flatMap((path) => problemWith(path, found.get(path), commit));
  if (problems.length > 0) throw new InvalidInputError('the commit cannot be planned', problems);

  const texts = await git.blobs([...found.values()].map((entry) => entry.id));
  const textOf = (path: string) => texts.get(found.get(path)?.id ?? '')?.toString('utf8') ?? '';
  return {
    catalog: parseCatalog(textOf(catalogFile)),
    lock: parseVersionLock(textOf(lock), lock),
    moduleLock: parseModuleLock(textOf(modules), modules),
    texts: new Map(written.map((path) => [path, textOf(path)])),
  };
}

function problemWith(path: string, entry: TreeEntry | undefined, commit: string): Problem[] {
  if (entry === undefined) {
    return [{ path, message: `is not in commit ${commit.slice(0, 8)}; add it, or name another file in the settings` }];
  }
  if (entry.mode === '120000') return [{ path, message: 'is a symbolic link; it must be a file' }];
  if (entry.mode === '160000') return [{ path, message: 'is a submodule; it must be a file' }];
  return [];
}

/** Reads Dockerfiles and ignore files in one request. Each file that turns out to be a link to another one takes a further request. */
async function readTexts(catalog: Catalog, tree: TreeIndex, git: GitHost): Promise<ReadonlyMap<string, Buffer>> {
  const texts = new Map<string, Buffer>();
  for (;;) {
    const wanted = requiredBlobs(catalog, tree, texts);
    if (wanted.size === 0) return texts;
    for (const [id, text] of await git.blobs([...wanted])) texts.set(id, text);
  }
}
