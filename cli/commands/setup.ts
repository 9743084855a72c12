/** `pipeline setup`: make or repair the webhook of the repository. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { AwsAccount } from '../../adapters/aws/account';
import { systemClock } from '../../adapters/clock';
import type { GitHostHooks, HookContent } from '../../adapters/git/git-host-access';
import { KNOWN_HOSTS, type RemoteGit } from '../../adapters/git/known-hosts';
import { ERROR_NAMES, InvalidInputError, messageOf, PipelineError } from '../../core/contract/errors';
import { HOOK_EVENTS, type HookAction, type HookId, planHook } from '../../core/doctor/judge-webhook';
import type { Settings } from '../../core/settings/schema';
import { stackName } from '../../core/settings/stack-name';
import { isSigningToken, signingTokenProblem } from '../../core/webhook/signature';
import { type CommandContext, JSON_OUT, STACK } from '../context';
import { requireOutputs } from '../deployed-stack';
import { type DeploymentOptions, readSettingsFile, regionOf, SETTINGS, STACK_REGION } from '../doctor/deployment-files';
import { hookLogin, hooksOf } from '../doctor/git';
import { type GitLogin, NO_GIT_SECRETS, tokenName } from '../doctor/git-login';
import { printJson, printLine } from '../output/print';

type SetupHost = RemoteGit['host'];

interface SetupArguments extends Omit<DeploymentOptions, 'catalog'> {
  /** Default: the name that the settings give. */
  readonly stack?: string;
  readonly dryRun?: boolean;
  readonly json: boolean;
}

/** Adds a subcommand for each git host. */
export function configureSetup(group: Command, context: CommandContext): void {
  for (const [host, { name, tokenNames, webhook }] of Object.entries(KNOWN_HOSTS)) {
    if (webhook === undefined) continue;
    group
      .command(host)
      .description(`make or repair the webhook on ${name}, with ${tokenNames[0]} or the pipeline's own login`)
      .option(...SETTINGS)
      .option(...STACK)
      .option(...STACK_REGION)
      .option('--dry-run', 'look, but write nothing')
      .option(...JSON_OUT)
      .action((options: SetupArguments) => setup(host as SetupHost, options, context));
  }
}

/** The output of `setup --json`. */
export interface SetupReport {
  readonly dryRun: boolean;
  readonly repository: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: 'kept' | 'made';
  readonly action: HookAction;
  /** The id of the webhook; undefined if a dry run would make it. */
  readonly hook?: HookId;
}

/** Sets the webhook up and prints what was done. Throws `InvalidInput` or `GitHostError`, and errors of AWS. */
async function setup(host: SetupHost, { json, ...options }: SetupArguments, { stdout }: CommandContext): Promise<void> {
  const report = await setUp(host, options);
  if (json) printJson(stdout, report);
  else printLine(stdout, setupText(report));
}

async function setUp(host: SetupHost, options: Omit<SetupArguments, 'json'>): Promise<SetupReport> {
  const { dryRun = false } = options;
  const settings = await readSettingsFile(options);
  const { git } = settings;
  if (git.host === 'codecommit') {
    throw refuse('git.host', "is 'codecommit', which needs no webhook: an event rule of the stack starts runs");
  }
  if (git.host !== host) {
    throw refuse(
      'git.host',
      `is '${git.host}' in the settings; run pipeline setup ${git.host}, or name other settings`,
    );
  }
  const { createAwsAccount } = await import('../../adapters/aws/account');
  const account = createAwsAccount(regionOf(settings, options, process.env));
  const { url, login, secret, state } = await readStack(
    account,
    settings,
    options.stack ?? stackName(settings),
    dryRun,
  );
  const problem = host === 'gitlab' && isSigningToken(secret) ? signingTokenProblem(secret) : undefined;
  if (problem !== undefined) throw refuse('the secret of the output WebhookSecretArn', problem);
  const content: HookContent = { url, secret, events: HOOK_EVENTS };
  const { action, hook } = await putHook(hooksOf(git, login, systemClock), content, dryRun).catch((error: unknown) => {
    throw withAdvice(error, login, host);
  });
  return { dryRun, repository: git.repository, url, events: HOOK_EVENTS, secret: state, action, hook };
}

interface StackParts {
  readonly url: string;
  readonly login: GitLogin;
  readonly secret: string;
  readonly state: SetupReport['secret'];
}

async function readStack(account: AwsAccount, settings: Settings, name: string, dryRun: boolean): Promise<StackParts> {
  const stack = await requireOutputs(account, name, ['WebhookUrl', 'WebhookSecretArn', 'GitSecretArn']);
  const gitSecret = await account.secret(stack.GitSecretArn);
  const login = hookLogin({
    settings,
    gitSecrets: { ...NO_GIT_SECRETS, writer: gitSecret },
    env: process.env,
    clock: systemClock,
  });
  if (login === undefined) {
    const variable = settings.git.host === 'local' ? 'git.host' : tokenName(settings.git);
    throw refuse(
      variable,
      'is not set, and the secret of the git host is empty; set it to a token that may write webhooks',
    );
  }
  return { url: stack.WebhookUrl, login, ...(await webhookSecret(account, stack.WebhookSecretArn, dryRun)) };
}

/** Returns the secret in the stack. If it is empty, makes one and stores it there, where the webhook function reads it. */
async function webhookSecret(account: AwsAccount, arn: string, dryRun: boolean) {
  const known = await account.secret(arn);
  if (known !== undefined && known !== '') return { secret: known, state: 'kept' as const };
  const secret = randomBytes(24).toString('hex');
  if (!dryRun) await account.putSecret(arn, secret);
  return { secret, state: 'made' as const };
}

async function putHook(hooks: GitHostHooks, content: HookContent, dryRun: boolean) {
  const action = planHook(await hooks.list(), content);
  if (action.kind === 'create') return dryRun ? { action } : { action, hook: await hooks.create(content) };
  return { action, hook: dryRun ? action.id : await hooks.update(action.id, content) };
}

/** Git hosts answer "not found" for what a login may not see, so that the advice is the same for both. */
function withAdvice(error: unknown, { whose }: GitLogin, host: SetupHost): unknown {
  if (!(error instanceof PipelineError) || error instanceof InvalidInputError) return error;
  const { webhook } = KNOWN_HOSTS[host];
  const message = `${messageOf(error)}\nasked with ${whose}; that requires ${webhook?.right}: ${webhook?.tokenCommand} npx pipeline setup ${host}`;
  return new PipelineError(ERROR_NAMES.gitHost, message, { cause: error });
}

function refuse(path: string, message: string): InvalidInputError {
  return new InvalidInputError('the webhook cannot be set up', [{ path, message }]);
}

/** One line for the webhook, one for a new secret, one for each webhook that delivers the same twice. */
function setupText({ dryRun, repository, url, events, secret, action, hook }: SetupReport): string {
  const verb = { create: ['would be made', 'was made'], update: ['would be set', 'was set'] }[action.kind];
  const before = action.kind === 'update' && action.faults.length > 0 ? ` (it ${action.faults.join('; ')})` : '';
  const number = hook === undefined ? '' : ` ${hook}`;
  return [
    `webhook${number} of ${repository} ${verb[dryRun ? 0 : 1]}: ${events.join(' and ')} to ${url}${before}`,
    ...(secret === 'kept' ? [] : [`its secret ${dryRun ? 'would be' : 'was'} made and stored in the stack`]),
    ...(action.kind === 'update' ? action.twins : []).map(
      (id) => `webhook ${id} has the same address, so that pushes are delivered twice; remove it at the git host`,
    ),
  ].join('\n');
}
