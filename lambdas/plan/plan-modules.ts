/** Plans the published modules of a run: the version of each, and whether the package index has it. */
import pLimit from 'p-limit';
import { InvalidInputError } from '../../core/contract/errors';
import type { PlannedModule } from '../../core/contract/plan';
import { findEntry, joinPath } from '../../core/input-digest/tree-index';
import type { DeclaredVersion, Ecosystem } from '../../core/modules/ecosystem';
import { ecosystemOf } from '../../core/modules/ecosystems';
import { concernedModules, type ModuleContent, type PlannedVersion, planModule } from '../../core/modules/plan-modules';
import type { SourceCommit, SourceGit, TagHost } from '../../core/ports/git';
import { openIndex, type PackageIndex, type PackageIndexes } from '../../core/ports/packages';
import type { Claims } from '../../core/ports/store';
import type { ModuleEntry } from '../../core/version/module-lock';
import { bumpVersion, type NextVersion, nextModuleVersion } from '../../core/version/module-version';
import type { Source } from './read-source';

/** Where versions of modules are published, and where they are bound to their content. */
export interface ModuleSources {
  readonly packages: PackageIndexes;
  readonly claims: Pick<Claims, 'find'>;
}

interface ModuleDependencies extends ModuleSources {
  readonly git: Pick<SourceGit, 'blobs' | 'isAncestor' | 'holds'>;
  readonly tags: Pick<TagHost, 'commits'>;
  /** The name of the run. */
  readonly run: string;
}

/** Modules that are looked up at a time. */
const MODULES_AT_ONCE = 8;

/**
 * Plans the modules of a run, in the catalog's order. Unchanged content keeps its version. Changed content gets the next version in a release,
 * and a development version of it in any other run. Throws `PackageIndexError`: without an answer, none counts as published. Throws
 * `InvalidInput` with all modules whose build files have no usable version.
 */
export async function planModules(source: Source, dependencies: ModuleDependencies): Promise<readonly PlannedModule[]> {
  const limit = pLimit(MODULES_AT_ONCE);
  const facts: PlanFacts = { ...dependencies, source, history: rememberHistory(source.commit, dependencies) };
  const found = await Promise.all(
    concernedModules(source.input, source).map((content) =>
      limit(async () => ({ content, version: await versionOf(content, facts) })),
    ),
  );
  const problems = found.flatMap(({ content: { module }, version }) =>
    'problem' in version ? [{ path: `modules.${module.name}`, message: version.problem }] : [],
  );
  if (problems.length > 0) throw new InvalidInputError('the modules cannot be planned', problems);
  return found.flatMap(({ content, version }) => ('problem' in version ? [] : [planModule(content, version)]));
}

interface PlanFacts extends ModuleDependencies {
  readonly source: Source;
  readonly history: (since: string) => Promise<readonly SourceCommit[] | undefined>;
}

type FoundVersion = PlannedVersion | { readonly problem: string };

async function versionOf(content: ModuleContent, facts: PlanFacts): Promise<FoundVersion> {
  const { module, contentDigest } = content;
  const { source, run } = facts;
  const { kind = 'python', package: name } = module.publish;
  const ecosystem = ecosystemOf(module.publish);
  const { grammar, versionSuffix } = ecosystem;
  const at = { path: module.path, commit: source.commit, contentDigest, run };
  const packages = openIndex(facts.packages, kind, at);
  if (packages === undefined) {
    return { problem: `the deployed app publishes no packages of the kind ${kind}; deploy it with this catalog first` };
  }
  const last = source.moduleLock.get(module.name);
  if (last?.contentDigest === contentDigest) {
    return { version: last.version, files: await packages.files(name, last.version) };
  }
  const isRelease = source.input.action === 'release';
  const development = isRelease ? undefined : await packages.find(name, versionSuffix(contentDigest));
  if (development !== undefined) return development;
  const declared = await readDeclared(content, facts);
  if (declared.kind === 'problem') return declared;
  const before = grammar.parse(last?.version ?? '');
  const next = nextModuleVersion(
    {
      declared: declared.kind === 'declared' ? declared.version : undefined,
      last: last === undefined || before === undefined ? undefined : { version: before, source: last.source },
      commits: last === undefined ? [] : await commitsOf(content, last, facts),
    },
    grammar,
  );
  const refusal = ecosystem.refuseVersion?.(name, next.version);
  if (refusal !== undefined) {
    return { problem: `gets ${grammar.print(next.version)}, since ${next.why}, but ${refusal}` };
  }
  const { remarks = [] } = declared;
  if (isRelease) {
    const free = await freeVersion(content, next, { ecosystem, packages, claims: facts.claims });
    return 'problem' in free ? free : { ...free, remarks };
  }
  const version = `${grammar.print(next.version)}${versionSuffix(contentDigest)}`;
  const files = ecosystem.releasesOnly === undefined ? [] : await packages.files(name, version);
  return { version, files, why: `gets ${version}, since ${next.why}`, remarks };
}

