/** The table of figures: every bench has its rows, and each row says when, what, how much, how much was asked for, and by which command. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
const rows = read('docs/figures.md')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const commands = rows.map((cells) => cells.at(-1) ?? '');

describe('the figures', () => {
  test('are whole rows, each with a day that there is', () => {
    expect(rows.length).toBeGreaterThan(0);
    for (const cells of rows) {
      const [date = ''] = cells;
      expect({ cells, filled: cells.filter((cell) => cell !== '').length }).toEqual({ cells, filled: 5 });
      expect(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(date);
    }
  });

  test('come of every bench that there is, and of commands that there are', () => {
    const run = commands.flatMap((command) => /^`npm run ([\w:]+)/.exec(command)?.[1] ?? []);
    const benches = Object.keys(scripts).filter((name) => /^bench(:|$)/.test(name));

    expect([...new Set(run)].sort()).toEqual(benches.sort());
    expect(
      commands.filter((command) => !/^`(npm run [\w:]+( -- --\w+)?|npx pipeline [\w./ -]+)`$/.test(command)),
    ).toEqual([]);
  });

  test('are found from the README', () => {
    const text = read('README.md');
    expect(text.slice(text.indexOf('## Develop'))).toContain('](docs/figures.md)');
  });
});
