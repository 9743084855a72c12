/** Reads from git all that a plan needs: head with catalog, lock and values file, tree, Dockerfiles and ignore files. */
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../../core/contract/errors';
import { RECIPE_VERSION } from '../../core/contract/job-environment';
import type { Plan } from '../../core/contract/plan';
import type { PushInput, SourceInput } from '../../core/contract/run-input';
import { requiredBlobs } from '../../core/input-digest/build-files';
import { discoverInputs } from '../../core/input-digest/discover-inputs';
import type { ServiceInputs } from '../../core/input-digest/inputs';
import { indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { ownImages } from '../../core/planning/own-images';
import type { GitHost, TreeEntry } from '../../core/ports/git';
import { environmentOf, filesOf } from '../../core/settings/environment';
import type { BranchRule, Environment, Settings } from '../../core/settings/schema';
import { parseVersionLock, type VersionLock } from '../../core/version/version-lock';
import { runBranch } from '../../core/webhook/run-branch';

/** The commit as the plan sees it. `valuesText` is the values file's text. */
export interface Source {
  readonly input: SourceInput;
  readonly branch: string;
  readonly rule: BranchRule;
  readonly environment: Environment;
  readonly commit: string;
  readonly catalog: Catalog;
  readonly lock: VersionLock;
  readonly valuesText: string;
  readonly tree: TreeIndex;
  readonly inputs: ReadonlyMap<string, ServiceInputs>;
}

/**
 * Reads the source of a run, at the commit `at` if the run is bound to one. Throws `InvalidInput` if branch, commit, catalog or values
 * file are not there; without a catalog it is a `NoCatalogError`.
 */
export async function readSource(input: SourceInput, settings: Settings, git: GitHost, at?: string): Promise<Source> {
  const { branch, rule } = runBranch(input, settings);
  const environment = environmentOf(settings, rule, input);
  const paths = { catalog: settings.catalogFile, ...filesOf(environment) };
  const ref = input.action === 'push' ? input.commit : `refs/heads/${branch}`;
  const commit = at ?? (await git.resolve(ref, [paths.catalog, paths.values, paths.lock]));
  const entries = await git.tree(commit);
  const { catalog, lock, valuesText } = await readFiles(entries, commit, paths, git);
  const tree = indexTree(entries);
  const texts = new Map<string, Buffer>();
  // Once, but for a Dockerfile or ignore file that is a link: where it leads is known only when it was read.
  for (
    let wanted = requiredBlobs(catalog, tree, texts);
    wanted.size > 0;
    wanted = requiredBlobs(catalog, tree, texts)
  ) {
    for (const [id, text] of await git.blobs([...wanted])) texts.set(id, text);
  }
  const { inputs, problems } = discoverInputs({
    catalog,
    tree,
    texts,
    recipeVersion: RECIPE_VERSION,
    ownImages: ownImages(catalog, `${settings.releases.host}/${settings.releases.namespace}`),
  });
  if (problems.length > 0) {
    const what = `the catalog and the Dockerfiles at ${commit.slice(0, 8)} cannot be planned`;
    throw new InvalidInputError(what, problems, undefined, ERROR_NAMES.invalidCatalog);
  }
  return { input, branch, rule, environment, commit, catalog, lock, valuesText, tree, inputs };
}

async function readFiles(
  entries: readonly TreeEntry[],
  commit: string,
  paths: { readonly catalog: string; readonly values: string; readonly lock: string },
  git: GitHost,
): Promise<{ catalog: Catalog; lock: VersionLock; valuesText: string }> {
  const wanted = new Set([paths.catalog, paths.values, paths.lock]);
  const found = new Map(entries.filter((entry) => wanted.has(entry.path)).map((entry) => [entry.path, entry]));
  const problems = [paths.catalog, paths.values].flatMap((path) => problemWith(path, found.get(path), commit));
  if (!found.has(paths.catalog)) throw new NoCatalogError('the commit cannot be planned', problems, commit);
  if (problems.length > 0) throw new InvalidInputError('the commit cannot be planned', problems);

  const texts = await git.blobs([...found.values()].map((entry) => entry.id));
  const textOf = (path: string) => texts.get(found.get(path)?.id ?? '')?.toString('utf8') ?? '';
  return {
    catalog: parseCatalog(textOf(paths.catalog)),
    lock: parseVersionLock(textOf(paths.lock), paths.lock),
    valuesText: textOf(paths.values),
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

// A push of a commit that the pipeline was never set up for, such as one on a branch older than the catalog: there is nothing to do.

/** The commit has no catalog. Whoever asked for a release is refused by it; nobody asked for what a push starts. */
export class NoCatalogError extends InvalidInputError {
  readonly commit: string;

  constructor(what: string, problems: readonly Problem[], commit: string) {
    super(what, problems);
    this.commit = commit;
  }
}

/** The plan of such a push: no service, and a note that says why. */
export function emptyPlan(run: string, input: PushInput, commit: string, settings: Settings): Plan {
  const { branch, rule } = runBranch(input, settings);
  return {
    schema: 1,
    run,
    action: input.action,
    ref: branch,
    environment: environmentOf(settings, rule, input).name,
    commit,
    strategy: settings.strategy,
    dryRun: input.dryRun === true,
    note: `this commit has no catalog ${settings.catalogFile}: nothing to do`,
    services: [],
    totals: { build: 0, retag: 0, keep: 0 },
  };
}
