/** `pipeline run`: one run on this machine, in the home of an earlier `npm start`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { createLocalGitHost } from '../../adapters/git/local/git-host';
import { InvalidInputError } from '../../core/contract/errors';
import type { RunReport } from '../../core/contract/report';
import type { GitHost } from '../../core/ports/git';
import { findJsonSyntaxError } from '../../core/text/json';
import { executionName, parseExecutionInput, runBranch } from '../../core/webhook/execution-input';
import { type BuilderOptions, chooseBuilder } from '../../local/build/build-tools';
import { localRepository, readLocalSettings, refuseUnwritable, summaryFile } from '../../local/runtime/home';
import type { LocalRun } from '../../local/runtime/pipeline';
import { localCaller, startedBy } from '../caller';
import { addModuleTools, builderOption, type CommandContext, DRY_RUN, EXIT, FAIL, HOME, VERBOSE } from '../context';
import { liveRun } from '../output/live-run';
import { type Output, printError, printJson, printLine, runTable } from '../output/print';
import { reportText } from '../output/viewed-run';
import { addRunInputs } from '../run-inputs';

interface RunOptions extends BuilderOptions {
  readonly home: string;
  readonly dryRun?: boolean;
  readonly fail: readonly string[];
  readonly json: boolean;
}

/** Adds a subcommand for each kind of run. */
export function configureRun(group: Command, context: CommandContext): void {
  const common = (command: Command) =>
    addModuleTools(command)
      .option(...HOME)
      .option(...DRY_RUN)
      .option(...FAIL)
      .option('--json', 'print the report as JSON', false)
      .option(...VERBOSE)
      .addOption(builderOption());
  const start = (input: object, { dryRun, ...options }: RunOptions) =>
    run(dryRun === true ? { ...input, dryRun } : input, { ...options, home: resolve(options.home) }, context);
  addRunInputs<RunOptions>({ group, common, start, knowsHead: true });
  common(group.command('input').description('start a run with the input of the state machine, as JSON'))
    .argument('<json>', 'such as {"action":"release","version":"v1.4.0","ref":"main"}', parseJson)
    .action((input: object, options: RunOptions) => start(input, options));
}

function parseJson(text: string): unknown {
  const error = findJsonSyntaxError(text);
  if (error === undefined) return JSON.parse(text);
  throw new InvalidArgumentError(`it is not JSON: line ${error.line}, column ${error.column}: ${error.message}`);
}

/** Runs the input to its end, and then the promotions that it asks for. A failed run gives exit code 1; a bad input throws `InvalidInput`. */
async function run(
  value: unknown,
  options: Omit<RunOptions, 'dryRun'>,
  { stdout, stderr, setExitCode }: CommandContext,
): Promise<void> {
  const { home, json } = options;
  const local = await readLocalSettings(home);
  const git = createLocalGitHost(localRepository(local.settings));
  const input = parseExecutionInput(startedBy(localCaller(), await withCommit(value, git)));
  await refuseUnwritable(home);
  const tools = await chooseBuilder(options);
  const { branch } = runBranch(input, local.settings);
  const catalogText = await readCatalog(git, branch, local.settings.catalogFile);
  const { openLocalPipeline } = await import('../../local/runtime/pipeline');
  const pipeline = await openLocalPipeline({ home, local, catalogText, ...tools });
  try {
    const refuse = new Set(options.fail);
    const first = { name: executionName(input, Date.now()), input };
    // A run that ends well may ask for the promotion to the next environment.
    for (let runs: LocalRun['next'] = [first], isFirst = true; runs.length > 0; isFirst = false) {
      const [next = first, ...rest] = runs;
      printLine(stderr, `run ${next.name}`);
      const live = liveRun(stderr);
      const onNotice = (text: string) => printLine(stderr, text);
      const { report, next: asked } = await pipeline.run({ ...next, refuse, onProgress: live.update, onNotice });
      live.end();
      if (json && isFirst) printJson(stdout, report, 0);
      else printRun(report, json ? stderr : stdout, stderr);
      const summary = summaryFile(home, next.name);
      // It is missing if the disk was full.
      if (!json && existsSync(summary)) printLine(stdout, `report: ${summary}`);
      if (isFirst || report.status === 'FAILED') setExitCode(report.status === 'FAILED' ? EXIT.failed : EXIT.done);
      runs = [...rest, ...asked];
    }
  } finally {
    await pipeline.close();
  }
}

/** Prints how a run ended: the table to `stdout`, the error to `stderr`. */
export function printRun(report: RunReport, stdout: Output, stderr: Output): void {
  if (report.services !== undefined) printLine(stdout, runTable(report));
  if (report.error !== undefined) printError(stderr, report.error);
  printLine(stdout, reportText(report), report.status === 'FAILED' ? 'red' : 'green');
}

async function readCatalog(git: GitHost, branch: string, file: string): Promise<string> {
  const head = await git.resolve(`refs/heads/${branch}`);
  const text = (await git.readFiles(head, [file])).get(file);
  if (text !== undefined) return text;
  const message = `is not at the head of ${branch}; commit it there, or name another file with the setting catalogFile`;
  throw new InvalidInputError('there is no catalog', [{ path: file, message }]);
}

/** Returns the input with the head of its branch, if it is a push without a commit. */
async function withCommit(value: unknown, git: GitHost): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  const { action, ref, commit } = value as { action?: unknown; ref?: unknown; commit?: unknown };
  if (action !== 'push' || commit !== undefined || typeof ref !== 'string') return value;
  const full = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  return { ...value, ref: full, commit: await git.resolve(full) };
}
