/** Reads from git everything that a plan needs: the commit with catalog, version lock and values files, Dockerfiles and ignore files. */
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../../core/contract/errors';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import type { SourceInput } from '../../core/contract/run-input';
import { requiredBlobs } from '../../core/input-digest/build-files';
import { readersOf } from '../../core/input-digest/explain-inputs';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { committedPaths } from '../../core/planning/check-plan-input';
import { recognizeFormer } from '../../core/planning/former-records';
import { discoverReleased } from '../../core/planning/own-images';
import type { SourceGit, TreeEntry, ValuesGit } from '../../core/ports/git';
import { environmentOf } from '../../core/settings/environment';
import type { Environment } from '../../core/settings/environment-schema';
import { filesOf, writtenPaths } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import type { Settings } from '../../core/settings/schema';
import { type ModuleLock, parseModuleLock } from '../../core/version/module-lock';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { type RunBranch, runBranch } from '../../core/webhook/execution-input';

/** The two repositories. */
export interface PlannedFrom {
  readonly git: SourceGit;
  readonly valuesGit: ValuesGit;
}

/** Commits of the two repositories. `valuesCommit` is absent if they are one. */
export interface PlannedAt {
  readonly commit: string;
  readonly valuesCommit?: string | undefined;
}

/** The commit of a run from source, with its tree, and what the settings say about its branch. */
export interface RunCommit extends RunBranch, PlannedAt {
  readonly input: SourceInput;
  readonly environment: Environment;
  readonly entries: readonly TreeEntry[];
  /** The tree of the values repository; the same as `entries` if the monorepo has the values files. */
  readonly valuesEntries: readonly TreeEntry[];
}

/** The commit with everything that the plan reads. */
export interface Source extends Omit<RunCommit, 'entries' | 'valuesEntries'> {
  readonly catalog: Catalog;
  /** Records with a former digest of the present inputs have the present digest. */
  readonly lock: VersionLock;
  /** The last versions of published modules. */
  readonly moduleLock: ModuleLock;
  /** Texts of the environment's values files and charts by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly tree: TreeIndex;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
  /** Services whose builds read files that the run's own commit writes, with these files. */
  readonly rewritten: ReadonlyMap<string, readonly string[]>;
}

/** Resolves the commit of a run and lists its tree. `at` are the commits that the run is bound to. Throws `InvalidInput`. */
export async function readCommit(
  input: SourceInput,
  settings: Settings,
  { git, valuesGit }: PlannedFrom,
  at?: PlannedAt,
): Promise<RunCommit> {
  const { branch, rule } = runBranch(input, settings);
  const environment = environmentOf(settings, rule, input);
  const files = filesOf(environment);
  const ahead = [...writtenPaths(files), files.lock];
  const ref = input.action === 'push' ? input.commit : `refs/heads/${branch}`;
  const { valuesRepository } = settings;
  const wanted = [settings.catalogFile, ...(valuesRepository === undefined ? ahead : [])];
  const commit = at?.commit ?? (await git.resolve(ref, wanted));
  const entries = await git.tree(commit);
  const about = { input, branch, rule, environment, commit, entries };
  if (valuesRepository === undefined) return { ...about, valuesEntries: entries };
  const valuesCommit = at?.valuesCommit ?? (await headOfValues(valuesBranch(settings, branch), ahead, valuesGit));
  return { ...about, valuesCommit, valuesEntries: await valuesGit.tree(valuesCommit) };
}

/** Returns the head of the branch of a values repository. Throws `InvalidInput` if there is none. */
export async function headOfValues(branch: string, ahead: readonly string[], valuesGit: ValuesGit): Promise<string> {
  try {
    return await valuesGit.resolve(`refs/heads/${branch}`, ahead);
  } catch (error) {
    // A folder that is no repository is told as that.
    if (!(error instanceof InvalidInputError) || error.problems.some(({ path }) => path !== 'ref')) throw error;
    const message = `is ${branch}, which the values repository does not have; push that branch there, or correct the setting`;
    throw new InvalidInputError('the values repository cannot be read', [{ path: 'valuesRepository.branch', message }]);
  }
}

/** Returns false for a commit that the pipeline was not set up for. */
export function hasCatalog({ entries }: RunCommit, { catalogFile }: Settings): boolean {
  return entries.some(({ path }) => path === catalogFile);
}

