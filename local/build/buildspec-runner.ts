/** Runs a buildspec on this machine as CodeBuild would: phases in order, each command a bash of its own, in a fresh folder. */
import { constants } from 'node:fs';
import { cp, type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Buildspec, PHASES, type PhaseName, parseBuildspec } from './buildspec';
import { runCommand } from './run-command';

/** One run of a buildspec. */
export interface BuildspecRun {
  /** The YAML text. */
  readonly buildspec: string;
  /** The folder whose files the first command finds in its own: the build's source. */
  readonly source: string;
  /** All that the commands see; nothing is inherited. PATH must be in it. */
  readonly env: Readonly<Record<string, string>>;
  /** Gets standard output and standard error; written anew. */
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Stops the run. */
  readonly signal?: AbortSignal;
}

/** How it ended; `phase` is the one that did not succeed. */
export type BuildspecResult =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly phase: PhaseName; readonly exitCode: number }
  | { readonly kind: 'timed-out' | 'stopped'; readonly phase: PhaseName };

/**
 * Runs the phases until one fails. As on CodeBuild, `post_build` runs after a `build` that failed, too, and the earlier failure
 * counts (AWS CodeBuild user guide, "Build phase transitions"). The working folder is removed at the end.
 */
export async function runBuildspec(run: BuildspecRun): Promise<BuildspecResult> {
  const buildspec = parseBuildspec(run.buildspec);
  const directory = await mkdtemp(join(tmpdir(), 'image-job-'));
  try {
    await mkdir(dirname(run.logFile), { recursive: true });
    await cp(run.source, directory, { recursive: true });
    const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants;
    const log = await open(run.logFile, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    try {
      return await runPhases(buildspec, run, directory, log);
    } finally {
      await log.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runPhases(
  buildspec: Buildspec,
  { env, timeoutMs, signal }: BuildspecRun,
  directory: string,
  log: FileHandle,
): Promise<BuildspecResult> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any(signal === undefined ? [timeout] : [timeout, signal]);
  let result: BuildspecResult = { kind: 'succeeded' };
  for (const phase of PHASES) {
    if (result.kind !== 'succeeded' && !(phase === 'post_build' && failedIn(result, 'build'))) continue;
    for (const command of buildspec.phases[phase]?.commands ?? []) {
      await log.write(`--- ${phase}\n`);
      const exitCode = await runCommand({ command, directory, env, log: log.fd, signal: either });
      const ended = endOf(phase, exitCode, timeout, signal);
      if (ended === undefined) continue;
      await log.write(`--- ${phase} ${describe(ended, timeoutMs)}\n`);
      if (result.kind === 'succeeded') result = ended;
      break;
    }
  }
  return result;
}

function failedIn(result: BuildspecResult, phase: PhaseName): boolean {
  return result.kind === 'failed' && result.phase === phase;
}

function endOf(
  phase: PhaseName,
  exitCode: number,
  timeout: AbortSignal,
  stop: AbortSignal | undefined,
): Exclude<BuildspecResult, { kind: 'succeeded' }> | undefined {
  if (stop?.aborted) return { kind: 'stopped', phase };
  if (timeout.aborted) return { kind: 'timed-out', phase };
  return exitCode === 0 ? undefined : { kind: 'failed', phase, exitCode };
}

function describe(result: Exclude<BuildspecResult, { kind: 'succeeded' }>, timeoutMs: number): string {
  if (result.kind === 'failed') return `failed with exit code ${result.exitCode}`;
  return result.kind === 'stopped' ? 'was stopped' : `was ended after ${Math.round(timeoutMs / 1000)} s`;
}
