/** Tables of the reference. */

/** A column: its title, and its text for a row. */
export type Column<Row> = readonly [string, (row: Row) => string];

/** Returns a table in Markdown. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const head = `${line(columns.map(([title]) => title))}|${'---|'.repeat(columns.length)}\n`;
  return `${head}${rows.map((row) => line(columns.map(([, read]) => read(row)))).join('')}`;
}