/** Reads the source at the commit. Throws `InvalidInput` if catalog or values files are missing, `InvalidCatalog` for their problems. */
export async function readSource(
  { entries, valuesEntries, ...commit }: RunCommit,
  settings: Settings,
  from: PlannedFrom,
): Promise<Source> {
  const files = await readFiles({ entries, valuesEntries, ...commit }, settings, from);
  const tree = indexTree(entries);
  const texts = await readTexts(files.catalog, tree, from.git);
  const discovery = { catalog: files.catalog, tree, texts, recipeVersion: RECIPE_VERSION };
  const found = discoverReleased(discovery, `${settings.releases.host}/${settings.releases.namespace}`);
  const { inputs, problems, ownImages } = found;
  if (problems.length > 0) {
    const what = `the catalog and the Dockerfiles at ${commit.commit.slice(0, 8)} cannot be planned`;
    throw new InvalidInputError(what, problems, undefined, ERROR_NAMES.invalidCatalog);
  }
  const own = commit.valuesCommit === undefined ? committedPaths(commit.environment, files.catalog) : [];
  const rewritten = readersOf(own, { ...discovery, ownImages }, found);
  return { ...commit, ...files, lock: recognizeFormer(files.lock, inputs), tree, inputs, rewritten };
}

async function readFiles(
  { commit, valuesCommit, entries, valuesEntries, environment }: RunCommit,
  { catalogFile }: Settings,
  { git, valuesGit }: PlannedFrom,
): Promise<Pick<Source, 'catalog' | 'lock' | 'moduleLock' | 'texts'>> {
  const { lock, modules, ...released } = filesOf(environment);
  const written = writtenPaths(released);
  const source = select(entries, [catalogFile]);
  const values = select(valuesEntries, [...written, lock, modules]);
  const at =
    valuesCommit === undefined
      ? `commit ${commit.slice(0, 8)}`
      : `commit ${valuesCommit.slice(0, 8)} of the values repository`;
  const needed = [...written, ...[lock, modules].filter((path) => values.has(path))];
  const problems = [
    ...problemWith(catalogFile, source.get(catalogFile), `commit ${commit.slice(0, 8)}`),
    ...needed.flatMap((path) => problemWith(path, values.get(path), at)),
  ];
  if (problems.length > 0) throw new InvalidInputError('the commit cannot be planned', problems);

  const ids = (found: Selected) => [...found.values()].map(({ id }) => id);
  const texts =
    valuesCommit === undefined
      ? await git.blobs([...ids(source), ...ids(values)])
      : new Map([...(await git.blobs(ids(source))), ...(await valuesGit.blobs(ids(values)))]);
  const textOf = (entry: TreeEntry | undefined) => texts.get(entry?.id ?? '')?.toString('utf8') ?? '';
  return {
    catalog: parseCatalog(textOf(source.get(catalogFile))),
    lock: parseVersionLock(textOf(values.get(lock)), lock),
    moduleLock: parseModuleLock(textOf(values.get(modules)), modules),
    texts: new Map(written.map((path) => [path, textOf(values.get(path))])),
  };
}

type Selected = ReadonlyMap<string, TreeEntry>;

function select(entries: readonly TreeEntry[], paths: readonly string[]): Selected {
  return new Map(entries.filter(({ path }) => paths.includes(path)).map((entry) => [entry.path, entry]));
}

function problemWith(path: string, entry: TreeEntry | undefined, commit: string): Problem[] {
  if (entry === undefined) {
    return [{ path, message: `is not in ${commit}; add it, or name another file in the settings` }];
  }
  if (entry.mode === '120000') return [{ path, message: 'is a symbolic link; it must be a file' }];
  if (entry.mode === '160000') return [{ path, message: 'is a submodule; it must be a file' }];
  return [];
}

/** Reads Dockerfiles and ignore files in one request. Each file that turns out to be a link to another one takes a further request. */
async function readTexts(catalog: Catalog, tree: TreeIndex, git: SourceGit): Promise<ReadonlyMap<string, Buffer>> {
  const texts = new Map<string, Buffer>();
  for (;;) {
    const wanted = requiredBlobs(catalog, tree, texts);
    if (wanted.size === 0) return texts;
    for (const [id, text] of await git.blobs([...wanted])) texts.set(id, text);
  }
}
