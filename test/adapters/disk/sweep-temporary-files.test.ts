/** The sweep removes temporary files of killed processes and nothing else. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepTemporaryFiles } from '../../../adapters/disk/atomic-file';

const HOUR = 60 * 60 * 1000;
const now = Date.now();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, age: number): void {
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  writeFileSync(join(folder, name), 'x');
  utimesSync(join(folder, name), (now - age) / 1000, (now - age) / 1000);
}

test('the sweep removes old temporary files at any depth and keeps all others', async () => {
  file(`a.json.${randomUUID()}.part`, 2 * HOUR);
  file(`deep/er/link.${randomUUID()}.part`, 2 * HOUR);
  const kept = [
    `deep/new.${randomUUID()}.part`,
    'mine.part',
    `${randomUUID()}.part`,
    `a.${randomUUID()}.parts`,
    'a.json',
  ];
  file(kept[0] ?? '', HOUR / 2);
  for (const name of kept.slice(1)) file(name, 2 * HOUR);
  mkdirSync(join(folder, `folder.${randomUUID()}.part`));

  await sweepTemporaryFiles(folder, now);

  const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.map(({ name }) => name).sort()).toEqual(kept.map((name) => name.replace('deep/', '')).sort());
});

test('the sweep accepts a missing folder', async () => {
  await expect(sweepTemporaryFiles(join(folder, 'missing'), now)).resolves.toBeUndefined();
});
