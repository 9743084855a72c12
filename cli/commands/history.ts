/** `pipeline history` and `pipeline notes`: where versions came from, and what changed between them. From git alone. */
import type { Command } from 'commander';
import { printReleaseNotes } from '../../core/report/release-notes';
import type { VersionEvent } from '../../core/version/lock-history';
import { type NotesOptions, readReleaseNotes } from '../../local/planning/release-notes';
import { type HistoryOptions, readVersionHistory } from '../../local/planning/version-history';
import { CATALOG, type CommandContext, JSON_OUT, REPO, ref } from '../context';
import { printJson, printLine, table } from '../output/print';

interface HistoryArguments extends Omit<HistoryOptions, 'service'> {
  readonly json: boolean;
}

/** Adds options and action of `history`. */
export function configureHistory(command: Command, context: CommandContext): void {
  command
    .argument('[service]', 'one service; default: all')
    .option(...REPO)
    .option(...ref())
    .option(...JSON_OUT)
    .action((service: string | undefined, options: HistoryArguments) => printHistory(service, options, context));
}

interface NotesArguments extends Omit<NotesOptions, 'version'> {
  readonly json: boolean;
}

/** Adds options and action of `notes`. Prints Markdown, or with `--json` a `ReleaseNotes`. */
export function configureNotes(command: Command, { stdout }: CommandContext): void {
  command
    .argument('<version>', 'the version, such as v1.4.0')
    .option(...REPO)
    .option(...ref())
    .option('--lock <file>', 'the version lock, if several environments have the version')
    .option(...CATALOG)
    .option(...JSON_OUT)
    .action(async (version: string, { json, ...options }: NotesArguments) => {
      const found = await readReleaseNotes({ ...options, version });
      if (json) printJson(stdout, found);
      else printLine(stdout, printReleaseNotes(found).trimEnd());
    });
}

/** Prints one row for each time that a service got a version, the newest first. */
async function printHistory(
  service: string | undefined,
  { json, ...options }: HistoryArguments,
  { stdout }: CommandContext,
): Promise<void> {
  const histories = await readVersionHistory({ ...options, ...(service === undefined ? {} : { service }) });
  if (json) {
    const versions = histories.flatMap(({ lock, versions }) =>
      versions.map(({ committedAt, ...event }) => ({ ...event, time: timeOf(committedAt), lock })),
    );
    printJson(stdout, { versions });
    return;
  }
  for (const { lock, versions } of histories) {
    printLine(stdout, `${histories.length > 1 ? `\n${lock}\n` : ''}${table(HEADERS, versions.map(row))}`);
  }
}

const HEADERS = ['time', 'service', 'version', 'digest', 'source', 'commit', 'run'];

function row(event: VersionEvent): readonly string[] {
  const { service, version, digest, source, commit, committedAt, run, rollbackTo, rollbackOf } = event;
  const by = run ?? 'by hand';
  return [
    timeOf(committedAt).slice(0, 16).replace('T', ' '),
    service,
    version,
    digest.slice('sha256:'.length, 19),
    source.slice(0, 8),
    commit.slice(0, 8),
    `${by}${rollbackTo === undefined ? '' : `, back to ${rollbackTo}`}${rollbackOf === undefined ? '' : `, undoes ${rollbackOf}`}`,
  ];
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, 'Z');
}