async function readDeclared({ module }: ModuleContent, { source: { tree }, git }: PlanFacts): Promise<DeclaredVersion> {
  const { buildFiles, declaredVersion } = ecosystemOf(module.publish);
  const entries = buildFiles.map((file) => [file, findEntry(tree, joinPath(module.path, file))] as const);
  const texts = await git.blobs(entries.flatMap(([, entry]) => (entry?.mode.startsWith('100') ? entry.id : [])));
  const ids = new Map<string, string>(entries.map(([file, entry]) => [file, entry?.id ?? '']));
  const textOf = (file: string) => texts.get(ids.get(file) ?? '')?.toString('utf8');
  return declaredVersion(textOf, module.publish.package, module.path);
}

async function commitsOf({ module }: ModuleContent, { source }: ModuleEntry, { history }: PlanFacts) {
  return (await history(source))?.filter(({ paths }) => paths.some((path) => path.startsWith(`${module.path}/`)));
}

interface VersionFacts extends Pick<ModuleSources, 'claims'> {
  readonly ecosystem: Ecosystem;
  readonly packages: PackageIndex;
}

/** Versions in a row that other content may have. More is a mistake somewhere. */
const MAX_TAKEN = 100;

/** Returns the first version from `next` that no other content has. A claim binds a version to its content; a release without one was put by hand. */
async function freeVersion(
  { module, contentDigest }: ModuleContent,
  { version: next, why }: NextVersion,
  { ecosystem, packages, claims }: VersionFacts,
): Promise<FoundVersion> {
  const { claimName, grammar } = ecosystem;
  const name = module.publish.package;
  let version = next;
  for (let taken = 0; taken < MAX_TAKEN; taken += 1) {
    const text = grammar.print(version);
    const [claim, files] = await Promise.all([claims.find(claimName(name), text), packages.files(name, text)]);
    const isFree = claim === undefined ? files.length === 0 : claim.digest === contentDigest;
    const stepped = taken === 0 ? '' : `; other content has ${grammar.print(next)}`;
    if (isFree) return { version: text, files, why: `gets ${text}, since ${why}${stepped}` };
    version = bumpVersion(version, 'patch');
  }
  const problem = `the ${MAX_TAKEN} versions from ${grammar.print(next)} are taken by other content; declare a higher version in its build file`;
  return { problem };
}

/** Commits that are read. A release with more between two versions of a module counts as one whose commits cannot be read. */
const MAX_COMMITS = 1000;

/** Returns a reader of the commits since another one, each range once. A git host may not know the beginning of a rewritten history. */
function rememberHistory(until: string, { git, tags }: Pick<ModuleDependencies, 'git' | 'tags'>): PlanFacts['history'] {
  const known = new Map<string, ReturnType<PlanFacts['history']>>();
  const read = async (since: string) => {
    const isKnown = await git.isAncestor(since, until);
    const reading = tags.commits(since, until, MAX_COMMITS);
    const commits = await (isKnown ? reading : reading.catch(() => undefined));
    return commits !== undefined && commits.length < MAX_COMMITS ? commits : undefined;
  };
  return (since) => {
    const commits = known.get(since) ?? read(since);
    known.set(since, commits);
    return commits;
  };
}
