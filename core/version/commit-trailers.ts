/** The trailers of our commits: what makes a commit of ours known, and tells which run made it, of what. */

/** What the last paragraph of a commit message of ours says. */
export interface CommitTrailers {
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
