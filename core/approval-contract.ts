/** What the approval step is asked, and what it leaves for the person who answers. Between the builds and the release. */
import type { NestedOutcomes } from './contract';

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
