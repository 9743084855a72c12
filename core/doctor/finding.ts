/** What `pipeline doctor` says of one thing that it looked at. */

/** `later`: it cannot be looked at yet; nothing is wrong so far. */
export const FINDING_STATES = ['ok', 'problem', 'later'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** One finding. No text holds a secret. */
export interface Finding {
  /** What was looked at: `git permissions`. */
  readonly check: string;
  readonly state: FindingState;
  readonly text: string;
  /** The exact command or request that fixes it, or with which the check can be made. */
  readonly fix?: string;
}

export function ok(check: string, text: string): Finding {
  return { check, state: 'ok', text };
}

export function problem(check: string, text: string, fix: string): Finding {
  return { check, state: 'problem', text, fix };
}

export function later(check: string, text: string, fix?: string): Finding {
  return { check, state: 'later', text, ...(fix === undefined ? {} : { fix }) };
}
