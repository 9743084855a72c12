/** Goes on with an execution that did not succeed, as Step Functions redrives one: from the state that it was in. */

type Json = Readonly<Record<string, unknown>>;

/** A state of an earlier attempt, with the input that it had then; `count` is how often the execution was redriven, this time included. */
export interface Redrive {
  readonly state: string;
  readonly input: unknown;
  readonly count: number;
}

/**
 * The definition, begun at that state. Its input is put there by a state of its own, since the execution's input stays what it was. Throws
 * if the definition has no such state: only states that lie in no Map or Parallel can be begun at.
 */
export function redriven(definition: Json, redrive: Redrive | undefined): Json {
  if (redrive === undefined) return definition;
  const states = definition.States as Json;
  if (!(redrive.state in states)) throw new Error(`the state machine has no state '${redrive.state}' to go on with`);
  const begin = { Type: 'Pass', Result: redrive.input, Next: redrive.state };
  return { ...definition, StartAt: BEGIN, States: { ...states, [BEGIN]: begin } };
}

const BEGIN = 'Go on';
