/** The message of the commit that updates the values file: a subject, the list of services, and trailers for programs. */
import type { ReleasedService, ReleaseRecord } from '../contract/release';
import { ONLY_ENVIRONMENT } from '../contract/run-input';
import type { ValuesChange } from '../values/values-edit';

/** git and git hosts cut longer subjects in their lists. */
const LONGEST_SUBJECT = 72;

/** Returns the message of a release and of the changes that it makes. `link` leads to the source commit, if that is in another repository. */
export function commitMessage(release: ReleaseRecord, changes: readonly ValuesChange[], link?: string): string {
  const services = [...release.services].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { run, commit: source, rollbackTo, rollbackOf, environment, startedBy, approval } = release;
  const parts = [
    subject(release, services),
    services.map(({ name, version, digest }) => `- ${name} ${version} (${digest.slice(0, 19)})`).join('\n'),
    section('Also follow the platform version:', changes, 'along'),
    section('Keep their version, as no released service is there:', changes, 'pinned'),
    release.rollbackOf?.reason === undefined ? '' : `Reason: ${release.rollbackOf.reason}`,
    link === undefined ? '' : `Planned at ${link}`,
    printTrailers({
      run,
      source,
      rollbackTo,
      rollbackOf: rollbackOf?.run,
      environment: isNamed(environment) ? environment : undefined,
      startedBy,
      approvedBy: approval?.by,
      approvalComment: approval?.comment,
    }),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The subject names action, version, environment and person, as far as they are known and fit, then the services. */
function subject(release: ReleaseRecord, services: readonly ReleasedService[]): string {
  const count = `${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  const { action, platformVersion, rollbackTo, rollbackOf } = release;
  const where = whereText(release);
  const [only, ...others] = services;
  const what = only === undefined || others.length > 0 ? count : only.name;
  if (rollbackOf !== undefined) return cut(`rollback of ${rollbackOf.run}${where}: ${what}`);
  if (rollbackTo !== undefined) return cut(`rollback to ${rollbackTo}${where}: ${what}`);
  if (platformVersion !== undefined) return cut(`${action} ${platformVersion}${where}: ${count}`);
  const kind = action === 'push' && where === '' ? 'dev' : `${action}${where}`;
  const named = services.map(({ name, version }) => `${name} ${version}`);
  const all = `${kind}: ${named.join(', ')}`;
  if (all.length <= LONGEST_SUBJECT) return all;
  for (let shown = named.length - 1; shown > 0; shown -= 1) {
    const some = `${kind}: ${named.slice(0, shown).join(', ')}, ... (${count})`;
    if (some.length <= LONGEST_SUBJECT) return some;
  }
  return cut(`${kind}: ${count}`);
}

/** The most characters of a person's name in a subject. The trailer has the whole one. */
const LONGEST_NAME = 20;

/** The environment that a run writes, and the starter of the run. */
export interface RunPlace {
  readonly action: string;
  readonly environment?: string | undefined;
  readonly startedBy?: string | undefined;
}

/**
 * Returns ` to production by alice`, or as much of it as is known. An environment that the settings do not name is left out. A rollback
 * has ` in `, because ` to ` belongs to its version.
 */
export function whereText({ action, environment, startedBy }: RunPlace): string {
  const word = action === 'rollback' ? 'in' : 'to';
  const to = isNamed(environment) ? ` ${word} ${environment}` : '';
  return `${to}${startedBy === undefined ? '' : ` by ${shortActor(startedBy)}`}`;
}

/** Returns the name of a person: the last part of an ARN, and a name without `git:`. */
function shortActor(actor: string): string {
  const name = actor.slice(actor.lastIndexOf('/') + 1).replace(/^git:/, '');
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 3)}...`;
}

function isNamed(environment: string | undefined): environment is string {
  return environment !== undefined && environment !== ONLY_ENVIRONMENT;
}

function section(title: string, changes: readonly ValuesChange[], how: ValuesChange['how']): string {
  const lines = changes.filter((change) => change.how === how).map(({ path, after }) => `- ${path} ${after}`);
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}

function cut(text: string): string {
  return text.length <= LONGEST_SUBJECT ? text : `${text.slice(0, LONGEST_SUBJECT - 3)}...`;
}

/** The metadata of a commit that a run made, in git trailers. Texts have one line each. */
interface CommitMetadata extends Readonly<Partial<Record<(typeof OPTIONAL)[number][0], string>>> {
  readonly run: string;
  /** The commit that the run was planned at. */
  readonly source: string;
}

/** The optional trailers, in their order in a message. */
const OPTIONAL = [
  // The release that a rollback restored, or the run that it undid. Only such a commit may take the source of a service back.
  ['rollbackTo', 'Rollback-To'],
  ['rollbackOf', 'Rollback-Of'],
  ['environment', 'Environment'],
  ['startedBy', 'Started-By'],
  ['approvedBy', 'Approved-By'],
  ['approvalComment', 'Approval-Comment'],
] as const;

/** What git hosts add below the message of a squashed pull request: a line, and paragraphs with trailers of their own. */
const ADDED = '(?:\\n\\n+(?:-{3,}|(?:[A-Z][A-Za-z-]*: [^\\n]+\\n?)+|See merge request [^\\n]+))*';

const TRAILERS = new RegExp(
  `\\n\\nRun-Id: (\\S+)\\nSource: ([0-9a-f]{40})${OPTIONAL.map(([, key]) => `(?:\\n${key}: ([^\\n]+))?`).join('')}${ADDED}\\s*$`,
);

/** Prints the metadata as the last paragraph of a message, without a line end. */
export function printTrailers(metadata: CommitMetadata): string {
  const optional = OPTIONAL.flatMap(([field, key]) => {
    const text = metadata[field]?.replace(/\s+/g, ' ').trim() ?? '';
    return text === '' ? [] : [`${key}: ${text}`];
  });
  return [`Run-Id: ${metadata.run}`, `Source: ${metadata.source}`, ...optional].join('\n');
}

/** Reads the metadata at the end of a message. Returns undefined for a commit that no run made. */
export function readTrailers(message: string): CommitMetadata | undefined {
  const [, run, source, ...optional] = TRAILERS.exec(message.replaceAll('\r\n', '\n')) ?? [];
  if (run === undefined || source === undefined) return undefined;
  const known = OPTIONAL.flatMap(([field], index) => {
    const text = optional[index]?.trim();
    return text === undefined ? [] : [[field, text]];
  });
  return { run, source, ...Object.fromEntries(known) };
}

/** Marks the title of a run's pull request. A person who merges it may keep nothing else of its message. */
export function runMark(run: string): string {
  return `[run ${run}]`;
}

const RUN_MARK = /\[run ([A-Za-z0-9_-]{1,80})\]/;

/** A commit that takes another one back quotes the title of that one. */
const REVERT = /^(Revert|Reapply)\b/;

/** Returns the run that a commit comes from: by its trailers, or by the mark in the title of its pull request. It informs and proves nothing. */
export function runOf(message: string): string | undefined {
  return readTrailers(message)?.run ?? (REVERT.test(message) ? undefined : RUN_MARK.exec(message)?.[1]);
}
