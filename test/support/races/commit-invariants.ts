/** Checks the invariants of a values branch's history: I1, I2, I6, I7, I9, I10 and I11 of docs/design.md. */
import { parseAllDocuments } from 'yaml';
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { readTrailers } from '../../../core/version/commit-message';
import { parseVersionLock, type VersionLock } from '../../../core/version/version-lock';
import { placesOf } from './branch-upsets';
import { FILES, FIRST_VERSION, type PlayedRun, type RaceWorld, SERVICES } from './race-world';

interface HistoryCommit {
  readonly id: string;
  /** Its place on the branch, from 0: these histories have no merges. */
  readonly place: number;
  readonly message: string;
  /** Paths that it changed. */
  readonly files: readonly string[];
  /** The values files, one document each. */
  readonly values: string;
  readonly lock: VersionLock;
}

/** Comes between the values files. */
const NEXT_DOCUMENT = '\n---\n';

/**
 * Returns all breaches, each with the commit and the invariant. If people cut the branch back, its commits until then are a history of
 * their own.
 */
export async function breachesIn(world: RaceWorld): Promise<readonly string[]> {
  const tips = [...world.cuts.map(({ from }) => from), ...placesOf(world.repository).slice(-1)];
  const lines = await Promise.all(tips.map((tip) => readHistory(world, tip)));
  const isStanding = lines.length > world.cuts.length;
  const standing = isStanding ? (lines.at(-1) ?? []) : [];
  const breaches = [
    ...lines.flatMap((commits) => lineBreaches(commits, world)),
    ...world.runs.flatMap((run) => reportBreaches(run, lines, standing)),
    ...lossBreaches(lines, world),
  ];
  // Histories share their first commits, and so the breaches of these.
  return [...new Set(breaches)];
}

function lineBreaches(commits: readonly HistoryCommit[], world: RaceWorld): readonly string[] {
  const places = sourcePlaces(world) ?? new Map(commits.map(({ id, place }) => [id, place]));
  return commits.flatMap((commit, index) => {
    const before = commits[index - 1];
    return [
      ...pullableBreaches(commit, pinnedIn(commits.slice(0, index + 1)), world),
      ...(before === undefined ? [] : stepBreaches(before, commit, places, world)),
    ];
  });
}

/** The places of source commits in a monorepo of its own; undefined if the history has them, too. */
function sourcePlaces({ sources }: RaceWorld): ReadonlyMap<string, number> | undefined {
  const ids = sources?.repository.git('rev-list', '--reverse', 'main').split('\n');
  return ids && new Map(ids.map((id, place) => [id, place]));
}

async function readHistory({ repository, values: paths }: RaceWorld, tip: string): Promise<readonly HistoryCommit[]> {
  const format = '--format=%x01%H%x02%B%x02';
  const log = repository.git('log', '--first-parent', '--reverse', '--raw', '--no-abbrev', format, tip);
  let values = Object.keys(paths).map((path) => ({ path, id: '' }));
  let lock = '';
  const found = log
    .split('\x01')
    .slice(1)
    .map((text, place) => {
      const [commit = '', message = '', raw = ''] = text.split('\x02');
      const changes = [...raw.matchAll(/^:\d+ \d+ \w+ (\w+) \w\t(.*)$/gm)];
      const idOf = (path: string) => changes.find((change) => change[2] === path)?.[1];
      values = values.map(({ path, id }) => ({ path, id: idOf(path) ?? id }));
      lock = idOf(FILES.lock) ?? lock;
      return { id: commit, place, message, files: changes.map(([, , path = '']) => path), values, lock };
    });
  const ids = found.flatMap((each) => [...each.values.map(({ id }) => id), each.lock]).filter((id) => id !== '');
  const texts = await createLocalGitHost(repository.path).blobs([...new Set(ids)]);
  const textOf = (id: string) => texts.get(id)?.toString('utf8') ?? '';
  return found.map((commit) => ({
    ...commit,
    values: commit.values.map(({ id }) => textOf(id)).join(NEXT_DOCUMENT),
    lock: parseVersionLock(textOf(commit.lock), FILES.lock),
  }));
}

