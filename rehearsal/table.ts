/** The table of a rehearsal, as Markdown. */

/** A step or a scene that was played. */
export interface Played {
  readonly name: string;
  readonly seconds: number;
  readonly checked: readonly string[];
  /** What was wrong, if it failed. */
  readonly failed?: string;
}

export function printTable(played: readonly Played[]): string {
  const rows = played.map(({ name, seconds, checked, failed }) => {
    const told = failed === undefined ? checked.join('; ') : 'FAILED';
    return `| ${name} | ${seconds.toFixed(1)} | ${told.replaceAll('|', '\\|')} |`;
  });
  const total = played.reduce((sum, { seconds }) => sum + seconds, 0);
  return ['| what | seconds | checked |', '|---|---|---|', ...rows, `| all | ${total.toFixed(1)} | |`].join('\n');
}
