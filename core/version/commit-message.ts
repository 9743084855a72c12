/** The message of the commit that moves the values file: readable in one line, complete in the body, exact in its trailers. */
import type { ReleasedService, ReleaseRecord } from '../contract/release';
import type { ValuesChange } from '../values/values-edit';

/** What a commit message is made of. */
interface ReleaseCommit {
  readonly release: ReleaseRecord;
  readonly changes: readonly ValuesChange[];
}

/** git and its hosts cut longer subjects in their lists. */
const LONGEST_SUBJECT = 72;

/** Subject of at most 72 characters, a list of the services and of what else moves, the trailers of `commit-trailers.ts`. */
export function commitMessage({ release, changes }: ReleaseCommit): string {
  const services = [...release.services].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = [
    subject(release, services),
    services.map(({ name, version, digest }) => `- ${name} ${version} (${digest.slice(0, 19)})`).join('\n'),
    section('Also follow the platform version:', changes, 'along'),
    section('Keep their version, as no released service is there:', changes, 'pinned'),
    printTrailers({ run: release.run, source: release.commit, rollbackTo: release.rollbackTo }),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function subject(release: ReleaseRecord, services: readonly ReleasedService[]): string {
  const count = `${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  if (release.rollbackTo !== undefined) return cut(`rollback to ${release.rollbackTo}: ${namedOr(services, count)}`);
  if (release.platformVersion !== undefined) return cut(`${release.action} ${release.platformVersion}: ${count}`);
  const kind = release.action === 'push' ? 'dev' : release.action;
  const named = services.map(({ name, version }) => `${name} ${version}`);
  const all = `${kind}: ${named.join(', ')}`;
  if (all.length <= LONGEST_SUBJECT) return all;
  for (let shown = named.length - 1; shown > 0; shown -= 1) {
    const some = `${kind}: ${named.slice(0, shown).join(', ')}, ... (${count})`;
    if (some.length <= LONGEST_SUBJECT) return some;
  }
  return cut(`${kind}: ${count}`);
}

/** One service by its name, more by their number. */
function namedOr(services: readonly ReleasedService[], count: string): string {
  const [only, ...others] = services;
  return only !== undefined && others.length === 0 ? only.name : count;
}

function section(title: string, changes: readonly ValuesChange[], how: ValuesChange['how']): string {
  const lines = changes.filter((change) => change.how === how).map(({ path, after }) => `- ${path} ${after}`);
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}

function cut(text: string): string {
  return text.length <= LONGEST_SUBJECT ? text : `${text.slice(0, LONGEST_SUBJECT - 3)}...`;
}

// The trailers of our commits: what makes a commit of ours known, and tells which run made it, of what.

/** What the last paragraph of a commit message of ours says. */
interface CommitTrailers {
  readonly run: string;
  /** The commit that the run was planned at. */
  readonly source: string;
  /** The release that a rollback went back to. Only such a commit may take the source of a service back. */
  readonly rollbackTo?: string;
}

const TRAILERS = /\n\nRun-Id: (\S+)\nSource: ([0-9a-f]{40})(?:\nRollback-To: (\S+))?\s*$/;

/** The paragraph, without a line end behind it. */
export function printTrailers({ run, source, rollbackTo }: CommitTrailers): string {
  return `Run-Id: ${run}\nSource: ${source}${rollbackTo === undefined ? '' : `\nRollback-To: ${rollbackTo}`}`;
}

/** Reads what `printTrailers` wrote at the end of a message; undefined if the message ends otherwise. */
export function readTrailers(message: string): CommitTrailers | undefined {
  const [, run, source, rollbackTo] = TRAILERS.exec(message) ?? [];
  if (run === undefined || source === undefined) return undefined;
  return { run, source, ...(rollbackTo === undefined ? {} : { rollbackTo }) };
}
