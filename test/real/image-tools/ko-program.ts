/** ko, built from its Go module once. */
import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TOOLS = join(__dirname, '../../tools/ko');

/** Kept between runs. */
const FOLDER = join(__dirname, '../../../.local/image-tools');

/** Returns the folder with the program. The first build takes about three minutes of one core. */
export async function koFolder(): Promise<string> {
  const program = join(FOLDER, 'ko');
  await mkdir(FOLDER, { recursive: true });
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  const args = ['-n', '10', 'go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', program, 'github.com/google/ko'];
  if (!isThere) await promisify(execFile)('nice', args, { cwd: TOOLS, maxBuffer: 1e8 });
  return FOLDER;
}