/** I1 and I2: each version of the lock was given once, with the recorded digest, and the values file names it or a pinned one. */
function pullableBreaches(
  { id, values, lock }: HistoryCommit,
  pinned: ReadonlySet<string>,
  world: RaceWorld,
): string[] {
  if (lock.size === 0) return [];
  const tags = tagsIn(values);
  return SERVICES.flatMap((name) => {
    const entry = lock.get(name);
    const tag = tags.get(name);
    const isPinned = pinned.has(name) && tag === FIRST_VERSION;
    return [
      ...(tag === entry?.version || isPinned || hasNoFile(world)
        ? []
        : [`I1 ${id}: ${name} is ${tag} and was recorded as ${entry?.version}`]),
      ...(world.registry.get(`${name} ${entry?.version}`) === entry?.digest
        ? []
        : [`I2 ${id}: ${name} ${entry?.version} is recorded as ${entry?.digest}`]),
    ];
  });
}

function hasNoFile({ values }: RaceWorld): boolean {
  return Object.keys(values).length === 0;
}

/** Services that a person pinned by hand. */
function pinnedIn(commits: readonly HistoryCommit[]): ReadonlySet<string> {
  return new Set(commits.flatMap(({ message }) => /^pin (\w+) by hand/.exec(message)?.[1] ?? []));
}

function tagsIn(values: string): ReadonlyMap<string, string> {
  const documents = parseAllDocuments(values).map((document) => document.toJS());
  const content = Object.assign({}, ...documents) as Record<string, { image: { tag: string } }>;
  return new Map(SERVICES.map((name) => [name, content[name]?.image.tag ?? '']));
}

/** I6, I9, I10, I11: the changes of one commit that a run made. */
function stepBreaches(
  before: HistoryCommit,
  after: HistoryCommit,
  places: ReadonlyMap<string, number>,
  world: RaceWorld,
): string[] {
  const trailers = readTrailers(after.message);
  const run = world.runs.find(({ record }) => record.run === trailers?.run);
  if (run === undefined || trailers === undefined) {
    return world.foreignCommits.has(after.id) ? [] : [`I9 ${after.id}: nobody made this commit`];
  }
  const { record } = run;
  const changed = SERVICES.filter((name) => after.lock.get(name)?.digest !== before.lock.get(name)?.digest);
  const placeOf = ({ lock }: HistoryCommit, name: string) => places.get(lock.get(name)?.source ?? '') ?? -1;
  const backwards = SERVICES.filter((name) => placeOf(after, name) < placeOf(before, name));
  const { result } = run;
  const left = result?.commit === after.id ? result.superseded : unnamedIn(after.message, record.services);
  const meant = record.services.filter(({ name }) => !left.includes(name));
  const missing = meant.filter(({ name, version, digest }) => {
    const entry = after.lock.get(name);
    const isWritten = hasNoFile(world) || tagsIn(after.values).get(name) === version;
    return entry?.version !== version || entry.digest !== digest || !isWritten;
  });
  const names = new Set(record.services.map(({ name }) => name));
  const at = (breach: string) => `${breach} (${after.id}, ${record.action} ${record.run})`;
  return [
    ...(backwards.length > 0 && trailers.rollbackTo === undefined ? [at(`I6: ${backwards.join()} went back`)] : []),
    ...(missing.length > 0 ? [at(`I10: lacks ${missing.map(({ name }) => name).join()}`)] : []),
    ...changed.filter((name) => !names.has(name)).map((name) => at(`I9: changed ${name}, too`)),
    ...foreignBytes(before, after, names, record.platformVersion !== undefined, world).map(at),
    ...(trailers.rollbackTo === undefined
      ? []
      : rollbackBreaches(run, new Set(meant.map(({ name }) => name)), after, world).map(at)),
  ];
}

/**
 * The services that a commit left out, by its message, if the run's result is not about it: the branch was deleted after the commit, or taken back,
 * so that the run made another one. That commit may release what the first one had to leave out.
 */
