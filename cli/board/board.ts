/** `pipeline board`: serves pages on this machine that show versions, runs and failures. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/clock';
import type { BoardSource } from '../../local/board/source';
import { servedAt } from '../../local/runtime/home';
import { type CommandContext, DEPLOYED, DEPLOYED_REGION, EXIT, HOME, ownProgram, port } from '../context';
import { printLine } from '../output/print';

interface BoardArguments {
  readonly home: string;
  readonly stack?: string;
  readonly region?: string;
  readonly repo?: string;
  readonly valuesRepo?: string;
  readonly settings?: string;
  readonly port: number;
  readonly open: boolean;
}

/** Adds options and action. */
export function configureBoard(command: Command, context: CommandContext): void {
  command
    .option(...HOME)
    .option(...DEPLOYED)
    .option(...DEPLOYED_REGION)
    .option('--repo <dir>', 'with --stack: a clone of the monorepo, for versions, commits and authors')
    .option('--values-repo <dir>', 'with --stack: a clone of the values repository, if the settings name one')
    .option('--settings <file>', 'with --stack: the settings of the deployment; default: the file in cdk.json')
    .option(...port(8084))
    .option('--open', 'open the browser', false)
    .action((options: BoardArguments) => showBoard(options, context));
}

/** Serves the board until the process gets SIGINT or SIGTERM. */
async function showBoard(options: BoardArguments, { stdout, stderr }: CommandContext): Promise<void> {
  // Reading thousands of runs leaves much garbage, and a board stays open for long. This makes V8 collect it early.
  setFlagsFromString('--optimize-for-size');
  const source = await openSource(options);
  const { serveBoard } = await import('../../local/board/serve-board');
  const served = await serveBoard({
    source,
    port: options.port,
    program: ownProgram(),
    now: () => systemClock.now(),
    onFault: (message) => printLine(stderr, `a page failed: ${message}`),
  });
  printLine(stdout, `board  ${served.entry}`);
  printLine(
    stdout,
    'Keep this address secret: anyone who has it can start and stop runs. Press Ctrl-C to end the board.',
  );
  if (options.open) openBrowser(served.entry);
  await new Promise<void>((fulfil) => {
    process.once('SIGINT', fulfil);
    process.once('SIGTERM', fulfil);
  });
  await served.close();
  setTimeout(() => process.exit(EXIT.done), 1000).unref();
}

async function openSource({ home, stack, region, repo, valuesRepo, settings }: BoardArguments): Promise<BoardSource> {
  if (stack !== undefined) {
    const { openStackSource } = await import('./stack');
    return openStackSource({ stack, region, repository: repo, valuesRepository: valuesRepo, settings });
  }
  const { openHomeSource } = await import('../../local/board/open-home');
  const endpoint = await servedAt(resolve(home));
  if (endpoint === undefined) return openHomeSource(home);
  const { actByApi } = await import('./stack');
  return openHomeSource(home, { endpoint, act: actByApi({ endpoint }) });
}

/** Opens the system's browser. A failure is ignored, because the address is on the terminal. */
function openBrowser(url: string): void {
  const program = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
