/** The tag step: puts an annotated tag on the source commit of a release, and makes its page at the git host. It can be repeated. */
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { CommitResult, ReleaseRecord, TagRequest, TagResult } from '../../core/contract/release';
import type { RolloutRecord } from '../../core/contract/rollout';
import { explainDifference, type StoredInputs } from '../../core/input-digest/explain-inputs';
import type { SourceCommit, SourceGit, TagHost, ValuesGit } from '../../core/ports/git';
import type { Clock, ObjectStore } from '../../core/ports/store';
import {
  changeOf,
  notedCommits,
  printReleaseNotes,
  type ReleasedEntry,
  type ReleaseNotes,
  type ServiceNotes,
} from '../../core/report/release-notes';
import { isPrerelease, tagMessage } from '../../core/report/release-tag';
import { environmentNamed } from '../../core/settings/environment';
import { isRolledOut } from '../../core/settings/environment-schema';
import { filesOf } from '../../core/settings/files/environment-files';
import { plannedValues } from '../../core/settings/files/values-repository';
import type { Settings } from '../../core/settings/schema';
import { clipLines } from '../../core/text/escape';
import { parseVersionLock } from '../../core/version/version-lock';
import { logLine } from '../shared/log';
import { readIfStored, readStored } from '../shared/stored';

interface TagDependencies {
  readonly settings: Settings;
  readonly git: Pick<SourceGit, 'readFiles' | 'holds'>;
  readonly valuesGit: Pick<ValuesGit, 'readFiles' | 'holds'>;
  /** Those of the monorepo. */
  readonly tags: TagHost;
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** GitHub takes 125,000 characters: https://docs.github.com/en/rest/releases/releases */
const LARGEST_NOTES = 100_000;

/**
 * Makes tag and page if the plan has a tag and the release was committed as planned. Throws `GitHostError` if somebody has put the tag on
 * another commit since the plan: the release itself stays.
 */
export async function tagStep({ run }: TagRequest, dependencies: TagDependencies): Promise<TagResult> {
  const { store, tags } = dependencies;
  const plan = await readStored<Plan>(store, objectKeys.plan(run));
  const committed = await readIfStored<CommitResult>(store, objectKeys.commit(run));
  if (plan.tag === undefined || committed === undefined || committed.superseded.length > 0) return { tag: null };
  if (!(await isVerified(plan, dependencies))) return { tag: null };
  const record = await readStored<ReleaseRecord>(store, objectKeys.release(run));
  const { name, commit } = plan.tag;
  const attempt = await tags.createTag({ name, commit, message: tagMessage(record, committed.commit) });
  if (attempt.kind === 'other') {
    const message = `tag ${name} is on commit ${attempt.commit.slice(0, 8)} by now, not on ${commit.slice(0, 8)}; the release is complete and stays; move or remove the tag, then redrive the run`;
    throw new PipelineError(ERROR_NAMES.gitHost, message);
  }
  const notes = await releaseNotes(plan, record, committed, dependencies);
  const url = await tags.createRelease({
    tag: name,
    title: name,
    notes: clipLines(printReleaseNotes(notes), LARGEST_NOTES, 'More: pipeline notes'),
    isPrerelease: isPrerelease(record.platformVersion ?? ''),
  });
  const tag = { name, commit, ...(url === undefined ? {} : { url }) };
  await store.put(objectKeys.tag(run), JSON.stringify(tag));
  return { tag };
}

/** Returns false if a newer run took the environment over before this release was verified there. */
async function isVerified({ run, environment }: Plan, { settings, store }: TagDependencies): Promise<boolean> {
  if (!isRolledOut(environmentNamed(settings, environment))) return true;
  const rollout = await readIfStored<RolloutRecord>(store, objectKeys.rollout(run));
  return rollout?.report.end === undefined || rollout.report.end === 'verified';
}

// --------------------------------------------------------------------------------------------------------------- notes

/** Commits that notes look at, for each pair of source commits. */
const MAX_COMMITS = 500;

async function releaseNotes(
  plan: Plan,
  record: ReleaseRecord,
  committed: CommitResult,
  dependencies: TagDependencies,
): Promise<ReleaseNotes> {
  const { settings, git, valuesGit, clock } = dependencies;
  const { catalogFile } = settings;
  const { lock: lockPath } = filesOf(environmentNamed(settings, plan.environment));
  const isOne = plan.valuesCommit === undefined;
  const found = await git.readFiles(plan.commit, isOne ? [lockPath, catalogFile] : [catalogFile]);
  const texts = isOne ? found : new Map([...found, ...(await valuesGit.readFiles(plannedValues(plan), [lockPath]))]);
  const before = parseVersionLock(texts.get(lockPath) ?? '', lockPath);
  const catalog = parseCatalog(texts.get(catalogFile) ?? '');
  const folders = new Map(catalog.services.map(({ name, path }) => [name, path]));
  const ranges = new Map<string, Promise<readonly SourceCommit[]>>();
  const services = record.services.map(async (entry): Promise<ServiceNotes> => {
    const was = before.get(entry.name);
    const released: ReleasedEntry = { service: entry.name, entry, ...(was === undefined ? {} : { before: was }) };
    const change = changeOf(released);
    const facts = { service: entry.name, version: entry.version, change };
    if (was === undefined) return { ...facts, commits: [] };
    const commits =
      change === 'built'
        ? await commitsOf(released, was.source, folders.get(entry.name) ?? '', ranges, dependencies)
        : [];
    return { ...facts, previousVersion: was.version, commits };
  });
  return {
    version: record.platformVersion ?? '',
    commit: committed.commit ?? plan.commit,
    time: new Date(clock.now()).toISOString(),
    run: record.run,
    services: (await Promise.all(services)).toSorted((a, b) => (a.service < b.service ? -1 : 1)),
  };
}

/** Returns the commits that changed an input of the service; those in its folder if its earlier inputs are not stored any more. */
async function commitsOf(
  { service, entry, before }: ReleasedEntry,
  since: string,
  folder: string,
  ranges: Map<string, Promise<readonly SourceCommit[]>>,
  { tags, store }: Pick<TagDependencies, 'tags' | 'store'>,
): Promise<ServiceNotes['commits']> {
  const range = `${since}..${entry.source}`;
  const reading = ranges.get(range) ?? readRange(since, entry.source, tags);
  ranges.set(range, reading);
  const [commits, was, is] = await Promise.all([
    reading,
    readIfStored<StoredInputs>(store, objectKeys.inputs(service, before?.inputDigest ?? '')),
    readIfStored<StoredInputs>(store, objectKeys.inputs(service, entry.inputDigest)),
  ]);
  const changed =
    was === undefined || is === undefined
      ? commits.flatMap(({ paths }) => paths.filter((path) => folder === '' || path.startsWith(`${folder}/`)))
      : explainDifference(was, is).flatMap(({ path }) => path ?? []);
  return notedCommits(commits, new Set(changed));
}

/** Notes are no reason to fail a release that is out: a range that the host cannot read has no commits. */
async function readRange(since: string, until: string, tags: TagHost): Promise<readonly SourceCommit[]> {
  try {
    return since === until ? [] : await tags.commits(since, until, MAX_COMMITS);
  } catch (error) {
    logLine({ message: 'commits not read', since, until, problem: messageOf(error).slice(0, 300) });
    return [];
  }
}
