/** `pipeline serve`: one machine as AWS would be, until it is ended with Ctrl-C. */
import { relative } from 'node:path';
import { type BuilderOptions, chooseBuilder } from '../../local/build/choose-builder';
import { STATE_MACHINE_ARN } from '../../local/serve/execution-store';
import { type Serving, servePipeline } from '../../local/serve/serve-pipeline';
import type { CommandContext } from '../context';
import { type Output, printLine } from '../output/print';

export interface ServeCommandOptions extends BuilderOptions {
  readonly home: string;
  readonly port: number;
  readonly fail: readonly string[];
}

/** Serves until the process is told to end. Exit code 0. */
export async function serve(
  options: ServeCommandOptions,
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
): Promise<number> {
  const tools = await chooseBuilder(options);
  const serving = await servePipeline({
    home: options.home,
    port: options.port,
    ...tools,
    refuse: new Set(options.fail),
    onEvent: (event) => printLine(stderr, JSON.stringify(event)),
  });
  tellWhere(serving, stdout);
  await new Promise<void>((fulfil) => {
    process.once('SIGINT', fulfil);
    process.once('SIGTERM', fulfil);
  });
  printLine(stderr, 'ending; what runs is stopped');
  await serving.close();
  // A step that does not react to its stop would keep the process alive.
  setTimeout(() => process.exit(0), 1000).unref();
  return 0;
}

function tellWhere({ url, hook, secretFile }: Serving, output: Output): void {
  const here = (path: string) => relative(process.cwd(), path);
  printLine(output, `serving ${url}`);
  printLine(output, `webhook         ${url}/webhook   (secret in ${here(secretFile)})`);
  printLine(output, `Step Functions  ${STATE_MACHINE_ARN}`);
  printLine(output, `git push        starts runs by ${here(hook)}`);
  printLine(output, 'Ctrl-C ends it.');
}
