/** The commands about what was released: history; and the runs that use it: promote, rollback. */
import type { Command } from 'commander';
import type { CommandSurroundings } from './planner-commands';

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
export function addReleaseCommands(program: Command, surroundings: CommandSurroundings): void {
  const { setExitCode } = surroundings;
  program
    .command('history')
    .description('which version came from which commit, run and digest; from git alone')
    .argument('[service]', 'one service; default: all')
    .option('--repo <dir>', 'a clone or bare repository on this machine', '.')
    .option('--ref <ref>', 'branch, tag or commit', 'HEAD')
    .option('--json', 'print JSON', false)
    .action(async (service: string | undefined, options) =>
      setExitCode(await (await import('./history')).history(service, options, surroundings)),
    );
}

function given(input: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
