/**
 * Expands variables and removes quotes as Docker does for the words of an instruction. The rules are BuildKit's
 * (`frontend/dockerfile/shell`), which are near to but not those of a POSIX shell.
 */
import { WordReader } from './word-reader';

/** A variable's value: text, undefined if it is not set, null if only the build can know (a base image may set it). */
export type Lookup = (name: string) => string | undefined | null;

export interface ExpandOptions {
  /** The Dockerfile's escape character. */
  readonly escapeMark: string;
  readonly lookup: Lookup;
  /** Keeps quotes and escapes in the result; used to find heredocs. */
  readonly raw?: { readonly quotes: boolean; readonly escapes: boolean };
}

export interface Expanded {
  readonly text: string;
  /** The text split at white space that is not quoted. */
  readonly words: readonly string[];
  /** Variables that decide about the text and whose value is not known. */
  readonly unknown: readonly string[];
  /** Variables that are not set and stand for nothing therefore. */
  readonly unset: readonly string[];
}

/** Expands a text. Throws `DockerfileError` where Docker would: open quotes, bad substitutions, `${x?message}`. */
export function expandWord(text: string, options: ExpandOptions): Expanded {
  const reader = new WordReader(text, options);
  const { result, words } = reader.readUntil(undefined, options.raw?.escapes ?? false);
  return { text: result, words, unknown: [...reader.unknown], unset: [...reader.unset] };
}
