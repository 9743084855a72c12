/** Programs for suites that are run by hand, built from their own Go modules, once. */
import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ModuleProgram {
  /** The name of the program's file. */
  readonly name: string;
  /** The module with its version: `github.com/aquasecurity/trivy@v0.74.0`. Its own `go.sum` pins what it is built of. */
  readonly module: string;
  /** The package within the module. */
  readonly package: string;
  /** Variables of the build. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Returns the path of the program. It is kept in the user's cache folder, where all clones share it. A first build takes some minutes. */
export async function moduleProgram({ name, module, package: path, env }: ModuleProgram): Promise<string> {
  const version = module.split('@')[1] ?? '';
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-pipeline-tests');
  const program = join(cache, `${name}-${version}`);
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  await mkdir(cache, { recursive: true });
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { maxBuffer: 1e8 });
  const { Dir: cwd } = JSON.parse(stdout) as { readonly Dir: string };
  const flags = ['-p', '1', '-trimpath', '-ldflags', '-s -w', '-o', program];
  const environment = { ...process.env, CGO_ENABLED: '0', ...env };
  // Go writes a program only once it is whole.
  await run('nice', ['-n', '10', 'go', 'build', ...flags, path], { cwd, env: environment, maxBuffer: 1e8 });
  return program;
}
