/** Measures whole processes of the command line, and pieces of work beside their floor. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Measured {
  readonly milliseconds: number;
  /** Largest resident set of the process, in MiB. */
  readonly mebibytes: number;
  readonly stdout: string;
}

const ROOT = join(__dirname, '../..');

const MEMORY = 'process.on("exit",()=>process.stderr.write("\\nmaxrss "+process.resourceUsage().maxRSS+"\\n"))';

/** Runs `pipeline ...args`. Throws if its exit code is not 0. */
export function runPipeline(args: readonly string[]): Measured {
  const hook = `data:text/javascript,${encodeURIComponent(MEMORY)}`;
  const argv = ['--import', hook, join('bin', 'pipeline.mjs'), ...args];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`pipeline ${args.join(' ')} ended with ${status}: ${stderr}`);
  const kibibytes = Number(/maxrss (\d+)/.exec(stderr)?.[1] ?? 0);
  return { milliseconds, mebibytes: kibibytes / 1024, stdout };
}

/** Milliseconds that git takes for what every tool has to ask it. */
export function measureGit(repository: string, args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync('git', ['-C', repository, ...args], { maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
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
