/** Reads from git for the board: version locks of all environments, their history, unreleased commits, and authors. Cached by the branches' heads. */
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { createLocalHistory } from '../../adapters/git/local/history';
import {
  type Authorship,
  readAuthors,
  readEarlierCommit,
  readHeads,
  readLineHistory,
} from '../../adapters/git/local/line-history';
import { type EnvironmentState, sourcesOf } from '../../core/board/environments';
import { readLock, readLockLine } from '../../core/board/lock-lines';
import type { NextRelease } from '../../core/board/pages/environments';
import type { VersionChange } from '../../core/board/service-view';
import { messageOf } from '../../core/contract/errors';
import type { Environment } from '../../core/settings/environment-schema';
import { filesOf } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import { branchRule, type Settings } from '../../core/settings/schema';
import { present } from '../../core/text/present';
import { readTrailers } from '../../core/version/commit-message';
import type { BoardSource } from './source';

/** Commits of a version lock whose changes are kept, and commits whose authors are. */
const HISTORY = 2000;
const AUTHORS = 20_000;

/** Unreleased commits that are read. */
const MAX_COMMITS = 200;

const REPLAYED = 100;

/** Between two looks at the branches, in ms. */
const LOOK_EVERY = 1000;

/** Everything at one moment. */
export interface GitSnapshot {
  readonly heads: ReadonlyMap<string, string>;
  readonly states: readonly EnvironmentState[];
  readonly people: ReadonlyMap<string, Authorship>;
  /** Changes by environment, then by service, the newest first. */
  readonly changes: ReadonlyMap<EnvironmentState, ReadonlyMap<string, readonly VersionChange[]>>;
  readonly next: ReadonlyMap<EnvironmentState, NextRelease>;
  /** The commits between which pushes are replayed. Undefined without a branch that has any. */
  readonly replay?: { readonly since: string; readonly head: string };
  readonly problems: readonly string[];
}

export interface GitView {
  /** Returns the current snapshot. Never throws. */
  look(): Promise<GitSnapshot>;
  /** Grows with every change. */
  version(): number;
}

const NOTHING: GitSnapshot = {
  heads: new Map(),
  states: [],
  people: new Map(),
  changes: new Map(),
  next: new Map(),
  problems: [],
};

/** Opens the view. Without settings or a repository it is empty and says so. */
export function openGitView(
  { repository, valuesRepository }: Pick<BoardSource, 'repository' | 'valuesRepository'>,
  settings: Settings | undefined,
): GitView {
  let snapshot = NOTHING;
  let signature = '';
  let version = 0;
  let looked = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  async function look(directory: string, values: string, known: Settings): Promise<void> {
    looked = performance.now();
    const heads = await readHeads(directory);
    const valuesHeads = values === directory ? heads : await readHeads(values);
    const found = [...heads, ...valuesHeads].map(([name, commit]) => `${name} ${commit}`).join('\n');
    if (found === signature) return;
    snapshot = await readSnapshot({ directory, heads, values, valuesHeads }, known);
    signature = found;
    version += 1;
  }

  return {
    look: async () => {
      if (repository === undefined || settings === undefined) {
        return { ...NOTHING, problems: [missingText(repository)] };
      }
      const values = settings.valuesRepository === undefined ? repository : valuesRepository;
      if (values === undefined) return { ...NOTHING, problems: [NO_VALUES] };
      if (looking === undefined && performance.now() - looked >= LOOK_EVERY) {
        looking = look(repository, values, settings)
          .catch((error: unknown) => {
            snapshot = { ...snapshot, problems: [`The repository cannot be read: ${messageOf(error)}`] };
            signature = '';
          })
          .finally(() => {
            looking = undefined;
          });
      }
      await looking;
      return snapshot;
    },
    version: () => version,
  };
}

const NO_VALUES =
  'Versions are read from a clone of the values repository. Name one with --values-repo DIR; git fetch keeps it current.';

function missingText(repository: string | undefined): string {
  return repository === undefined
    ? 'Versions, commits and authors are read from a clone. Name one with --repo DIR; git fetch keeps it current.'
    : 'Environments are unknown, because the settings cannot be read.';
}

/** The two folders, which may be one, with the heads of their branches. */
interface Viewed {
  readonly directory: string;
  readonly heads: ReadonlyMap<string, string>;
  readonly values: string;
  readonly valuesHeads: ReadonlyMap<string, string>;
}

async function readSnapshot(viewed: Viewed, settings: Settings): Promise<GitSnapshot> {
  const { directory, heads } = viewed;
  const people = await readAuthors(directory, AUTHORS);
  const changes = new Map<EnvironmentState, ReadonlyMap<string, readonly VersionChange[]>>();
  const next = new Map<EnvironmentState, NextRelease>();
  const states: EnvironmentState[] = [];
  for (const place of placesOf(settings)) {
    const { state, history } = await readPlace(viewed, settings, place);
    states.push(state);
    changes.set(state, history);
    const release = await nextRelease(directory, state, people);
    if (release !== undefined) next.set(state, release);
  }
  const head = states.find((state) => state.head !== undefined)?.head;
  const since = head === undefined ? undefined : await readEarlierCommit(directory, head, REPLAYED);
  const replay = head === undefined || since === undefined ? {} : { replay: { since, head } };
  return { heads, states, people, changes, next, ...replay, problems: [] };
}

