/** The files that a program of this machine needs in an image of nothing else. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Returns the paths of the program and of its libraries; only the program's if it is linked statically. */
export async function filesOfProgram(program: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  return [program, ...(stdout.match(/\/\S+/g) ?? [])];
}
