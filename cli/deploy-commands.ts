/** The commands around a deployment: doctor and setup. */
import type { Command } from 'commander';
import type { SetupHost } from './commands/setup';
import type { CommandContext } from './context';

const SETTINGS = ['--settings <file>', "the deployment's settings; default: what cdk.json names"] as const;
const STACK = ['--stack <name>', 'the stack', 'ImagePipeline'] as const;
const REGION = ['--region <region>', "where it lies; default: the registry's region, else AWS_REGION"] as const;
const JSON_OUT = ['--json', 'print JSON', false] as const;

/** Adds the commands. Their code is loaded when one of them runs. */
export function addDeployCommands(program: Command, context: CommandContext): void {
  const { setExitCode } = context;
  program
    .command('doctor')
    .description('what stands in the way of a deployment, before it and after it, and what mends it')
    .option(...SETTINGS)
    .option('--catalog <file>', 'the catalog; default: what cdk.json names')
    .option(...STACK)
    .option(...REGION)
    .option('--home <dir>', 'look at a local pipeline in this folder instead')
    .option(...JSON_OUT)
    .action(async (options) => setExitCode(await (await import('./doctor/doctor')).doctor(options, context)));
  const setup = program.command('setup').description('set up what lies outside of AWS: the webhook at the git host');
  const at = (host: SetupHost, name: string, token: string) =>
    setup
      .command(host)
      .description(`make or repair the webhook on ${name}, with ${token} or the pipeline's own login`)
      .option(...SETTINGS)
      .option(...STACK)
      .option(...REGION)
      .option('--dry-run', 'look, and write nothing')
      .option(...JSON_OUT)
      .action(async (options) => setExitCode(await (await import('./commands/setup')).setup(host, options, context)));
  at('github', 'GitHub', 'GITHUB_TOKEN');
  at('gitlab', 'GitLab', 'GITLAB_TOKEN');
}