function unnamedIn(message: string, services: PlayedRun['record']['services']): readonly string[] {
  const named = new Set([...message.matchAll(/^- (\S+) \S+ \(sha256:/gm)].map(([, name]) => name));
  return services.map(({ name }) => name).filter((name) => !named.has(name));
}

/** Only the lines of the run's services and of the platform's anchor may differ, and only in the files of a release. */
function foreignBytes(
  before: HistoryCommit,
  after: HistoryCommit,
  names: ReadonlySet<string>,
  isWhole: boolean,
  world: RaceWorld,
): string[] {
  const own = [...Object.keys(world.values), FILES.lock, FILES.images];
  const strange = after.files.filter((file) => !own.includes(file));
  const [old, now] = [before.values.split('\n'), after.values.split('\n')];
  const touched = now.flatMap((line, index) => (line === old[index] ? [] : [line]));
  const meant = (line: string) => (isWhole && line.startsWith('tag: &tag')) || names.has(line.split(':')[0] ?? '');
  const rest = (line: string | undefined) => line?.replace(/tag: \S+/, '');
  return [
    ...strange.map((file) => `I9: wrote ${file}`),
    ...(old.length === now.length ? [] : ['I9: added or removed lines']),
    ...touched.filter((line) => !meant(line)).map((line) => `I9: wrote the line '${line}'`),
    ...now.flatMap((line, index) =>
      line.startsWith('tag: &tag') || rest(line) === rest(old[index])
        ? []
        : [`I9: changed more than the tag in '${line}'`],
    ),
  ];
}

/**
 * I11: every service of the rollback is as the release had it. A rollback of the whole platform must restore every service of the
 * release.
 */
function rollbackBreaches(
  { record }: PlayedRun,
  meant: ReadonlySet<string>,
  after: HistoryCommit,
  { runs }: RaceWorld,
) {
  const isWhole = record.platformVersion !== undefined;
  const release = runs.find(
    (run) => run.record.action === 'release' && run.record.platformVersion === record.rollbackTo,
  )?.record;
  const wrong = SERVICES.filter((name) => {
    if (!isWhole && !meant.has(name)) return false;
    const then = release?.services.find((service) => service.name === name);
    const entry = after.lock.get(name);
    return then === undefined || entry?.digest !== then.digest || entry.source !== then.source;
  });
  return wrong.map((name) => `I11: ${name} is not as in ${record.rollbackTo}`);
}

/** I7 and L4: a run makes at most one commit, and its result names exactly that one, also if the branch was cut back later. */
function reportBreaches(
  { record, result }: PlayedRun,
  lines: readonly (readonly HistoryCommit[])[],
  standing: readonly HistoryCommit[],
): string[] {
  const madeIn = (commits: readonly HistoryCommit[]) =>
    commits.filter(({ message }) => readTrailers(message)?.run === record.run).map(({ id }) => id);
  const told = result?.commit ?? undefined;
  const stands = madeIn(standing)[0];
  const isTrue = told === undefined ? stands === undefined : lines.some((commits) => madeIn(commits).includes(told));
  return [
    ...lines
      .map((commits) => madeIn(commits).length)
      .filter((made) => made > 1)
      .map((made) => `I7 ${record.run}: made ${made} commits`),
    ...(isTrue && (stands === undefined || stands === told)
      ? []
      : [`L4 ${record.run}: told of ${told ?? 'none'}, made ${stands ?? 'none'}`]),
  ];
}

/** I9: no foreign commit is lost, and the branch only moves forward, except when people cut it back. */
function lossBreaches(lines: readonly (readonly HistoryCommit[])[], world: RaceWorld): string[] {
  const parents = new Map(
    lines.flatMap((commits) => commits.map(({ id, place }) => [id, commits[place - 1]?.id] as const)),
  );
  const lost = [...world.foreignCommits].filter((id) => !parents.has(id));
  const logs = [...world.cuts.filter(({ to }) => to === undefined).map(({ log }) => log), placesOf(world.repository)];
  const forced = logs.flatMap((log) =>
    log.filter((id, index) => {
      const before = log[index - 1];
      const isCut = world.cuts.some(({ from, to }) => from === before && to === id);
      return before !== undefined && !isCut && !isAncestorIn(parents, before, id);
    }),
  );
  return [
    ...lost.map((id) => `I9: the foreign commit ${id} is lost`),
    ...forced.map((id) => `I9: main was forced to ${id}`),
  ];
}

function isAncestorIn(parents: ReadonlyMap<string, string | undefined>, one: string, other: string): boolean {
  for (let at: string | undefined = other; at !== undefined; at = parents.get(at)) if (at === one) return true;
  return false;
}
