/** Compares two commits of a repository on disk, for `plan`, `explain` and `graph`. */
import {
  applyChanges,
  type ComparedPlan,
  type Comparison,
  compareInputs,
  type EarlierInputs,
  reverseChanges,
  type TreeChange,
} from '../../core/compare/compare';
import { ERROR_NAMES, InvalidInputError } from '../../core/contract/errors';
import type { RecordedTimes } from '../../core/contract/estimate';
import { findEntry, indexTree, type TreeIndex } from '../../core/input-digest/tree-index';
import { moduleContents } from '../../core/modules/plan-modules';
import { isDigestOf, recognizeFormer } from '../../core/planning/former-records';
import { type LockEntry, parseVersionLock } from '../../core/version/version-lock';
import { discoverSnapshot, type Snapshot } from './discover';
import { CATALOG_FILE, catalogOfCommit, type FoundCatalog, findCatalog, readCatalogFile } from './find-catalog';
import { openPlanningRepository, type PlanningRepository } from './repository';

export interface CompareOptions {
  readonly repo: string;
  readonly ref: string;
  /** The commit to compare with. If it is undefined, the version lock of the commit is used, if there is one. */
  readonly base?: string;
  /** The values repository whose `HEAD` has the version lock. Default: the commit has it. */
  readonly valuesRepo?: string;
  /** A catalog file for both commits. */
  readonly catalog?: string;
  /** `host/namespace` of the release repositories. If it is undefined, the Dockerfiles show the names of the catalog's images. */
  readonly releases?: string;
  /** True to plan all services that can be planned, and to list the problems of the others. */
  readonly keepGoing: boolean;
  /** The AWS region whose prices the estimate uses; default: `us-east-1`. */
  readonly region?: string;
  /** Measured minutes of builds by service. */
  readonly recorded?: ReadonlyMap<string, number>;
  /** The times behind them. */
  readonly times?: RecordedTimes;
}

export interface ComparedCommits {
  readonly report: ComparedPlan;
  readonly comparison: Comparison;
  readonly after: Snapshot;
  /** Undefined if there is no base. */
  readonly before: Snapshot | undefined;
  /** Remarks for people, one sentence each. */
  readonly notes: readonly string[];
}

/** Compares two commits. Throws `InvalidInput` for an option that cannot be used, and `InvalidCatalog` with all problems of all services. */
export async function compareCommits(options: CompareOptions): Promise<ComparedCommits> {
  const repository = openPlanningRepository(options.repo);
  const [commit, base] = await Promise.all([
    repository.resolve(options.ref),
    options.base === undefined ? undefined : repository.resolve(options.base, '--base'),
  ]);
  const [entries, changes, named] = await Promise.all([
    repository.tree(commit),
    base === undefined ? [] : repository.history.changes([[base, commit]]).then(([first]) => first ?? []),
    // While git answers.
    options.catalog === undefined ? undefined : readCatalogFile(options.catalog),
  ]);
  const tree = indexTree(entries);
  const found = named ?? (await findCatalog(repository, tree));
  const after = await discoverSnapshot({ repository, commit, tree, found, releases: options.releases });
  if (!options.keepGoing) refuseProblems(after);
  const before = base === undefined ? undefined : await discoverBase(base, { repository, after, found, changes });
  const comparison: Comparison = {
    commit,
    base: base ?? null,
    catalog: after.catalog,
    inputs: after.inputs,
    problems: after.problems,
    region: options.region,
    recorded: options.recorded,
    times: options.times,
    ...(before === undefined ? await recordedInputs(repository, after, found, options) : inputsAt(before)),
    ...publishedModules(after, before),
  };
  const notes = notesOn(after, options.catalog === undefined ? found : undefined);
  return { report: compareInputs(comparison), comparison, after, before, notes };
}

/** `found` is the catalog that was found; undefined if the user named one. */
function notesOn({ absent, guessed }: Snapshot, found: FoundCatalog | undefined): readonly string[] {
  return [
    ...(found?.origin === 'file' ? [`the commit has no catalog, so the uncommitted ${found.path} is used`] : []),
    ...(absent.length > 0 ? [`skipped, because they are not in this commit: ${absent.join(', ')}`] : []),
    ...(guessed.size > 0
      ? [
          `taken for images of this catalog: those below ${[...guessed].join(', ')}; with --releases HOST/NAMESPACE the plan decides as the deployed one does`,
        ]
      : []),
  ];
}

/** Throws `InvalidCatalog` if a service of the commit cannot be planned. */
function refuseProblems({ commit, problems }: Snapshot): void {
  if (problems.length === 0) return;
  const what = `the catalog and the Dockerfiles at ${commit.slice(0, 8)} cannot be planned`;
  throw new InvalidInputError(what, problems, 'Use --keep-going to plan all others.', ERROR_NAMES.invalidCatalog);
}

interface BaseParts {
  readonly repository: PlanningRepository;
  readonly after: Snapshot;
  readonly found: FoundCatalog;
  readonly changes: readonly TreeChange[];
}

