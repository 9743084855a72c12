/** Words of a POSIX shell, for commands that a person may paste. */

/** Returns a word that stands for exactly this text: plain where a shell takes it as it is, in single quotes otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns one command line of these words. */
export function shellCommand(...words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
