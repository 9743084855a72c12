/** Makes `TimeoutSecondsPath` mean the same to the interpreter as to Step Functions. */

type Json = Readonly<Record<string, unknown>>;

/**
 * The definition with every `TimeoutSecondsPath` turned to where the task's parameters hold the same value: the interpreter looks for it
 * in the parameters, Step Functions in the state's input. Throws if the parameters do not have it.
 */
export function withTimeoutPaths(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimeoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTimeoutPaths(each)]));
  const { TimeoutSecondsPath: wanted, Parameters } = inner;
  if (typeof wanted !== 'string') return inner;
  const there = placeOf(wanted, Parameters as Json | undefined);
  if (there === undefined) throw new Error(`a task waits for ${wanted}, which its parameters do not have`);
  return { ...inner, TimeoutSecondsPath: `$.${there}` };
}

/** Dotted path of the parameter that takes its value from the path. */
function placeOf(path: string, parameters: Json | undefined): string | undefined {
  for (const [key, value] of Object.entries(parameters ?? {})) {
    if (key.endsWith('.$') && value === path) return key.slice(0, -'.$'.length);
    const below = typeof value === 'object' && value !== null ? placeOf(path, value as Json) : undefined;
    if (below !== undefined) return `${key}.${below}`;
  }
  return undefined;
}
