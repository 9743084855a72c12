/** The commands that look at a repository on disk and change nothing: catalog, plan, estimate, explain, backtest, graph. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { REFERENCE_REGION } from '../core/estimate/price';
import type { CommandContext } from './context';

const REPO = ['--repo <dir>', 'a clone or bare repository on this machine', '.'] as const;

const CATALOG = [
  '--catalog <file>',
  'the catalog; default: pipeline.yaml in the commit, else in the work tree',
] as const;

const BASE = ['--base <ref>', 'the commit to compare with'] as const;

const JSON_OUT = ['--json', 'print JSON', false] as const;

const ref = (text = 'branch, tag or commit') => ['--ref <ref>', text, 'HEAD'] as const;

const REGION = [
  '--region <region>',
  'the AWS region whose prices the estimate takes, and in which a stack lies',
  REFERENCE_REGION,
] as const;

const RECORDED = [
  '--recorded <stack>',
  'take the minutes that builds of this deployed stack really took, where it has built a service',
] as const;

const KEEP_GOING = ['--keep-going', 'plan what can be planned, and name the rest', false] as const;

const releases = () =>
  new Option(
    '--releases <host/namespace>',
    'where our images are released, to know them in FROM; default: the Dockerfiles say it',
  ).argParser(checkReleases);

/** Adds the commands. Their code is loaded when one of them runs, so that each starts fast. */
export function addPlannerCommands(program: Command, context: CommandContext): void {
  const { setExitCode } = context;
  const catalog = program.command('catalog').description('the catalog of a monorepo: make one, check one');
  catalog
    .command('init')
    .description('a catalog from the Dockerfiles found, on stdout or in a file')
    .option(...REPO)
    .option(...ref())
    .option('--out <file>', 'write it there, over what is there')
    .addOption(
      new Option('--context <context>', 'the build context where the Dockerfile fits both')
        .choices(['root', 'service'])
        .default('root'),
    )
    .option(...JSON_OUT)
    .action(async (options) => setExitCode(await (await import('./commands/plan')).catalogInit(options, context)));
  catalog
    .command('check')
    .description('problems, drift between catalog and Dockerfiles, and what images take in that git does not hold')
    .option(...REPO)
    .option(...ref())
    .option(...CATALOG)
    .addOption(releases())
    .option(...JSON_OUT)
    .action(async (options) => setExitCode(await (await import('./commands/plan')).catalogCheck(options, context)));
  program
    .command('plan')
    .description('what would be built, why, how long it takes and what it costs')
    .option(...REPO)
    .option(...ref())
    .option('--base <ref>', 'the commit to compare with; default: the version lock in the commit')
    .option(...CATALOG)
    .addOption(releases())
    .option(...REGION)
    .option(...RECORDED)
    .option(...KEEP_GOING)
    .option(...JSON_OUT)
    .action(async (options) => setExitCode(await (await import('./commands/plan')).plan(options, context)));
  program
    .command('estimate')
    .description("how long a catalog's builds take with so many build machines, and what they cost")
    .requiredOption('--catalog <file>', 'the catalog')
    .option('--builders <number>', 'build machines at a time', parseCount, 60)
    .option('--stage-concurrency <number>', 'jobs of a stage at a time, where the catalog does not say', parseCount, 20)
    .option('--scenarios <file>', 'what is built, and what somebody else reckons for it; default: the usual')
    .option(...REGION)
    .option(...RECORDED)
    .option(...JSON_OUT)
    .action(async (options) => setExitCode(await (await import('./commands/estimate')).estimate(options, context)));
  program
    .command('explain')
    .description('the files and rules behind the decision on one service')
    .argument('<service>', 'its name in the catalog')
    .option(...REPO)
    .option(...ref())
    .requiredOption(...BASE)
    .option(...CATALOG)
    .addOption(releases())
    .option(...JSON_OUT)
    .action(async (service, options) =>
      setExitCode(await (await import('./commands/plan')).explain(service, options, context)),
    );
  program
    .command('backtest')
    .description('replays the pushes of a branch: builds, what the declared dependencies miss, what causes most builds')
    .option(...REPO)
    .requiredOption('--since <ref>', 'the commit to start from')
    .option(...ref('the branch, tag or commit to end at'))
    .option(...CATALOG)
    .addOption(releases())
    .option(...JSON_OUT)
    .action(async (options) => setExitCode(await (await import('./commands/plan')).backtest(options, context)));
  program
    .command('graph')
    .description('stages, services and modules, as a picture; with --base, what a change leads to')
    .option(...REPO)
    .option(...ref())
    .option(...BASE)
    .option(...CATALOG)
    .addOption(releases())
    .addOption(
      new Option('--format <format>', 'html is a page that needs nothing else')
        .choices(['mermaid', 'dot', 'html', 'json'])
        .default('mermaid'),
    )
    .option('--out <file>', 'write it there; default: stdout')
    .option(...KEEP_GOING)
    .action(async (options) => setExitCode(await (await import('./commands/graph')).graph(options, context)));
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a number from 1 to 9999.');
}

function checkReleases(text: string): string {
  if (/^[^/\s]+\/[^\s]+$/.test(text)) return text;
  throw new InvalidArgumentError('write a registry host and a namespace, such as docker.io/team.');
}
