/** The findings of `pipeline doctor`. */

/** `later`: it cannot be checked yet; nothing is wrong so far. */
const FINDING_STATES = ['ok', 'problem', 'later'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** One finding. No text contains a secret. */
export interface Finding {
  /** The name of the check: `git permissions`. */
  readonly check: string;
  readonly state: FindingState;
  readonly text: string;
  /** The exact command or request that fixes the problem, or makes the check possible. */
  readonly fix?: string;
}

/** Returns a finding that all is well. */
export function ok(check: string, text: string): Finding {
  return { check, state: 'ok', text };
}

/** Returns a finding of a problem, with the command that fixes it. */
export function problem(check: string, text: string, fix: string): Finding {
  return { check, state: 'problem', text, fix };
}

/** Returns a finding about something that cannot be checked yet. */
export function later(check: string, text: string, fix?: string): Finding {
  return { check, state: 'later', text, ...(fix === undefined ? {} : { fix }) };
}
