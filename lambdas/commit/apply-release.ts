/** Applies a release to a commit of its branch: which files a commit on top of it has to write. */
import { createHash } from 'node:crypto';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import type { CommitResult, ReleaseRecord } from '../../core/contract/release';
import type { FileChange, SourceGit, SourceRepository, ValuesGit } from '../../core/ports/git';
import type { Clock, ObjectStore } from '../../core/ports/store';
import { environmentNamed } from '../../core/settings/environment';
import { filesOf, ownPaths, writtenPaths } from '../../core/settings/files/environment-files';
import { plannedValues, valuesBranch } from '../../core/settings/files/values-repository';
import { commitLink } from '../../core/settings/git-pages';
import { imageNameIn, registryOf } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { writeFiles } from '../../core/values/release-edits';
import { commitMessage } from '../../core/version/commit-message';
import { parseModuleLock, printModuleLock, updateModuleLock } from '../../core/version/module-lock';
import {
  parseVersionLock,
  printImageVersions,
  printVersionLock,
  updateLock,
  type VersionLock,
} from '../../core/version/version-lock';
import { findExistingCommit, findSuperseded, rememberAncestry, type Superseded } from './find-superseded';

export interface CommitDependencies {
  readonly settings: Settings;
  readonly git: SourceGit;
  readonly valuesGit: ValuesGit;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number;
}

/** Returns the head of the branch with the values files. Throws `CommitConflict` if it is gone. */
export async function headOf(
  { ref }: Pick<ReleaseRecord, 'ref'>,
  { settings, valuesGit }: Pick<CommitDependencies, 'settings' | 'valuesGit'>,
): Promise<string> {
  const branch = valuesBranch(settings, ref);
  const head = await valuesGit.head(branch);
  if (head !== undefined) return head;
  const message = `branch ${branch} no longer exists; the images have their versions, no values file was changed`;
  throw new PipelineError(ERROR_NAMES.commitConflict, message);
}

/** Facts that hold for all tries. A second lookup would make a try longer, and the branch more likely to move during it. */
export interface KnownFacts {
  /** In the monorepo. */
  readonly isAncestor: SourceRepository['isAncestor'];
  /** In the repository of the values files. */
  readonly isValuesAncestor: SourceRepository['isAncestor'];
  /** The version lock at the commit that the run was planned at. */
  planned?: Promise<VersionLock>;
  /** The catalog's text at the source commit, if the values files have a repository of their own. */
  catalog?: Promise<string | undefined>;
}

/** Returns the facts before the first try. */
export function noFacts({
  settings,
  git,
  valuesGit,
}: Pick<CommitDependencies, 'settings' | 'git' | 'valuesGit'>): KnownFacts {
  const isAncestor = rememberAncestry(git);
  const isOne = settings.valuesRepository === undefined;
  return { isAncestor, isValuesAncestor: isOne ? isAncestor : rememberAncestry(valuesGit) };
}

/** `done`: the commit has it already, or newer releases have superseded all of it. */
type AppliedRelease = { readonly kind: 'done'; readonly result: CommitResult } | ReleaseChange;

/** What a commit on top of the given one has to write. */
export interface ReleaseChange {
  readonly kind: 'change';
  readonly files: readonly FileChange[];
  readonly message: string;
  /** Tags that change in the values files. */
  readonly changes: number;
  readonly left: Superseded;
  /** sha256 of the pipeline's files at the commit, in hex. */
  readonly before: string;
}

