/** Runs a buildspec on this machine as CodeBuild would: phases in order, each command in a new bash, all in a new folder. */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { cp, type FileHandle, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

/** One run of a buildspec. */
interface BuildspecRun {
  /** The YAML text. */
  readonly buildspec: string;
  /** The folder of the build's source, whose files are copied into the working folder. */
  readonly source: string;
  /** All variables of the commands; none is inherited. PATH is required. */
  readonly env: Readonly<Record<string, string>>;
  /** The file for standard output and standard error. It is overwritten. */
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Stops the run. */
  readonly signal?: AbortSignal;
  /** Is told when each phase begins. */
  readonly onPhase?: (phase: PhaseName) => void;
  /** Is told the exported variables that the last command had, if the run succeeds. */
  readonly onExport?: (variables: Readonly<Record<string, string>>) => void;
}

/** The end of the run. `phase` is the one that did not succeed. */
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
      const result = await runPhases(buildspec, run, directory, log);
      if (result.kind === 'succeeded') run.onExport?.(await readExports(buildspec, directory));
      return result;
    } finally {
      await log.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runPhases(
  buildspec: Buildspec,
  { env, timeoutMs, signal, onPhase }: BuildspecRun,
  directory: string,
  log: FileHandle,
): Promise<BuildspecResult> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any(signal === undefined ? [timeout] : [timeout, signal]);
  let result: BuildspecResult = { kind: 'succeeded' };
  for (const phase of PHASES) {
    if (result.kind !== 'succeeded' && !(phase === 'post_build' && failedIn(result, 'build'))) continue;
    const commands = buildspec.phases[phase]?.commands ?? [];
    if (commands.length > 0) onPhase?.(phase);
    for (const text of commands) {
      await log.write(`--- ${phase}\n`);
      const command = `${text}\n${exporting(buildspec, directory)}`;
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

/** The phases of a buildspec (version 0.2), in CodeBuild's order. */
const PHASES = ['install', 'pre_build', 'build', 'post_build'] as const;

export type PhaseName = (typeof PHASES)[number];

const PhaseSchema = z.strictObject({
  /** Ignored: this machine has the languages that it has. */
  'runtime-versions': z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  commands: z.array(z.string().min(1)).min(1),
});

const BuildspecSchema = z.strictObject({
  version: z.literal(0.2),
  env: z.strictObject({
    shell: z.literal('bash'),
    'exported-variables': z.array(z.string().regex(/^[A-Z_]+$/)).optional(),
  }),
  phases: z.partialRecord(z.enum(PHASES), PhaseSchema),
});

type Buildspec = z.infer<typeof BuildspecSchema>;

/** Parses a buildspec. Throws if it uses anything that this runner does not support. */
function parseBuildspec(text: string): Buildspec {
  const result = BuildspecSchema.safeParse(parse(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'buildspec'}: ${issue.message}`);
  throw new Error(`the buildspec cannot be run on this machine: ${problems.join('; ')}`);
}

/** The folder for exported variables, beside the source archive. */
const EXPORTS = '.exported-variables';

/** Returns what a command ends with, so that CodeBuild's `exported-variables` are known. CodeBuild, too, reads them after each command. */
function exporting({ env }: Buildspec, directory: string): string {
  const names = env['exported-variables'] ?? [];
  if (names.length === 0) return '';
  const folder = `'${join(directory, EXPORTS)}'`;
  const lines = names.map((name) => `if [ -n "\${${name}-}" ]; then printf %s "$${name}" > ${folder}/${name}; fi`);
  return ['status=$?', `mkdir -p ${folder}`, ...lines, '(exit "$status")'].join('\n');
}

async function readExports({ env }: Buildspec, directory: string): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    (env['exported-variables'] ?? []).map(async (name) => {
      const value = await readFile(join(directory, EXPORTS, name), 'utf8').catch(() => undefined);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** One command of a buildspec. It runs as a process group that can be ended as a whole. */
interface ShellCommand {
  /** The text of the buildspec. Values reach it as environment variables only. */
  readonly command: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** The file descriptor for standard output and standard error. */
  readonly log: number;
  /** Ends the command when it fires. */
  readonly signal: AbortSignal;
}

/** The time between SIGTERM and SIGKILL, in ms, in which a Docker client tells its engine to stop the build. */
const GRACE_MS = 3_000;

/** Returns the exit code of the command; 128 + 15 if the signal ended it. Rejects if bash cannot be started. */
function runCommand({ command, directory, env, log, signal }: ShellCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-c', command], {
      cwd: directory,
      env,
      stdio: ['ignore', log, log],
      detached: true, // a new process group
    });
    let forced: NodeJS.Timeout | undefined;
    const end = () => {
      endGroup(child.pid, 'SIGTERM');
      forced = setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE_MS);
    };
    const settle = (done: () => void) => {
      clearTimeout(forced);
      signal.removeEventListener('abort', end);
      // Processes that the command left in the background end with it.
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
