/** Release notes from git alone: per service its version, whether it was built or retagged, and the commits that changed its inputs. */
import type { SourceCommit } from '../ports/git';
import { codeSpan, escapeCell } from '../text/escape';
import { readTrailers } from '../version/commit-message';
import type { LockState } from '../version/lock-history';
import type { LockEntry } from '../version/version-lock';

/** A service that got the version. `before` is its entry in the version lock until then; undefined if it is new. */
export interface ReleasedEntry {
  readonly service: string;
  readonly entry: LockEntry;
  readonly before?: LockEntry;
}

/** The commit that released a version, and the services that got it. */
export interface FoundRelease {
  /** The commit of the values file. */
  readonly commit: string;
  /** In ms since 1970. */
  readonly committedAt: number;
  /** The run that made the commit; undefined if a person did. */
  readonly run?: string;
  readonly services: readonly ReleasedEntry[];
}

/** `#12` on GitHub, `!12` on GitLab. */
export interface NotedCommit extends Pick<SourceCommit, 'commit' | 'author'> {
  readonly subject: string;
  readonly pullRequest?: string;
}

/** One service in the notes. `built`: its inputs changed. `retagged`: they did not. */
export interface ServiceNotes {
  readonly service: string;
  readonly version: string;
  readonly previousVersion?: string;
  readonly change: 'new' | 'built' | 'retagged';
  readonly commits: readonly NotedCommit[];
}

/** The notes of a release; `pipeline notes --json` prints them. */
export interface ReleaseNotes {
  readonly version: string;
  /** The commit of the values file. */
  readonly commit: string;
  /** ISO 8601. */
  readonly time: string;
  readonly run?: string;
  readonly services: readonly ServiceNotes[];
}

/**
 * Finds the oldest commit that gave services the version, with all services that got it there. A rollback gives no new version. `states`
 * are the newest first. Returns undefined if no service ever got the version.
 */
export function findRelease(states: readonly LockState[], version: string): FoundRelease | undefined {
  const locks = new Map(states.map(({ commit, lock }) => [commit, lock]));
  for (const state of states.toReversed()) {
    const trailers = readTrailers(state.message);
    if (trailers?.rollbackTo !== undefined || trailers?.rollbackOf !== undefined) continue;
    const earlier = state.parents.flatMap((parent) => locks.get(parent) ?? []);
    const services = [...state.lock].flatMap(([service, entry]): readonly ReleasedEntry[] => {
      const known = earlier.map((lock) => lock.get(service));
      if (entry.version !== version || known.some((each) => each?.version === version)) return [];
      const before = known.find((each) => each !== undefined);
      return [{ service, entry, ...(before === undefined ? {} : { before }) }];
    });
    if (services.length > 0) {
      const run = trailers === undefined ? {} : { run: trailers.run };
      return { commit: state.commit, committedAt: state.committedAt, ...run, services };
    }
  }
  return undefined;
}

/** Says how a service came to its version. A rebuild of equal inputs counts as built: its image is another one. Digests of inputs may differ by recipe. */
export function changeOf({ entry, before }: ReleasedEntry): ServiceNotes['change'] {
  if (before === undefined) return 'new';
  return entry.digest === before.digest ? 'retagged' : 'built';
}

/** Returns the commits that change one of the paths, in the order given, each with its pull request if one is named. */
export function notedCommits(commits: readonly SourceCommit[], paths: ReadonlySet<string>): readonly NotedCommit[] {
  const pullRequests = pullRequestsOf(commits);
  return commits
    .filter((each) => each.paths.some((path) => paths.has(path)))
    .map(({ commit, author, message }) => {
      const pullRequest = pullRequests.get(commit);
      return { commit, author, subject: subjectOf(message), ...(pullRequest === undefined ? {} : { pullRequest }) };
    });
}

/** Commits by the pull request that brought them: named by their own subject, or by the merge that is nearest to the branch. */
function pullRequestsOf(commits: readonly SourceCommit[]): ReadonlyMap<string, string> {
  const byId = new Map(commits.map((each) => [each.commit, each]));
  const found = new Map<string, string>();
  for (const { parents, message } of commits) {
    const merged = mergedPullRequest(message);
    if (merged === undefined) continue;
    const [onto = '', ...tips] = parents;
    const known = ancestors(onto, byId);
    for (const tip of tips.flatMap((each) => [...ancestors(each, byId)])) {
      if (!known.has(tip) && !found.has(tip)) found.set(tip, merged);
    }
  }
  for (const { commit, message } of commits) {
    const own = /\((#\d+|!\d+)\)$/.exec(subjectOf(message))?.[1];
    if (own !== undefined) found.set(commit, own);
  }
  return found;
}

/** GitHub writes the number into the subject of a merge, GitLab into its last paragraph. */
function mergedPullRequest(message: string): string | undefined {
  const onGitHub = /^Merge pull request (#\d+) from /.exec(message)?.[1];
  return onGitHub ?? /^See merge request \S*?(!\d+)$/m.exec(message)?.[1];
}

function ancestors(start: string, byId: ReadonlyMap<string, SourceCommit>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const commit = byId.get(next);
    if (commit === undefined || seen.has(next)) continue;
    seen.add(next);
    open.push(...commit.parents);
  }
  return seen;
}

function subjectOf(message: string): string {
  return (message.split('\n', 1)[0] ?? '').trim();
}

/** Returns the notes as Markdown: first what was built or is new, then the retagged services in one line. */
export function printReleaseNotes({ version, commit, time, run, services }: ReleaseNotes): string {
  const changed = services.filter(({ change }) => change !== 'retagged');
  const retagged = services.filter(({ change }) => change === 'retagged');
  const by = run === undefined ? 'by hand' : `by run ${codeSpan(run)}`;
  const lines = [
    `# ${escapeCell(version)}`,
    '',
    `Released ${time.slice(0, 10)} ${by}, commit ${codeSpan(commit.slice(0, 8))}: ${changed.length} built, ${retagged.length} retagged.`,
    ...changed.flatMap(serviceLines),
    ...(retagged.length === 0
      ? []
      : ['', '## Retagged', '', 'The same image as before:', '', ...retagged.map(retaggedLine)]),
  ];
  return `${lines.join('\n')}\n`;
}

function serviceLines({ service, version, previousVersion, change, commits }: ServiceNotes): readonly string[] {
  const since = previousVersion === undefined ? '' : ` since ${escapeCell(previousVersion)}`;
  const none = change === 'new' ? '- first release' : '- rebuilt; no commit of this branch changed its files';
  const listed = commits.map(({ commit, author, subject, pullRequest }) => {
    const origin = pullRequest === undefined ? codeSpan(commit.slice(0, 8)) : pullRequest;
    return `- ${escapeCell(subject)} (${origin}, ${escapeCell(author)})`;
  });
  return [
    '',
    `## ${escapeCell(service)} ${escapeCell(version)}: ${change}${since}`,
    '',
    ...(listed.length === 0 ? [none] : listed),
  ];
}

function retaggedLine({ service, version, previousVersion }: ServiceNotes): string {
  const was = previousVersion === undefined ? '' : `, was ${escapeCell(previousVersion)}`;
  return `- ${escapeCell(service)} ${escapeCell(version)}${was}`;
}
