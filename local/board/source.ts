/** The source of a board: runs of a home or of a deployed stack, and a repository on disk. */

import type { BoardPlace } from '../../core/board/actions';
import type { RunRecords } from '../../core/board/run-header';
import type { RunLinks } from '../../core/board/run-view';
import type { BuildOutcome } from '../../core/contract/job';
import type { Settings } from '../../core/settings/schema';

/** The state of a run's records: `token` differs when any of them does. `at` is the last change, in ms since 1970. */
export interface RunStamp {
  readonly token: string;
  readonly at: number;
}

/** The stored runs. */
export interface StoredRuns {
  /** Returns the names of all runs, in any order. */
  names(): Promise<readonly string[]>;
  /** Returns what tells a change of the run. Never throws. */
  stamp(run: string): Promise<RunStamp>;
  /** Reads what a list needs: the report of a run that has ended, otherwise whatever there is. */
  readHeader(run: string): Promise<RunRecords>;
  /** Reads all records. Returns undefined if there is no such run. */
  readAll(run: string): Promise<RunRecords | undefined>;
}

export interface BoardSource {
  /** Shown on every page. */
  readonly title: string;
  readonly place: BoardPlace;
  readonly runs: StoredRuns;
  /** Undefined if they cannot be read; then `problem` says why. */
  readonly settings: Settings | undefined;
  /** A repository on disk, bare or a clone. Undefined if none is named. */
  readonly repository: string | undefined;
  /** The repository on disk with the values files, if the settings name one. */
  readonly valuesRepository: string | undefined;
  readonly problems: readonly string[];
  /** Returns the end of a job's log, or undefined. */
  readLog(outcome: BuildOutcome): Promise<string | undefined>;
  linksOf(records: RunRecords): RunLinks;
  /** Stops or redrives an execution. Throws errors of the outside world. */
  act(action: 'stop' | 'redrive', arn: string): Promise<void>;
}
