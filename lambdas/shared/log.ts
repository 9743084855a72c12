/** The logs of the functions: one JSON object per line, with a constant message and the data in fields. */

import { redact } from '../../core/text/redact';

/** The fields of a line. None may contain a secret or the body of a request. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** The longest message of an error in a line; the run's report has all of it. */
const LONGEST_MESSAGE = 1000;

/** Writes a line to standard output. Lambda's console would put text before it, and only pure JSON can be queried by its fields. */
export function logLine(facts: LogFacts): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

/** Runs a step and logs one line about it: step, run, result or error, and seconds. */
export async function logged<Result>(
  step: { readonly step: string; readonly run?: string },
  work: () => Promise<Result>,
  tell: (result: Result) => LogFacts = () => ({}),
): Promise<Result> {
  const start = performance.now();
  const seconds = () => Math.round(performance.now() - start) / 1000;
  try {
    const result = await work();
    logLine({ message: 'step done', ...step, seconds: seconds(), ...tell(result) });
    return result;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    const facts = { error: name, cause: redact(message).slice(0, LONGEST_MESSAGE) };
    logLine({ message: 'step failed', ...step, seconds: seconds(), ...facts });
    throw error;
  }
}
