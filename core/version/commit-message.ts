/** The message of the commit that updates the values file: a subject, the list of services, and trailers for programs. */
import type { ReleasedService, ReleaseRecord } from '../contract/release';
import type { ValuesChange } from '../values/values-edit';

/** git and git hosts cut longer subjects in their lists. */
const LONGEST_SUBJECT = 72;

/** Returns the message of a release and of the changes that it makes in the values file. */
export function commitMessage(release: ReleaseRecord, changes: readonly ValuesChange[]): string {
  const services = [...release.services].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = [
    subject(release, services),
    services.map(({ name, version, digest }) => `- ${name} ${version} (${digest.slice(0, 19)})`).join('\n'),
    section('Also follow the platform version:', changes, 'along'),
    section('Keep their version, as no released service is there:', changes, 'pinned'),
    release.rollbackOf?.reason === undefined ? '' : `Reason: ${release.rollbackOf.reason}`,
    printTrailers({ run: release.run, source: release.commit, ...rollbackOf(release) }),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function subject(release: ReleaseRecord, services: readonly ReleasedService[]): string {
  const count = `${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  const [only, ...others] = services;
  const what = only === undefined || others.length > 0 ? count : only.name;
  if (release.rollbackOf !== undefined) return cut(`rollback of ${release.rollbackOf.run}: ${what}`);
  if (release.rollbackTo !== undefined) return cut(`rollback to ${release.rollbackTo}: ${what}`);
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

function section(title: string, changes: readonly ValuesChange[], how: ValuesChange['how']): string {
  const lines = changes.filter((change) => change.how === how).map(({ path, after }) => `- ${path} ${after}`);
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}

function cut(text: string): string {
  return text.length <= LONGEST_SUBJECT ? text : `${text.slice(0, LONGEST_SUBJECT - 3)}...`;
}

/** The metadata of a commit that a run made, in git trailers. */
interface CommitMetadata {
  readonly run: string;
  /** The commit that the run was planned at. */
  readonly source: string;
  /** The release that a rollback restored. Only such a commit may take the source of a service back. */
  readonly rollbackTo?: string;
  /** The run that a rollback undid. Likewise. */
  readonly rollbackOf?: string;
}

const TRAILERS = /\n\nRun-Id: (\S+)\nSource: ([0-9a-f]{40})(?:\nRollback-To: (\S+))?(?:\nRollback-Of: (\S+))?\s*$/;

function rollbackOf({
  rollbackTo,
  rollbackOf: undone,
}: ReleaseRecord): Pick<CommitMetadata, 'rollbackTo' | 'rollbackOf'> {
  return {
    ...(rollbackTo === undefined ? {} : { rollbackTo }),
    ...(undone === undefined ? {} : { rollbackOf: undone.run }),
  };
}

/** Prints the metadata as the last paragraph of a message, without a line end. */
export function printTrailers({ run, source, rollbackTo, rollbackOf: undone }: CommitMetadata): string {
  const to = rollbackTo === undefined ? '' : `\nRollback-To: ${rollbackTo}`;
  const of = undone === undefined ? '' : `\nRollback-Of: ${undone}`;
  return `Run-Id: ${run}\nSource: ${source}${to}${of}`;
}

/** Reads the metadata at the end of a message. Returns undefined for a commit that no run made. */
export function readTrailers(message: string): CommitMetadata | undefined {
  const [, run, source, rollbackTo, undone] = TRAILERS.exec(message) ?? [];
  if (run === undefined || source === undefined) return undefined;
  return {
    run,
    source,
    ...(rollbackTo === undefined ? {} : { rollbackTo }),
    ...(undone === undefined ? {} : { rollbackOf: undone }),
  };
}
