/** What the functions write to their logs: one JSON object a line, with a message that stays the same and the data in fields. */

/** Fields of a line. None may hold a secret or a request's body. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** An error's message in a line; all of it is in the run's report. */
const LONGEST_MESSAGE = 1000;

/** Writes past Lambda's console, which would put text before the line: only a line that is JSON can be asked for by its fields. */
export function logLine(facts: LogFacts): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

/** Carries out a step, and logs one line about it: which step, of which run, how it ended, and after how many seconds. */
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
    const facts = { error: name, cause: message.slice(0, LONGEST_MESSAGE) };
    logLine({ message: 'step failed', ...step, seconds: seconds(), ...facts });
    throw error;
  }
}