/** Discovers the base by its own catalog, or by that of the other commit if it has none. A service with a problem there counts as new. */
async function discoverBase(base: string, { repository, after, found, changes }: BaseParts): Promise<Snapshot> {
  const tree = indexTree(applyChanges(after.tree.entries, reverseChanges(changes)));
  const catalog = found.origin === 'commit' ? await catalogOfBase(repository, tree, after, found) : found;
  const near = { snapshot: after, changes };
  return discoverSnapshot({ repository, commit: base, tree, found: catalog, ownImages: after.ownImages, near });
}

/** Returns the catalog of the base, the very object of the other commit if both have the same text. */
async function catalogOfBase(repository: PlanningRepository, tree: TreeIndex, after: Snapshot, found: FoundCatalog) {
  const id = findEntry(after.tree, CATALOG_FILE)?.id ?? '';
  const own = await catalogOfCommit(repository, tree, new Map([[id, found.catalog]]));
  return own ?? { ...found, origin: 'file' as const };
}

/** Returns nothing if no module is published or the base is not known. */
function publishedModules(after: Snapshot, before: Snapshot | undefined): Pick<Comparison, 'modules'> {
  const now = moduleContents(after);
  return before === undefined || now.length === 0 ? {} : { modules: { now, before: digestsOf(before) } };
}

function digestsOf(before: Snapshot): ReadonlyMap<string, string> {
  return new Map(moduleContents(before).map(({ module, contentDigest }) => [module.name, contentDigest]));
}

function inputsAt({ commit, inputs }: Snapshot): Pick<Comparison, 'before' | 'newText'> {
  const where = commit.slice(0, 8);
  const entries = [...inputs].map(([name, service]): [string, EarlierInputs] => [
    name,
    { inputDigest: service.inputDigest, inputs: service, where },
  ]);
  return { before: new Map(entries), newText: `the base ${where} has no such service that can be built` };
}

const LOCK_FILE = 'version-lock.yaml';

/**
 * Returns the inputs that the version lock of the commit records. A commit has one beside its values file, or none if it was never
 * released. If it has several (one per environment), the first by path counts. Throws `InvalidInput`
 * for a symlink.
 */
async function recordedInputs(
  repository: PlanningRepository,
  after: Snapshot,
  found: FoundCatalog,
  { valuesRepo }: CompareOptions,
): Promise<Pick<Comparison, 'before' | 'newText'>> {
  const values = valuesRepo === undefined ? repository : openPlanningRepository(valuesRepo);
  const entries =
    valuesRepo === undefined ? after.tree.entries : await values.tree(await values.resolve('HEAD', '--values-repo'));
  const entry = entries.find(({ path }) => path === LOCK_FILE || path.endsWith(`/${LOCK_FILE}`));
  if (entry === undefined) {
    const where = valuesRepo === undefined ? 'the commit' : 'the values repository';
    return { before: new Map(), newText: `${where} has no ${LOCK_FILE}, so it was never released` };
  }
  if (!entry.mode.startsWith('100')) {
    const problem = { path: entry.path, message: 'is a symlink or a submodule; it must be a file' };
    throw new InvalidInputError('the version lock cannot be read', [problem]);
  }
  const text = (await values.blobs([entry.id])).get(entry.id)?.toString('utf8') ?? '';
  const before = new Map<string, EarlierInputs>();
  const sources = sourceReader(repository, after, found);
  for (const [name, recorded] of recognizeFormer(parseVersionLock(text, entry.path), after.inputs)) {
    const { inputDigest, version, source } = recorded;
    const now = after.inputs.get(name)?.inputDigest;
    const isExplained = now !== undefined && now !== inputDigest;
    const where = `${version} (${source.slice(0, 8)})`;
    before.set(name, { inputDigest, where, ...(isExplained ? await inputsBehind(name, recorded, sources) : {}) });
  }
  return { before, newText: `${entry.path} has no record of this service` };
}

/** A source commit with its inputs, or the reason why they are not known. */
type ReadSource = (source: string) => Promise<Snapshot | string>;

/** Returns the inputs behind a recorded digest, or the reason why they are not known. */
async function inputsBehind(
  service: string,
  { inputDigest, source }: LockEntry,
  readSource: ReadSource,
): Promise<Pick<EarlierInputs, 'inputs' | 'unknown'>> {
  const snapshot = await readSource(source);
  if (typeof snapshot === 'string') return { unknown: snapshot };
  const inputs = snapshot.inputs.get(service);
  if (inputs === undefined) return { unknown: `commit ${source} has no such service that can be built` };
  if (isDigestOf(inputs, inputDigest)) return { inputs };
  return { unknown: `commit ${source} gives another digest than the recorded one, so the rules have changed` };
}

/** Returns a reader that reads each source commit once. */
function sourceReader(repository: PlanningRepository, after: Snapshot, found: FoundCatalog): ReadSource {
  const known = new Map<string, Promise<Snapshot | string>>();
  return (source) => {
    const reading = known.get(source) ?? readSource(source, repository, after, found);
    known.set(source, reading);
    return reading;
  };
}

async function readSource(
  source: string,
  repository: PlanningRepository,
  after: Snapshot,
  found: FoundCatalog,
): Promise<Snapshot | string> {
  try {
    await repository.resolve(source);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return `commit ${source} is not in this repository; fetch it`;
  }
  try {
    const [changes = []] = await repository.history.changes([[source, after.commit]]);
    return await discoverBase(source, { repository, after, found, changes });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return `the catalog at commit ${source} cannot be read`;
  }
}
