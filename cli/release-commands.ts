/** The commands about what was released and what may be: history, approve, reject; and the runs promote and rollback. */
import { type Command, Option } from 'commander';
import type { CommandContext } from './context';

/** How `run` sub-commands are made: `common` adds the options that all have, `start` runs an input. */
export interface RunCommands<Options> {
  readonly runs: Command;
  readonly common: (command: Command) => Command;
  readonly start: (input: object, options: Options) => Promise<void>;
}

const SERVICES = ['--services <service...>', 'their names; default: the whole release'] as const;
const ENVIRONMENT = ['--environment <name>', 'an environment of the settings'] as const;
const BRANCH = ['--ref <branch>', 'the branch whose values file moves; default: the first that allows this'] as const;

/** Adds `run promote` and `run rollback`. */
export function addRecordedRuns<Options>({ runs, common, start }: RunCommands<Options>): void {
  common(runs.command('promote').description('give tested images their next name, without a build'))
    .option(...SERVICES)
    .option('--from <version>', 'the version that was tested; default with --environment: what the one before it has')
    .requiredOption('--version <version>', 'the next name, such as v1.4.0')
    .option(...ENVIRONMENT)
    .option(...BRANCH)
    .action(({ services, from, version, environment, ref, ...options }) =>
      start(given({ action: 'promote', services, from, version, environment, ref }), options),
    );
  common(runs.command('rollback').description('put the values file back to an earlier release, in a new commit'))
    .requiredOption('--version <version>', 'the release to go back to, such as v1.3.0')
    .option(...SERVICES)
    .option(...ENVIRONMENT)
    .option(...BRANCH)
    .action(({ version, services, environment, ref, ...options }) =>
      start(given({ action: 'rollback', version, services, environment, ref }), options),
    );
}

/** Adds the commands. Their code is loaded when one of them runs. */
export function addReleaseCommands(program: Command, context: CommandContext): void {
  const { setExitCode } = context;
  program
    .command('history')
    .description('which version came from which commit, run and digest; from git alone')
    .argument('[service]', 'one service; default: all')
    .option('--repo <dir>', 'a clone or bare repository on this machine', '.')
    .option('--ref <ref>', 'branch, tag or commit', 'HEAD')
    .option('--json', 'print JSON', false)
    .action(async (service: string | undefined, options) =>
      setExitCode(await (await import('./commands/history')).history(service, options, context)),
    );
  program
    .command('notes')
    .description(
      'print the release notes of a version: per service what changed since its last version; from git alone',
    )
    .argument('<version>', 'the version, such as v1.4.0')
    .option('--repo <dir>', 'a clone or bare repository on this machine', '.')
    .option('--ref <ref>', 'branch, tag or commit', 'HEAD')
    .option('--lock <file>', 'the version lock, if several environments have the version')
    .option('--catalog <file>', 'the catalog; default: pipeline.yaml in the commit, else in the work tree')
    .option('--json', 'print JSON', false)
    .action(async (version: string, options) =>
      setExitCode(await (await import('./commands/history')).notes(version, options, context)),
    );
  waiting(program.command('approve').description('let a run go on that waits for a person')).action(
    async (run: string, options) =>
      setExitCode(await (await import('./commands/approve')).answer(run, { approved: true }, options, context)),
  );
  waiting(program.command('reject').description('end a run that waits for a person, before it has given a version'))
    .option('--reason <text>', 'why, for the report of the run')
    .action(async (run: string, { reason, ...options }) => {
      const no = { approved: false, ...(reason === undefined ? {} : { reason }) };
      setExitCode(await (await import('./commands/approve')).answer(run, no, options, context));
    });
}

/** Where a run waits. */
function waiting(command: Command): Command {
  return command
    .argument('<run>', 'its name')
    .addOption(
      new Option('--bucket <name>', 'in AWS: the bucket of the deployment (output StoreBucketName)').env(
        'PIPELINE_BUCKET',
      ),
    )
    .option('--home <dir>', 'on one machine: the folder of the local pipeline', '.local/demo');
}

function given(input: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