interface Place {
  readonly environment: Environment;
  readonly branch: string;
}

/** Returns the environments in the order of promotion, on each branch that is theirs. */
function placesOf(settings: Settings): readonly Place[] {
  const first = settings.environments[0]?.name;
  const rules = settings.branches.filter(({ branch }) => !branch.includes('*'));
  return settings.environments.flatMap((environment) => {
    const own = rules.filter((rule) => (rule.environment ?? first) === environment.name);
    // A later environment is updated on the first branch that a promotion may take.
    const used = own.length > 0 ? own : rules.filter(({ allow }) => allow.includes('promote')).slice(0, 1);
    // Development comes first: what is there goes to the others later.
    return used
      .toSorted((a, b) => Number(b.allow.includes('push')) - Number(a.allow.includes('push')))
      .map(({ branch }) => ({ environment, branch }));
  });
}

async function readPlace(
  { heads, values, valuesHeads }: Viewed,
  settings: Settings,
  { environment, branch }: Place,
): Promise<{ readonly state: EnvironmentState; readonly history: ReadonlyMap<string, readonly VersionChange[]> }> {
  const base = {
    environment: environment.name,
    branch,
    lock: new Map(),
    needsApproval: environment.approval !== undefined,
    allows: branchRule(settings, branch)?.allow ?? [],
  };
  const head = heads.get(branch);
  const from = valuesBranch(settings, branch);
  const valuesHead = valuesHeads.get(from);
  if (head === undefined || valuesHead === undefined) {
    const problem = `There is no branch ${head === undefined ? branch : `${from} in the values repository`}.`;
    return { state: { ...base, problem }, history: new Map() };
  }
  const { lock: path } = filesOf(environment);
  try {
    const text = (await createLocalGitHost(values).readFiles(valuesHead, [path])).get(path);
    if (text === undefined)
      return { state: { ...base, head, problem: `Nothing is released: ${path} is missing.` }, history: new Map() };
    const lock = readLock(text, path);
    const lines = await readLineHistory(values, valuesHead, path, HISTORY);
    const last = lines[0];
    const lastRun = last && readTrailers(last.message)?.run;
    const state = { ...base, head, lock, ...present({ changedAt: last?.at, lastRun }) };
    return { state, history: changesByService(lines) };
  } catch (error) {
    return { state: { ...base, head, problem: messageOf(error) }, history: new Map() };
  }
}

function changesByService(
  lines: Awaited<ReturnType<typeof readLineHistory>>,
): ReadonlyMap<string, readonly VersionChange[]> {
  const found = new Map<string, VersionChange[]>();
  for (const { at, message, added } of lines) {
    const trailers = readTrailers(message);
    const facts = { at, ...present({ run: trailers?.run, rollbackTo: trailers?.rollbackTo }) };
    for (const line of added) {
      const entry = readLockLine(line);
      if (entry === undefined) continue;
      const [service, { version, digest, source }] = entry;
      const list = found.get(service) ?? [];
      list.push({ version, digest, source, ...facts });
      found.set(service, list);
    }
  }
  return found;
}

async function nextRelease(
  directory: string,
  { lock, head }: EnvironmentState,
  people: ReadonlyMap<string, Authorship>,
): Promise<NextRelease | undefined> {
  const sources = sourcesOf(lock).filter((source) => people.has(source));
  if (head === undefined || lock.size === 0) return undefined;
  const since = sources.reduce<string | undefined>(
    (newest, source) => ((people.get(source)?.at ?? 0) > (people.get(newest ?? '')?.at ?? -1) ? source : newest),
    undefined,
  );
  if (since === undefined) return undefined;
  const all = await createLocalHistory(directory).commits(since, head);
  const commits = all
    .filter(({ message, parents }) => readTrailers(message) === undefined && parents.length < 2)
    .map(({ commit, author, message }) => ({ commit, author, subject: message.split('\n')[0] ?? '' }));
  return { since, commits: commits.slice(0, MAX_COMMITS), isCut: commits.length > MAX_COMMITS };
}

/** Returns the versions that the services had before the run, where its commit changed them. */
export function versionsBefore(snapshot: GitSnapshot, run: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const services of snapshot.changes.values()) {
    for (const [service, changes] of services) {
      const index = changes.findIndex((change) => change.run === run);
      const before = index < 0 ? undefined : changes[index + 1];
      if (before !== undefined && !found.has(service)) found.set(service, before.version);
    }
  }
  return found;
}
