/** Helm, Kustomize and Docker Compose, built from their Go modules, once. */
import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const TOOLS = join(__dirname, '../../tools/charts');

/** Kept between runs. */
const FOLDER = join(__dirname, '../../../.local/chart-programs');

const PACKAGES = {
  helm: 'helm.sh/helm/v3/cmd/helm',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
  'docker-compose': 'github.com/docker/compose/v5/cmd',
} as const;

/** Builds what is missing, which takes about four minutes of one core the first time. */
export async function buildPrograms(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, path] of Object.entries(PACKAGES)) {
    const program = join(FOLDER, name);
    const isThere = await access(program).then(
      () => true,
      () => false,
    );
    const flags = ['-p', '1', '-trimpath', '-ldflags', '-s -w', '-o', program];
    if (!isThere) await run('go', ['build', ...flags, path], { cwd: TOOLS, maxBuffer: 1e8 });
  }
}

/** Runs a program and returns its standard output. Throws if it fails. */
export async function runProgram(name: keyof typeof PACKAGES, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await run(join(FOLDER, name), args, { cwd, maxBuffer: 1e8 });
  return stdout;
}
