/** cosign, built from its Go module, once. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TOOLS = join(__dirname, '../../tools/cosign');

const PACKAGE = 'github.com/sigstore/cosign/v3/cmd/cosign';

/**
 * Returns the path of the program. It is kept in the user's cache folder, where all clones share it; the first build takes about four minutes
 * of one core.
 */
export async function cosignProgram(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(join(TOOLS, 'go.mod'), 'utf8'))
    .digest('hex');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-pipeline-tests');
  const program = join(cache, `cosign-${digest.slice(0, 16)}`);
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await mkdir(cache, { recursive: true });
  // Go writes a program only once it is whole.
  const flags = ['-p', '1', '-trimpath', '-ldflags', '-s -w', '-o', program];
  const env = { ...process.env, CGO_ENABLED: '0' };
  await run('nice', ['-n', '10', 'go', 'build', ...flags, PACKAGE], { cwd: TOOLS, env, maxBuffer: 1e8 });
  return program;
}

/** The result of one command of cosign. */
export interface CosignResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs cosign with a folder of its own as home, so that it reads and keeps nothing of the user's. */
export async function runCosign(program: string, home: string, args: readonly string[]): Promise<CosignResult> {
  const env = { PATH: process.env.PATH ?? '', HOME: home, COSIGN_PASSWORD: '' };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
