/** Recognises heredocs (`COPY <<EOF /etc/motd`): their bodies are text of the Dockerfile, not files. */
import { expandWord } from './expand-word';

export interface Heredoc {
  readonly name: string;
  /** `<<-`: tabs at the start of lines are dropped, also before the terminator. */
  readonly chomp: boolean;
}

const HEREDOC = /^\d*<<(-?)[\t\n\f\r ]*([^<]*)$/;
const nothing = () => undefined;

/** The heredoc that a word opens, or undefined if the word is no heredoc. Throws `DockerfileError` on open quotes. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const match = HEREDOC.exec(word);
  const rest = match?.[2] ?? '';
  if (rest === '') return undefined;
  const { words } = expandWord(rest, { escapeMark: '\\', lookup: nothing, raw: { quotes: false, escapes: false } });
  const [name] = words;
  return words.length === 1 && name !== undefined ? { name, chomp: match?.[1] === '-' } : undefined;
}

/** All heredocs that an instruction opens, in order. A line that cannot be split into words opens none. */
export function findHeredocs(line: string): readonly Heredoc[] {
  return splitQuoted(line)
    .map(parseHeredoc)
    .filter((heredoc) => heredoc !== undefined);
}

function splitQuoted(line: string): readonly string[] {
  try {
    return expandWord(line, { escapeMark: '\\', lookup: nothing, raw: { quotes: true, escapes: true } }).words;
  } catch {
    return [];
  }
}
