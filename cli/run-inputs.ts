/** The subcommands of `run` and `start`: one for each kind of run, with the options that make its input. */
import type { Command } from 'commander';
import { STRATEGIES } from '../core/contract/run-input';
import { present } from '../core/text/present';

/** Options of the subcommands. */
export interface RunInputs<Options> {
  readonly group: Command;
  /** Adds the options that all of them have. */
  readonly common: (command: Command) => Command;
  /** Starts a run with the input. */
  readonly start: (input: object, options: Options) => Promise<void>;
  /** True if a push may leave out its commit, because the repository can be asked for the head. */
  readonly knowsHead: boolean;
}

const VERSION = '--version <version>';
const SERVICES = '--services <service...>';
const FROM = '--from <version>';
const RUN = '--run <run>';
const BRANCH = '--ref <branch>';
const ALL_SERVICES = [SERVICES, 'their names; default: the whole release'] as const;
const ENVIRONMENT = ['--environment <name>', 'an environment of the settings'] as const;
const FIRST_BRANCH = [BRANCH, 'the branch whose values file is updated; default: the first that allows this'] as const;

/** Adds `release`, `push`, `build`, `promote` and `rollback` to the group. */
export function addRunInputs<Options>({ group, common, start, knowsHead }: RunInputs<Options>): void {
  const add = (name: string, text: string) => common(group.command(name).description(text));
  add('release', 'assign a version to every service')
    .requiredOption(VERSION, 'such as v1.4.0')
    .requiredOption(BRANCH, 'the branch to release')
    .option(FROM, 'the version that is expected to be there now')
    .option('--strategy <strategy>', STRATEGIES.join(', '))
    .action(({ version, ref, from, strategy, ...options }) =>
      start(present({ action: 'release', version, from, ref, strategy }), options),
    );
  const push = add('push', 'build what changed on a branch, with development versions').requiredOption(
    BRANCH,
    'the branch',
  );
  if (knowsHead) push.option('--commit <commit>', 'its commit, 40 hex digits; default: its head');
  else push.requiredOption('--commit <commit>', 'its head, 40 hex digits: $(git rev-parse origin/BRANCH)');
  push.action(({ ref, commit, ...options }) =>
    start(present({ action: 'push', ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`, commit }), options),
  );
  add('build', 'assign a version to some services, such as a hotfix')
    .requiredOption(SERVICES, 'their names')
    .requiredOption(VERSION, 'such as v1.4.0-hotfix-1')
    .requiredOption(BRANCH, 'the branch to build')
    .action(({ services, version, ref, ...options }) => start({ action: 'build', services, version, ref }, options));
  add('promote', 'give tested images their next version, without a build')
    .option(...ALL_SERVICES)
    .option(FROM, 'the version that was tested; default with --environment: what the one before it has')
    .option(VERSION, 'the next version, such as v1.4.0; required without --run')
    .option(RUN, 'with --environment: promote what that run left, every image with its version')
    .option(...ENVIRONMENT)
    .option(...FIRST_BRANCH)
    .action(({ services, from, version, run, environment, ref, ...options }) =>
      start(present({ action: 'promote', services, from, version, run, environment, ref }), options),
    );
  add('rollback', 'restore an earlier release in the values file, or undo a run, in a new commit')
    .option(VERSION, 'the release to restore, such as v1.3.0')
    .option(RUN, 'instead of --version: the run to undo')
    .option('--reason <text>', 'with --run: the reason, for the commit message')
    .option(...ALL_SERVICES)
    .option(...ENVIRONMENT)
    .option(...FIRST_BRANCH)
    .action(({ version, run, reason, services, environment, ref, ...options }) =>
      start(present({ action: 'rollback', version, run, reason, services, environment, ref }), options),
    );
}
