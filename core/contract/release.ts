/**
 * READ FIRST. Every payload that crosses a process, in flow order, and the names that two worlds share.
 * State machine payloads stay small (262,144 bytes is Step Functions' hard limit); the full plan, the release record and
 * the report lie in the object store under the keys made by `objectKeys`. What starts a run is in `run-input.ts`,
 * what is said of base images in `build-facts.ts`, what the states of one job pass on in `job-contract.ts`, the
 * approval in `approval-contract.ts`, how a run ends that failed in
 * `run-end.ts`.
 */
import type { BuildFacts } from './image';
import type { NestedOutcomes } from './job';
import type { Action } from './run-input';

// ------------------------------------------------------------------------------------------------------ 3. the release
/** `builds` is as the state machine leaves it: outcomes in arrays nested as Parallel and Map nest them. */
export interface ReleaseRequest {
  readonly run: string;
  readonly builds: NestedOutcomes;
}

/** One service with its version. `digest` is the manifest's (`sha256:...`), `source` the commit that its image was planned at. */
export interface ReleasedService extends BuildFacts {
  readonly name: string;
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly inputDigest: string;
  readonly source: string;
  readonly values: readonly string[];
  readonly followsPlatform: boolean;
}

/** The release record, stored under `objectKeys.release(run)`. */
export interface ReleaseRecord {
  readonly schema: 1;
  readonly run: string;
  readonly action: Action;
  readonly commit: string;
  readonly ref: string;
  readonly environment: string;
  readonly platformVersion?: string;
  readonly rollbackTo?: string;
  readonly services: readonly ReleasedService[];
}

/** What the release step returns to the state machine. */
export interface ReleaseResult {
  readonly tagged: number;
}

// ------------------------------------------------------------------------------------------------------- 4. the commit
export interface CommitRequest {
  readonly run: string;
}

/** `commit` is the one that moved the values file, or null if every byte was already as it should be. */
export interface CommitResult {
  readonly commit: string | null;
  readonly changes: number;
  /** Services left as they are because the branch already holds a newer release of them. */
  readonly superseded: readonly string[];
}

// What the approval step is asked, and what it leaves for the person who answers. Between the builds and the release.

/** What the state machine hands to the approval step: `token` lets whoever has it answer for the waiting state. */
export interface ApprovalRequest {
  readonly run: string;
  readonly token: string;
  readonly seconds: number;
  readonly builds: NestedOutcomes;
}

/** The question, stored under `objectKeys.approval(run)` for `pipeline approve` and `pipeline reject`. */
export interface Approval {
  readonly schema: 1;
  readonly run: string;
  readonly token: string;
  /** ISO 8601; no answer until then means no. */
  readonly until: string;
}

/** The answer on one machine, stored under `objectKeys.answer(run)`; in AWS it goes to the state machine itself. */
export interface ApprovalAnswer {
  readonly approved: boolean;
  readonly reason?: string;
}
