/** Flags of instructions: which exist, which take a value, which may be repeated. */
import { DockerfileError } from './dockerfile-error';

export type FlagKind = 'boolean' | 'value' | 'values';

export interface Flags {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** As written. */
  readonly unknown: readonly string[];
}

/**
 * Sorts flags by name; the value of a boolean flag is `true` or `false`. New releases of Docker bring new flags, so one that is
 * not known is reported and not an error. Throws `DockerfileError` for a repeated flag or one without its value.
 */
export function readFlags(written: readonly string[], known: Readonly<Record<string, FlagKind>>): Flags {
  const values = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const flag of written) {
    const at = flag.indexOf('=');
    const name = flag.slice(2, at < 0 ? undefined : at);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    const before = values.get(name);
    if (kind === undefined) unknown.push(flag);
    else if (before !== undefined && kind !== 'values') throw new DockerfileError(`duplicate flag --${name}`);
    else values.set(name, [...(before ?? []), flagValue(name, at < 0 ? undefined : flag.slice(at + 1), kind)]);
  }
  return { values, unknown };
}

function flagValue(name: string, value: string | undefined, kind: FlagKind): string {
  if (kind !== 'boolean') {
    if (value === undefined) throw new DockerfileError(`missing a value on flag --${name}`);
    return value;
  }
  const lower = value?.toLowerCase() ?? 'true';
  if (lower !== 'true' && lower !== 'false')
    throw new DockerfileError(`--${name} must be true or false, not '${value}'`);
  return lower;
}
