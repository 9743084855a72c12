/** `pipeline serve`: the local pipeline behind a webhook and the Step Functions API, until Ctrl-C. */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type BuilderOptions, chooseBuilder } from '../../local/build/build-tools';
import { STATE_MACHINE_ARN } from '../../local/serve/execution-store';
import type { Serving } from '../../local/serve/serve-pipeline';
import { addModuleTools, builderOption, type CommandContext, EXIT, FAIL, HOME, ownProgram, port } from '../context';
import { type Output, printJson, printLine } from '../output/print';

interface ServeArguments extends BuilderOptions {
  readonly home: string;
  readonly port: number;
  readonly fail: readonly string[];
}

/** Adds options and action. */
export function configureServe(command: Command, context: CommandContext): void {
  addModuleTools(command)
    .option(...HOME)
    // The port of Step Functions Local, which AWS's own examples use.
    .option(...port(8083))
    .option(...FAIL)
    .addOption(builderOption())
    .action((options: ServeArguments) => serve(options, context));
}

/** Serves until the process is told to end. */
async function serve(options: ServeArguments, { stdout, stderr }: CommandContext): Promise<void> {
  const tools = await chooseBuilder(options);
  const { servePipeline } = await import('../../local/serve/serve-pipeline');
  const serving = await servePipeline({
    home: resolve(options.home),
    port: options.port,
    ...tools,
    refuse: new Set(options.fail),
    program: ownProgram(),
    onEvent: (event) => printJson(stderr, event, 0),
  });
  printAddresses(serving, stdout);
  await new Promise<void>((fulfil) => {
    process.once('SIGINT', fulfil);
    process.once('SIGTERM', fulfil);
  });
  printLine(stderr, 'ending; runs in progress are stopped');
  await serving.close();
  // A step that does not react to its stop would keep the process alive.
  setTimeout(() => process.exit(EXIT.done), 1000).unref();
}

function printAddresses({ url, board, hook, secretFile }: Serving, output: Output): void {
  const here = (path: string) => relative(process.cwd(), path);
  printLine(output, `serving ${url}`);
  printLine(output, `board           ${board}   (lets a browser act; keep it to yourself)`);
  printLine(output, `webhook         ${url}/webhook   (secret in ${here(secretFile)})`);
  printLine(output, `Step Functions  ${STATE_MACHINE_ARN}`);
  printLine(output, `git push        starts runs, by ${here(hook)}`);
  printLine(output, 'Ctrl-C ends it.');
}
