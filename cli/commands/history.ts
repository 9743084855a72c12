/** `pipeline history` and `pipeline notes`: where versions came from, and what changed between them. From git alone. */
import { printReleaseNotes } from '../../core/report/release-notes';
import type { VersionEvent } from '../../core/version/lock-history';
import { type NotesOptions, readReleaseNotes } from '../../local/planning/release-notes';
import { type HistoryOptions, readVersionHistory } from '../../local/planning/version-history';
import type { CommandContext } from '../context';
import { printLine, table } from '../output/print';

/** Prints one row for each time that a service got a version, the newest first. Exit code 0; bad input throws. */
export async function history(
  service: string | undefined,
  options: Omit<HistoryOptions, 'service'> & { readonly json: boolean },
  { stdout }: CommandContext,
): Promise<number> {
  const histories = await readVersionHistory({ ...options, ...(service === undefined ? {} : { service }) });
  if (options.json) {
    const versions = histories.flatMap(({ lock, versions }) =>
      versions.map(({ committedAt, ...event }) => ({ ...event, time: timeOf(committedAt), lock })),
    );
    printLine(stdout, JSON.stringify({ versions }, null, 2));
    return 0;
  }
  for (const { lock, versions } of histories) {
    printLine(stdout, `${histories.length > 1 ? `\n${lock}\n` : ''}${table(HEADERS, versions.map(row))}`);
  }
  return 0;
}

/** Prints Markdown, or with `json` a `ReleaseNotes`. Exit code 0; bad input throws. */
export async function notes(
  version: string,
  { json, ...options }: Omit<NotesOptions, 'version'> & { readonly json: boolean },
  { stdout }: CommandContext,
): Promise<number> {
  const found = await readReleaseNotes({ ...options, version });
  printLine(stdout, json ? JSON.stringify(found, null, 2) : printReleaseNotes(found).trimEnd());
  return 0;
}

const HEADERS = ['time', 'service', 'version', 'digest', 'source', 'commit', 'run'];

function row(event: VersionEvent): readonly string[] {
  const { service, version, digest, source, commit, committedAt, run, rollbackTo } = event;
  const by = run ?? 'by hand';
  return [
    timeOf(committedAt).slice(0, 16).replace('T', ' '),
    service,
    version,
    digest.slice('sha256:'.length, 19),
    source.slice(0, 8),
    commit.slice(0, 8),
    rollbackTo === undefined ? by : `${by}, back to ${rollbackTo}`,
  ];
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, 'Z');
}
