/** Creates the Python environment of the rehearsal, once for each content of `requirements.txt`. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAccessible } from '../../adapters/disk/missing';
import { RehearsalError } from '../failure';
import { lastLine, run } from '../processes';

const REQUIREMENTS = join(__dirname, 'requirements.txt');

export interface PythonEnvironment {
  readonly folder: string;
  /** The absolute path of a program, such as `aws` or `cfn-lint`. */
  program(name: string): string;
}

/**
 * Returns the environment below `cache`, and creates it if it is missing, which takes half a minute. `python` is the program that creates it.
 * Throws `RehearsalError` if Python cannot, or if a package cannot be installed.
 */
export async function pythonEnvironment(cache: string, python = 'python3'): Promise<PythonEnvironment> {
  const digest = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `python-${digest}`);
  const environment = { folder, program: (name: string) => join(folder, 'bin', name) };
  const complete = join(folder, 'complete');
  if (await isAccessible(complete)) return environment;
  // An interrupted installation may have left files.
  await rm(folder, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const created = await run(python, ['-m', 'venv', folder]);
  if (created.exitCode !== 0) throw noPython(python, lastLine(created.stdout + created.stderr));
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS];
  const installed = await run(environment.program('python'), install);
  if (installed.exitCode !== 0) throw noPackages(installed.stderr);
  await writeFile(complete, '');
  return environment;
}

function noPython(python: string, message: string): RehearsalError {
  const problem = `${python} cannot create a virtual environment (${message || 'it cannot be started'})`;
  return new RehearsalError(problem, 'install Python 3.9 or newer with venv (Debian: apt-get install python3-venv)');
}

function noPackages(stderr: string): RehearsalError {
  const message = stderr.split('\n').find((line) => line.startsWith('ERROR:')) ?? lastLine(stderr);
  const problem = `pip cannot install the packages of rehearsal/emulator/requirements.txt (${message})`;
  return new RehearsalError(problem, 'check that pip reaches its package index (pip config list), then run it again');
}
