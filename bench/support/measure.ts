/** Measures whole processes of the command line, and pieces of work beside their floor. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Runs a command of the command line in `command` as a whole process. Returns milliseconds and output. Throws if its exit code is not 0. */
export function runPipeline(
  args: readonly string[],
  command = join(ROOT, 'bin/pipeline.mjs'),
): { readonly milliseconds: number; readonly stdout: string } {
  const start = performance.now();
  const { stdout } = runNode([command, ...args]);
  return { milliseconds: performance.now() - start, stdout };
}

const PRINT_MEMORY = 'process.on("exit",()=>process.stderr.write("\\nmaxrss "+process.resourceUsage().maxRSS+"\\n"))';

/** Returns the largest resident set of the process, in MiB. */
export function memoryOf(args: readonly string[], command: string): number {
  const hook = `data:text/javascript,${encodeURIComponent(PRINT_MEMORY)}`;
  const { stderr } = runNode(['--import', hook, command, ...args]);
  return Number(/maxrss (\d+)/.exec(stderr)?.[1] ?? 0) / 1024;
}

function runNode(argv: readonly string[]) {
  const result = spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (result.status !== 0) throw new Error(`${argv.join(' ')} ended with ${result.status}: ${result.stderr}`);
  return result;
}

/** Milliseconds of a Node process that does nothing: the least that any command takes. */
export function measureEmptyProgram(): number {
  const start = performance.now();
  runNode(['-e', '0']);
  return performance.now() - start;
}

/** Milliseconds that git takes for what every tool has to ask it. */
export function measureGit(repository: string, args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync('git', ['-C', repository, ...args], { maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

/** Returns the median of what some rounds of the work return. */
export function medianOf(rounds: number, work: () => number): number {
  return median(Array.from({ length: rounds }, work));
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** One round, in ms. Work and floor are measured by turns: a loaded machine slows both alike, so their ratio can be trusted. */
export interface Round {
  readonly work: number;
  /** The least that any such work must do. */
  readonly floor: number;
}

/** Medians of many rounds, in ms; `ratio` is the median of the rounds' own ratios. */
export interface MeasuredRounds {
  readonly work: number;
  readonly floor: number;
  readonly ratio: number;
}

export function medians(rounds: readonly Round[]): MeasuredRounds {
  return {
    work: median(rounds.map(({ work }) => work)),
    floor: median(rounds.map(({ floor }) => floor)),
    ratio: median(rounds.map(({ work, floor }) => work / floor)),
  };
}
