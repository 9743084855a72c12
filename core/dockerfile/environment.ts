/** Variables of a stage or of the whole file while a Dockerfile is walked through. */
import { type Expanded, expandWord } from './expand-variables';
import type { ArgInstruction, EnvInstruction } from './instruction';

/** Values by name; null where only the build knows the value. */
export type Values = ReadonlyMap<string, string | null>;

/** The variables at one place of a Dockerfile. */
export class Environment {
  private readonly values: Map<string, string | null>;
  /** False if variables that are not listed may be set nevertheless, by a base image. */
  readonly complete: boolean;
  private readonly escapeMark: string;

  constructor(values: Iterable<readonly [string, string | null]>, complete: boolean, escapeMark: string) {
    this.values = new Map(values);
    this.complete = complete;
    this.escapeMark = escapeMark;
  }

  /** Expands a word of an instruction. */
  expand(word: string): Expanded {
    if (!/[$\\`'"]/.test(word)) return { text: word, words: [word], unknown: [], unset: [] };
    return expandWord(word, { escapeMark: this.escapeMark, lookup: (name) => this.get(name) });
  }

  /** The value, undefined if not set, null if not known. */
  get(name: string): string | undefined | null {
    const value = this.values.get(name);
    return value === undefined && !this.complete ? null : value;
  }

  set(name: string, value: string | null): void {
    this.values.set(name, value);
  }

  /** `ENV`: all values see the variables as they were before the instruction. Returns what was set. */
  applyEnv({ pairs }: EnvInstruction): readonly (readonly [string, string | null])[] {
    const set = pairs.map(({ name, value }) => [this.expand(name).text, this.expandOrNull(value)] as const);
    for (const [name, value] of set) this.set(name, value);
    return set;
  }

  /** `ARG`, in order: a build argument wins, then the default, then what `inherited` says. */
  applyArg({ args }: ArgInstruction, buildArgs: Readonly<Record<string, string>>, inherited: Values): void {
    for (const { name, value } of args) {
      const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
      const found = given ?? (value === undefined ? inherited.get(name) : this.expandOrNull(value));
      if (found !== undefined) this.set(name, found);
    }
  }

  copy(): Environment {
    return new Environment(this.values, this.complete, this.escapeMark);
  }

  entries(): Values {
    return this.values;
  }

  private expandOrNull(word: string): string | null {
    const { text, unknown } = this.expand(word);
    return unknown.length > 0 ? null : text;
  }
}
