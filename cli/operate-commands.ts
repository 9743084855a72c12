/** The commands that operate a deployed pipeline, in AWS or served on one machine: serve, start, status. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { STRATEGIES } from '../core/contract/run-input';
import type { StartOptions } from './commands/start';
import type { CommandContext } from './context';
import { builderOption, pythonOption } from './context';
import { addRecordedRuns } from './release-commands';

/** The port of Step Functions Local, which AWS's own examples use. */
const USUAL_PORT = 8083;

interface StartArguments extends StartOptions {
  readonly dryRun?: boolean;
}

/** Adds the commands. Their code is loaded when one of them runs. */
export function addOperateCommands(program: Command, context: CommandContext): void {
  const { setExitCode } = context;
  program
    .command('serve')
    .description('one machine as AWS would be: webhook, git push and the Step Functions API on loopback, until Ctrl-C')
    .option('--home <dir>', 'the folder of the local pipeline', '.local/demo')
    .option('--port <port>', 'where to listen on 127.0.0.1; 0 takes any free one', parsePort, USUAL_PORT)
    .option('--fail <service...>', 'rehearse a failure: the builds of these services fail', [])
    .addOption(builderOption())
    .addOption(pythonOption())
    .action(async ({ home, ...options }) =>
      setExitCode(await (await import('./commands/serve')).serve({ ...options, home: resolve(home) }, context)),
    );
  addStartCommands(program, context);
  reached(program.command('status').description('the last runs of the state machine, or one of them'))
    .argument('[run]', "the run's name or ARN; default: the last ones")
    .action(async (run: string | undefined, options) =>
      setExitCode(await (await import('./commands/start')).status(run, options, context)),
    );
}

function addStartCommands(program: Command, context: CommandContext): void {
  const runs = program.command('start').description('start a run of the state machine, and follow it to its end');
  const common = (command: Command) =>
    reached(command)
      .option('--dry-run', 'plan and report, write nothing')
      .option('--no-follow', 'do not wait for its end');
  const start = async (input: object, { dryRun, ...options }: StartArguments) => {
    const value = dryRun === true ? { ...input, dryRun } : input;
    context.setExitCode(await (await import('./commands/start')).start(value, options, context));
  };
  common(runs.command('release').description('give every service a version'))
    .requiredOption('--version <version>', 'such as v1.4.0')
    .requiredOption('--ref <branch>', 'the branch to release')
    .option('--from <version>', 'the version that is expected to be there now')
    .option('--strategy <strategy>', STRATEGIES.join(', '))
    .action(({ version, ref, from, strategy, ...options }) =>
      start(given({ action: 'release', version, from, ref, strategy }), options),
    );
  common(runs.command('build').description('give some services a version, such as a hotfix'))
    .requiredOption('--services <service...>', 'their names')
    .requiredOption('--version <version>', 'such as v1.4.0-hotfix-1')
    .requiredOption('--ref <branch>', 'the branch to build')
    .action(({ services, version, ref, ...options }) => start({ action: 'build', services, version, ref }, options));
  common(runs.command('push').description('build what changed on a branch, with development versions'))
    .requiredOption('--ref <branch>', 'the branch')
    .requiredOption('--commit <commit>', 'its head, 40 hex digits')
    .action(({ ref, commit, ...options }) => start({ action: 'push', ref: fullRef(ref), commit }, options));
  addRecordedRuns<StartArguments>({ runs, common, start });
}

/** Options of every command that reaches the state machine. */
function reached(command: Command): Command {
  return command
    .addOption(new Option('--state-machine <arn>', 'the state machine').env('PIPELINE_STATE_MACHINE'))
    .option('--endpoint-url <url>', 'where it is reached if not in AWS, such as http://127.0.0.1:8083 (pipeline serve)')
    .option('--json', 'print JSON', false);
}

function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}

function given(input: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('write a number from 0 to 65535.');
}
