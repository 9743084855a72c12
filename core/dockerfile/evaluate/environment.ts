import type { ArgInstruction, EnvInstruction } from '../instruction';
import { type Expanded, expandVariables } from '../shell/shell-lexer';

/** Values by name; null where only the build knows the value. */
export type Values = ReadonlyMap<string, string | null>;

/** The state of expansion in one Dockerfile: its escape character, and the budget that is left for its variables. */
export interface WordSyntax {
  readonly escapeMark: string;
  readonly budget: { left: number };
}

/** The variables of a stage, or of the whole file, at one instruction of a Dockerfile. */
export class Environment {
  readonly values: Map<string, string | null>;
  /** False if a base image may have set variables that are not listed. */
  readonly complete: boolean;
  private readonly syntax: WordSyntax;

  constructor(values: Iterable<readonly [string, string | null]>, complete: boolean, syntax: WordSyntax) {
    this.values = new Map(values);
    this.complete = complete;
    this.syntax = syntax;
  }

  /** Expands a word of an instruction. */
  expand(word: string): Expanded {
    if (!/[$\\`'"]/.test(word)) return { text: word, words: [word], unknown: [], unset: [] };
    return expandVariables(word, { ...this.syntax, lookup: (name) => this.get(name) });
  }

  /** Returns the value; undefined if it is not set, null if it is not known. */
  get(name: string): string | undefined | null {
    const value = this.values.get(name);
    return value === undefined && !this.complete ? null : value;
  }

  /** Applies `ENV` and returns what it sets. All its values see the variables as they were before the instruction. */
  applyEnv({ pairs }: EnvInstruction): readonly (readonly [string, string | null])[] {
    const set = pairs.map(({ name, value }) => [this.expand(name).text, this.expandOrNull(value)] as const);
    for (const [name, value] of set) this.values.set(name, value);
    return set;
  }

  /** Applies `ARG`: a build argument wins, then the default, then the inherited value. */
  applyArg({ args }: ArgInstruction, buildArgs: Readonly<Record<string, string>>, inherited: Values): void {
    for (const { name, value } of args) {
      const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
      const found = given ?? (value === undefined ? inherited.get(name) : this.expandOrNull(value));
      if (found !== undefined) this.values.set(name, found);
    }
  }

  copy(): Environment {
    return new Environment(this.values, this.complete, this.syntax);
  }

  private expandOrNull(word: string): string | null {
    const { text, unknown } = this.expand(word);
    return unknown.length > 0 ? null : text;
  }
}
