/** docs/requirements.md names tests: each is there, by its file and its title. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const rows = readFileSync(join(root, 'docs/requirements.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!line|---)/.test(line) && !line.startsWith('|---'));

test('every line names what shows it', () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => !/\| `test\/[\w/.-]+\.ts`(: .+)? \|$/.test(row))).toEqual([]);
});

test('every test that it names is there', () => {
  const missing = rows.flatMap((row) => {
    const [, file, title] = /`(test\/[\w/.-]+\.ts)`(?:: (.+?))? \|$/.exec(row) ?? [];
    if (file === undefined) return [];
    if (!existsSync(join(root, file))) return [file];
    return title === undefined || readFileSync(join(root, file), 'utf8').includes(title) ? [] : [`${file}: ${title}`];
  });
  expect(missing).toEqual([]);
});
