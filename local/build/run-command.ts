/** One shell command of a buildspec as a process group that can be ended as a whole. */
import { spawn } from 'node:child_process';

export interface ShellCommand {
  /** Text out of the buildspec; values reach it as environment variables only. */
  readonly command: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** File descriptor that gets standard output and standard error. */
  readonly log: number;
  /** Ends the command when it fires. */
  readonly signal: AbortSignal;
}

/** Time to end politely, in ms: a Docker client then tells its engine to stop the build. */
const GRACE_MS = 3_000;

/** The exit code of the command; 128 + 15 if it was ended by the signal. Rejects if bash cannot be started. */
export function runCommand({ command, directory, env, log, signal }: ShellCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-c', command], {
      cwd: directory,
      env,
      stdio: ['ignore', log, log],
      detached: true, // a process group of its own
    });
    let forced: NodeJS.Timeout | undefined;
    const end = () => {
      endGroup(child.pid, 'SIGTERM');
      forced = setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE_MS);
    };
    const settle = (done: () => void) => {
      clearTimeout(forced);
      signal.removeEventListener('abort', end);
      // What the command left running in the background goes with it.
      endGroup(child.pid, 'SIGKILL');
      done();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code) => settle(() => resolve(code ?? 128 + 15)));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
