/** The commands, each with its description and the file that has its options and its action. From argv to the exit code. */
import { Command, CommanderError } from 'commander';
import { InvalidInputError } from '../core/contract/errors';
import { printableLines } from '../core/text/escape';
import { type CommandContext, type Configure, EXIT, QUIET } from './context';
import { type Output, printError } from './output/print';
import { explainError } from './outside-error';

interface CommandEntry {
  readonly text: string;
  /** Loads the command's file. */
  readonly load: () => Promise<Configure>;
  /** True if it makes the state machine, which takes CDK. The published package does not bring it. */
  readonly takesCdk?: boolean;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  demo: {
    text: 'set up a local pipeline on a sample monorepo, or on your own, and show its runs (this is npm start)',
    load: async () => (await import('./commands/demo')).configureDemo,
    takesCdk: true,
  },
  tag: {
    text: 'give images a further tag by manifest, without pull and push: all of them or none',
    load: async () => (await import('./commands/tag')).configureTag,
  },
  run: {
    text: 'start one run on this machine, in the home of an earlier npm start',
    load: async () => (await import('./commands/run')).configureRun,
    takesCdk: true,
  },
  values: {
    text: 'set image tags in values files: all of them or none, and no other byte',
    load: async () => (await import('./values')).configureValues,
  },
  catalog: {
    text: 'make or check the catalog of a monorepo',
    load: async () => (await import('./commands/catalog')).configureCatalog,
  },
  plan: {
    text: 'show what would be built, why, how long it takes and what it costs',
    load: async () => (await import('./commands/plan')).configurePlan,
  },
  estimate: {
    text: "show how long a catalog's builds take with so many build machines, and what they cost",
    load: async () => (await import('./commands/estimate')).configureEstimate,
  },
  explain: {
    text: 'show the files and rules behind the decision on one service',
    load: async () => (await import('./commands/plan')).configureExplain,
  },
  backtest: {
    text: 'replay the pushes of a branch: builds, what declared dependencies miss, and what causes most builds',
    load: async () => (await import('./commands/plan')).configureBacktest,
  },
  graph: {
    text: 'draw stages, services and modules; with --base, also the effects of a change',
    load: async () => (await import('./commands/graph')).configureGraph,
  },
  board: {
    text: 'show environments, runs, services and costs in a browser, on loopback, until Ctrl-C',
    load: async () => (await import('./board/board')).configureBoard,
  },
  serve: {
    text: 'serve webhook, git push and the Step Functions API on loopback, until Ctrl-C',
    load: async () => (await import('./commands/serve')).configureServe,
    takesCdk: true,
  },
  start: {
    text: 'start a run of the deployed or served state machine, and follow it to its end',
    load: async () => (await import('./commands/start')).configureStart,
  },
  status: {
    text: 'show the last runs of the state machine, or one of them',
    load: async () => (await import('./commands/start')).configureStatus,
  },
  history: {
    text: 'show which version came from which commit, run and digest, from git alone',
    load: async () => (await import('./commands/history')).configureHistory,
  },
  notes: {
    text: 'print what changed for each service since its last version, from git alone',
    load: async () => (await import('./commands/history')).configureNotes,
  },
  verify: {
    text: 'tell what an image was built from, by its registry and git alone, and whether both agree',
    load: async () => (await import('./commands/history')).configureVerify,
  },
  approve: {
    text: 'let a run continue that waits for approval',
    load: async () => (await import('./commands/approve')).configureApprove,
  },
  approvals: {
    text: 'list the runs that wait for approval',
    load: async () => (await import('./commands/approve')).configureApprovals,
  },
  reject: {
    text: 'end a run that waits for approval, before it assigns a version',
    load: async () => (await import('./commands/approve')).configureReject,
  },
  doctor: {
    text: 'check what blocks a deployment, before and after it, and print the command that fixes it',
    load: async () => (await import('./doctor/doctor')).configureDoctor,
  },
  setup: {
    text: 'set up what is outside of AWS: the webhook at the git host',
    load: async () => (await import('./commands/setup')).configureSetup,
  },
  images: {
    text: 'look for newer versions of BuildKit, emulators and SBOM scanner, and print the edit of the settings',
    load: async () => (await import('./images')).configureImages,
  },
  completion: {
    text: 'print a script that completes commands and options in bash, zsh or fish',
    load: async () => {
      const { configureCompletion } = await import('./completion');
      return (command, context) => configureCompletion(command, context, (named) => buildProgram(context, named));
    },
  },
};

/** What this program calls itself, and its version. */
export interface About {
  readonly name: string;
  readonly version: string;
}

/** Runs one command and returns its exit code. Results go to stdout, everything else to stderr. */
export async function main(argv: readonly string[], stdout: Output, stderr: Output, about?: About): Promise<number> {
  let exitCode: number = EXIT.done;
  const errors = leveled(stderr);
  const context = { stdout, stderr: errors, setExitCode: (code: number) => (exitCode = code) };
  try {
    const named = argv.filter((word) => word in COMMANDS).slice(0, 1);
    const program = await buildProgram(context, named, about);
    program.hook('preAction', (_, command) => {
      const { quiet, verbose } = command.opts<{ quiet?: boolean; verbose?: boolean }>();
      errors.level = quiet === true ? 'quiet' : verbose === true ? 'verbose' : undefined;
    });
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
    const explained = explainError(error);
    if (explained === undefined) throw error;
    printError(stderr, explained);
    return explained.isRefused ? EXIT.refused : EXIT.failed;
  }
}

/** Returns the output with a level, which the options of the command set. */
function leveled(output: Output): LeveledOutput {
  return {
    write: (text) => output.write(text),
    isTTY: output.isTTY,
    get columns() {
      return output.columns;
    },
    level: undefined,
  };
}

type LeveledOutput = Omit<Output, 'level'> & { level: Output['level'] };

/** Returns all commands; those in `named` with options and action, so that a start loads one file. Parsing throws `CommanderError`. */
export async function buildProgram(
  context: CommandContext,
  named: readonly string[] = Object.keys(COMMANDS),
  { name: ownName, version }: About = { name: 'pipeline', version: 'unreleased' },
): Promise<Command> {
  const { stdout, stderr } = context;
  const program = new Command(ownName)
    .version(version)
    // A version may be an option of a command, too.
    .enablePositionalOptions()
    .description(
      'Builds exactly the images that changed, gives all others the new version, updates the chart in one commit.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(printableLines(text)),
      writeErr: (text) => stderr.write(printableLines(text)),
    });
  for (const [name, { text, load, takesCdk = false }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(text);
    if (!named.includes(name)) continue;
    const configure = await load();
    configure(command, context);
    if (takesCdk) command.hook('preAction', requireCdk);
    showSubcommands(command);
    for (const each of command.commands.length === 0 ? [command] : command.commands) each.option(...QUIET);
  }
  return program;
}

/** Without this, a group without a subcommand only reports that its first option is unknown. */
function showSubcommands(group: Command): void {
  if (group.commands.length === 0) return;
  const names = group.commands.map((command) => command.name()).join(', ');
  group.showHelpAfterError(
    `${group.parent?.name()} ${group.name()} takes one of these first, then its options: ${names}`,
  );
}

/** Throws `InvalidInput` if CDK is not installed, before anything is written. */
function requireCdk(): void {
  const missing = ['aws-cdk-lib', 'constructs'].filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const message =
    'is not installed, and this command makes the state machine with it; run: npm install aws-cdk-lib constructs';
  throw new InvalidInputError(
    'the command cannot begin',
    missing.map((path) => ({ path, message })),
  );
}

function isInstalled(name: string): boolean {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
}