/** Applies the release to the commit `head` of its branch. Throws `ValuesFile` if a file is missing there, or has no place for a version. */
export async function applyRelease(
  record: ReleaseRecord,
  head: string,
  known: KnownFacts,
  dependencies: Pick<CommitDependencies, 'settings' | 'git' | 'valuesGit'>,
): Promise<AppliedRelease> {
  const { settings, valuesGit } = dependencies;
  const isOne = settings.valuesRepository === undefined;
  const environment = environmentNamed(settings, record.environment);
  const paths = filesOf(environment);
  const own = ownPaths(environment);
  const texts = await valuesGit.readFiles(head, isOne ? [settings.catalogFile, ...own] : own);
  const lock = parseVersionLock(texts.get(paths.lock) ?? '', paths.lock);
  const planned = () => {
    const commit = plannedValues(record);
    known.planned ??= head === commit ? Promise.resolve(lock) : lockAt(commit, paths.lock, valuesGit);
    return known.planned;
  };
  const isRewound = !(await containsRun(record, head, known, dependencies));
  const left = await findSuperseded(record, { isRewound, lock, planned }, known.isAncestor);
  const services = record.services.filter((service) => !left.superseded.includes(service.name));
  const done = async (): Promise<AppliedRelease> => {
    const existing = await findExistingCommit(record, head, paths.lock, valuesGit);
    return { kind: 'done', result: existing ?? { commit: null, changes: 0, ...left } };
  };
  if (services.length === 0) return done();

  for (const path of writtenPaths(paths)) requireText(texts, path, head);
  const catalog = parseCatalog(
    isOne ? requireText(texts, settings.catalogFile, head) : await catalogAt(record.commit, known, dependencies),
  );
  const applied = { ...record, services };
  const edited = writeFiles(paths, texts, applied);
  const newLock = updateLock(lock, services);
  const catalogImages = new Map(
    catalog.services.map(({ name, image }) => [name, imageNameIn(registryOf(environment, settings), image)]),
  );
  const wanted: readonly FileChange[] = [
    ...edited.files,
    { path: paths.lock, content: printVersionLock(newLock) },
    { path: paths.images, content: printImageVersions({ lock: newLock, catalogImages }) },
    ...moduleChanges(record, paths.modules, texts),
  ];
  const files = wanted.filter(({ path, content }) => texts.get(path) !== content);
  if (files.length === 0) return done();
  const message = commitMessage(applied, edited.changes, sourceLink(record, settings));
  const before = digestOf(own.map((path) => texts.get(path) ?? null));
  return { kind: 'change', files, message, changes: edited.changes.length, left, before };
}

/**
 * Returns false if a forced push has taken back what the run was planned at: its source, or the values files that it read. A branch of the
 * monorepo that was merged and removed takes nothing back.
 */
export async function containsRun(
  record: ReleaseRecord,
  head: string,
  { isAncestor, isValuesAncestor }: KnownFacts,
  { settings, git }: Pick<CommitDependencies, 'settings' | 'git'>,
): Promise<boolean> {
  if (!(await isValuesAncestor(plannedValues(record), head))) return false;
  const source = settings.valuesRepository === undefined ? undefined : await git.head(record.ref);
  return source === undefined || isAncestor(record.commit, source);
}

async function catalogAt(
  commit: string,
  known: KnownFacts,
  { settings: { catalogFile }, git }: Pick<CommitDependencies, 'settings' | 'git'>,
): Promise<string> {
  known.catalog ??= git.readFiles(commit, [catalogFile]).then((texts) => texts.get(catalogFile));
  const text = await known.catalog;
  if (text !== undefined) return text;
  const message = `${catalogFile} is missing at the source commit ${commit.slice(0, 8)}; nothing was committed`;
  throw new PipelineError(ERROR_NAMES.valuesFile, message);
}

/** Returns the page of the source commit; undefined if the commit is in the same repository, or on disk. */
export function sourceLink({ commit }: ReleaseRecord, { git, valuesRepository }: Settings): string | undefined {
  return valuesRepository === undefined ? undefined : commitLink(git, commit);
}

/** Returns the module lock with the versions of the release; nothing if the release has no modules. */
function moduleChanges({ modules }: ReleaseRecord, path: string, texts: ReadonlyMap<string, string>): FileChange[] {
  if (modules === undefined) return [];
  const lock = parseModuleLock(texts.get(path) ?? '', path);
  return [{ path, content: printModuleLock(updateModuleLock(lock, modules)) }];
}

async function lockAt(commit: string, path: string, valuesGit: ValuesGit): Promise<VersionLock> {
  return parseVersionLock((await valuesGit.readFiles(commit, [path])).get(path) ?? '', path);
}

function requireText(texts: ReadonlyMap<string, string>, path: string, head: string): string {
  const text = texts.get(path);
  if (text !== undefined) return text;
  throw new PipelineError(
    ERROR_NAMES.valuesFile,
    `${path} is missing at the head of the branch (${head.slice(0, 8)}); nothing was committed`,
  );
}

function digestOf(texts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
