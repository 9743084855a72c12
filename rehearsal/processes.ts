/** Runs programs. Arguments are lists, never shell text. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** The end of a program. `exitCode` is 127 if it could not be started, and 128 if a signal ended it. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Ends the program after this many milliseconds. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end, and returns its exit code and output. */
export async function run(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const child = spawn(program, [...args], {
    cwd: options.cwd,
    env: { ...(options.env ?? process.env) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  const exitCode = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 128));
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exitCode, stdout, stderr };
}

/** Returns the last line of a text that is not empty. */
export function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
