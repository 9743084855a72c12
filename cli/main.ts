/** The command table: argv to exit code. 0 done, 1 failed, 2 bad usage or input. */
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../core/contract/errors';
import { findJsonSyntaxError } from '../core/text/json';
import type { BuilderOptions } from '../local/build/choose-builder';
import { builderOption, pythonOption } from './context';
import { addDeployCommands } from './deploy-commands';
import { addOperateCommands } from './operate-commands';
import { type Output, printError } from './output/print';
import { addPlannerCommands } from './planner-commands';
import { addRecordedRuns, addReleaseCommands } from './release-commands';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Errors of what a person gave, not of what was done with it. */
const USAGE_ERRORS: readonly string[] = [
  ERROR_NAMES.invalidInput,
  ERROR_NAMES.invalidCatalog,
  ERROR_NAMES.invalidSettings,
];

const TAG_AT_ONCE = `
A tag is looked for and then put. ECR refuses the second of two who do so at once where tags are write-once, as the pipeline makes them.
On other registries both may find it free, and the later one has it: do not give by hand what a run or somebody else is giving.
With --home both are kept apart on one machine. Runs in AWS claim in a table of the stack, which this command does not use.
`;

/** Runs one command and gives its exit code. Results go to stdout, everything else to stderr. */
export async function main(argv: readonly string[], stdout: Output, stderr: Output): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(stdout, stderr, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (!isForPeople(error)) throw error;
    printError(stderr, error);
    return error instanceof InvalidInputError || USAGE_ERRORS.includes(error.name) ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Errors of ours and of the operating system say what happened; anything else is a fault of ours, and its stack helps. */
function isForPeople(error: unknown): error is Error {
  return error instanceof PipelineError || (error instanceof Error && 'errno' in error);
}

/** All commands, ready to parse. Throws `CommanderError` for what none of them takes. */
export function buildProgram(stdout: Output, stderr: Output, setExitCode: (code: number) => void): Command {
  const program = new Command('pipeline')
    .description(
      'Builds exactly the images that changed, gives all others the new version, moves the chart in one commit.',
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });

  program
    .command('demo')
    .description('set up a local pipeline on a sample monorepo, or on your own, and show its runs (this is npm start)')
    .option('--repo <dir>', 'a git repository of yours, which is only read; default: a sample Cloud-Tuner monorepo')
    .option('--catalog <file>', 'its catalog; default: pipeline.yaml in the repository')
    .option('--ref <branch>', 'its branch; default: the one checked out')
    .option('--values <file>', 'its values file; default: the one beside a Chart.yaml')
    .option('--registry <host>', 'an OCI registry to use, such as localhost:5000; default: an embedded one')
    .option('--folder <dir>', 'where everything is kept', '.local')
    .option('--fresh', 'empty the home of the last start on this repository, and use it again; default: a new home')
    .addOption(builderOption())
    .addOption(pythonOption())
    .action(async (options) => setExitCode(await (await import('./commands/demo')).demo(options, stdout)));

  program
    .command('tag')
    .description('give images a further tag by manifest, without pull and push: all of them or none')
    .argument('<image...>', 'repositories on the registry, such as team/auth')
    .requiredOption('--registry <host>', 'such as docker.io, ghcr.io or localhost:5000')
    .requiredOption('--from <tag>', 'a tag (or digest) that all images have')
    .requiredOption('--to <tag>', 'the tag to give; one that is there with another digest is never moved')
    .option('--home <dir>', 'the folder of a local pipeline: claim the tag as its runs claim their versions')
    .option('--dry-run', 'look, and write nothing')
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', TAG_AT_ONCE)
    .action(async (images: string[], options) =>
      setExitCode(await (await import('./commands/tag')).tag(images, options, stderr, stdout)),
    );

  const runs = program.command('run').description('one run on this machine, in the folder of an earlier npm start');
  const common = (command: Command) =>
    command
      .option('--home <dir>', 'the folder of the local pipeline', '.local/demo')
      .option('--dry-run', 'plan and report, write nothing')
      .option('--fail <service...>', 'rehearse a failure: the builds of these services fail', [])
      .option('--json', 'print the report as JSON', false)
      .addOption(builderOption())
      .addOption(pythonOption());
  const start = async (input: object, options: CommonOptions) => {
    const value = options.dryRun === true ? { ...input, dryRun: true } : input;
    const { run } = await import('./commands/run');
    setExitCode(await run(value, { ...options, home: resolve(options.home) }, stderr, stdout));
  };

  common(runs.command('release').description('give every service a version'))
    .requiredOption('--version <version>', 'such as v1.4.0')
    .requiredOption('--ref <branch>', 'the branch to release')
    .option('--from <version>', 'the version that is expected to be there now')
    .option('--strategy <strategy>', 'smart, conservative or minimal')
    .action(({ version, ref, from, strategy, ...options }) =>
      start(withoutUndefined({ action: 'release', version, from, ref, strategy }), options),
    );
  common(runs.command('push').description('build what changed on a branch, with development versions'))
    .requiredOption('--ref <branch>', 'the branch')
    .option('--commit <commit>', 'its commit, 40 hex digits; default: its head')
    .action(({ ref, commit, ...options }) => start(withoutUndefined({ action: 'push', ref, commit }), options));
  common(runs.command('build').description('give some services a version, such as a hotfix'))
    .requiredOption('--services <service...>', 'their names')
    .requiredOption('--version <version>', 'such as v1.4.0-hotfix-1')
    .requiredOption('--ref <branch>', 'the branch to build')
    .action(({ services, version, ref, ...options }) => start({ action: 'build', services, version, ref }, options));
  addRecordedRuns<CommonOptions>({ runs, common, start });
  common(runs.command('input').description('the very input of the state machine, as JSON'))
    .argument('<json>', 'such as {"action":"release","version":"v1.4.0","ref":"main"}', parseJson)
    .action((input: object, options: CommonOptions) => start(input, options));
  addPlannerCommands(program, { stdout, stderr, setExitCode });
  addOperateCommands(program, { stdout, stderr, setExitCode });
  addReleaseCommands(program, { stdout, stderr, setExitCode });
  addDeployCommands(program, { stdout, stderr, setExitCode });
  for (const group of program.commands) tellCommands(group);
  return program;
}

/** Who leaves out the command of a group is told that its first option is unknown, which is of no use to anybody. */
function tellCommands(group: Command): void {
  if (group.commands.length === 0) return;
  const names = group.commands.map((command) => command.name()).join(', ');
  group.showHelpAfterError(`pipeline ${group.name()} takes one of these first, then its options: ${names}`);
}

interface CommonOptions extends BuilderOptions {
  readonly home: string;
  readonly dryRun?: boolean;
  readonly fail: readonly string[];
  readonly json: boolean;
}

function withoutUndefined(input: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function parseJson(text: string): unknown {
  const fault = findJsonSyntaxError(text);
  if (fault === undefined) return JSON.parse(text);
  throw new InvalidArgumentError(`it is not JSON: line ${fault.line}, column ${fault.column}: ${fault.message}`);
}
