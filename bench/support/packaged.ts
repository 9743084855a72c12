/** The command line as the package has it. In the repository, a command also looks whether a source is newer than its bundle. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Builds the package and returns the path of its command. */
export function packagedCommand(): string {
  execFileSync('npm', ['run', '--silent', 'prepack'], { cwd: ROOT });
  const folder = mkdtempSync(join(tmpdir(), 'packaged-'));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(ROOT, 'bin/pipeline.mjs'), join(folder, 'bin/pipeline.mjs'));
  symlinkSync(join(ROOT, 'dist'), join(folder, 'dist'));
  return join(folder, 'bin/pipeline.mjs');
}
