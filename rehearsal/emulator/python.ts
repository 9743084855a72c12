/** The Python environment of the rehearsal: made once, and again when `requirements.txt` changes. */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RehearsalError } from '../failure';
import { lastLine, run } from '../processes';

const REQUIREMENTS = join(__dirname, 'requirements.txt');

/** Where programs of the environment are. */
export interface PythonEnvironment {
  readonly folder: string;
  /** The absolute path of a program, such as `aws` or `cfn-lint`. */
  program(name: string): string;
}

/** What can be other than usual, for tests. */
export interface PythonOptions {
  /** The Python that makes the environment. */
  readonly python?: string;
  /** The file of pinned packages. */
  readonly requirements?: string;
}

/**
 * Returns the environment below `cache`, which is made if it is not there: about half a minute. Throws `RehearsalError` without a usable Python,
 * and if the package index lacks a package or does not answer.
 */
export async function pythonEnvironment(cache: string, options: PythonOptions = {}): Promise<PythonEnvironment> {
  const requirements = options.requirements ?? REQUIREMENTS;
  const python = options.python ?? 'python3';
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `python-${digest}`);
  const environment = { folder, program: (name: string) => join(folder, 'bin', name) };
  const complete = join(folder, 'complete');
  if (await exists(complete)) return environment;
  await rm(folder, { recursive: true, force: true }); // what an interrupted installation left
  await mkdir(cache, { recursive: true });
  const made = await run(python, ['-m', 'venv', folder]);
  if (made.exitCode !== 0) throw noPython(python, lastLine(made.stdout + made.stderr));
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
  const installed = await run(environment.program('python'), install);
  if (installed.exitCode !== 0) throw noPackages(installed.stderr);
  await writeFile(complete, '');
  return environment;
}

function noPython(python: string, said: string): RehearsalError {
  const problem = `${python} cannot make a virtual environment (${said || 'it cannot be started'})`;
  return new RehearsalError(problem, 'install Python 3.9 or newer with venv (Debian: apt-get install python3-venv)');
}

function noPackages(stderr: string): RehearsalError {
  const said = stderr.split('\n').find((line) => line.startsWith('ERROR:')) ?? lastLine(stderr);
  const problem = `pip cannot install what rehearsal/emulator/requirements.txt pins (${said})`;
  return new RehearsalError(problem, 'check that pip reaches its package index (pip config list), then run it again');
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
