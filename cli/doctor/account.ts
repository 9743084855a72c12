/** The checks of `pipeline doctor` in the AWS account: credentials, quotas, layers, stack, secrets. */
import type { AwsAccount, DeployedStack } from '../../adapters/aws/account';
import { secretCredentials } from '../../adapters/registry/client/credentials';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import type { Catalog } from '../../core/catalog/model';
import { judgeExpiredTags, type TaggedImage } from '../../core/doctor/expired-tags';
import { type Finding, later, ok, problem } from '../../core/doctor/finding';
import { judgeFleets } from '../../core/doctor/judge-fleets';
import { judgePolicies } from '../../core/doctor/judge-policies';
import { judgeBuildQuotas, judgeBuildSettings, judgeLambdaQuota, judgePutQuota } from '../../core/doctor/judge-quotas';
import { judgeLeftovers, judgeMirrors, judgeRepositories } from '../../core/doctor/judge-registry';
import {
  gitSecretName,
  judgeChatSecret,
  judgeGitSecret,
  judgeRegistrySecret,
  judgeWebhookSecret,
  type ReadSecret,
} from '../../core/doctor/judge-secrets';
import { judgePackageKinds, judgeStack } from '../../core/doctor/judge-stack';
import { publishingModules } from '../../core/modules/plan-modules';
import type { ValuesGit } from '../../core/ports/git';
import type { Clock } from '../../core/ports/store';
import { fleetRegion } from '../../core/settings/build-images-schema';
import { filesOf } from '../../core/settings/files/environment-files';
import { valuesSettings } from '../../core/settings/files/values-repository';
import { type GitRole, hasReader } from '../../core/settings/git-login';
import type { Settings } from '../../core/settings/schema';
import { OWN_PACKAGE_REPOSITORY, packageDomain } from '../../core/settings/stack-name';
import { type GitSecrets, NO_GIT_SECRETS } from './git-login';
import { runCheck } from './run-check';

/** The findings about the account, and the facts that other checks need. `stack` is undefined before the first deployment, and without access. */
export interface AccountCheck {
  readonly findings: readonly Finding[];
  readonly stack: DeployedStack | undefined;
  readonly gitSecrets: GitSecrets;
  /** Those of the values repository, if the settings name one. */
  readonly valuesGitSecrets: GitSecrets;
  /** Why the account was not checked, as the end of a sentence; undefined if it was. */
  readonly unchecked?: string;
}

export interface AccountOptions {
  readonly account: AwsAccount;
  readonly settings: Settings;
  /** Undefined if it could not be read. */
  readonly catalog: Catalog | undefined;
  readonly region: string;
  readonly stackName: string;
}

/** The stack that `cdk bootstrap` creates by default. */
const TOOLKIT = 'CDKToolkit';

/** The commands that give a person credentials: by a profile of IAM Identity Center, or by access keys. */
const FIX_CREDENTIALS = 'aws sso login, or aws configure if there is no profile yet; then npx pipeline doctor';

/** Checks the account. Without credentials, the findings list every check that was skipped. */
export async function checkAccount(options: AccountOptions): Promise<AccountCheck> {
  const { account, region, settings } = options;
  const identity = await runCheck('AWS credentials', FIX_CREDENTIALS, async () =>
    ok('AWS credentials', `account ${await account.identity()}, region ${region}`),
  );
  if (identity.some(({ state }) => state !== 'ok')) {
    const refused = identity.map((finding) => ({ ...finding, text: `AWS accepts none: ${finding.text}` }));
    return uncheckedAccount(settings, refused, 'AWS accepts no credentials from here', FIX_CREDENTIALS);
  }
  const limits = await checkLimits(options);
  const bootstrap = await runCheck(
    'CDK bootstrap',
    `aws cloudformation describe-stacks --region ${region}`,
    async () => {
      if ((await account.stack(TOOLKIT)) !== undefined) return ok('CDK bootstrap', `${TOOLKIT} exists`);
      return later('CDK bootstrap', `${TOOLKIT} does not exist in ${region} yet`, 'npx cdk bootstrap');
    },
  );
  let stack: DeployedStack | undefined;
  const deployed = await runCheck('stack', `aws cloudformation describe-stacks --region ${region}`, async () => {
    stack = await account.stack(options.stackName);
    return [judgeStack(stack?.status, options), ...judgePackageKinds(stack?.outputs, options.catalog)];
  });
  const leftovers = await checkLeftovers(stack, options);
  const secrets = stack === undefined ? noSecretsYet(deployed) : await checkSecrets(stack, options);
  return {
    findings: [...identity, ...limits, ...bootstrap, ...deployed, ...leftovers, ...secrets.findings],
    stack,
    gitSecrets: secrets.git,
    valuesGitSecrets: secrets.valuesGit,
  };
}

/** Returns every check of an account as skipped. `why` is the end of a sentence. */
export function uncheckedAccount(
  { mirrors, fleets = [] }: Settings,
  found: readonly Finding[],
  why: string,
  fix: string,
): AccountCheck {
  const checks = [
    'quota of builds',
    ...(fleets.length === 0 ? [] : ['fleets']),
    'quota ECR PutImage',
    'quota Lambda functions',
    'ECR blob mounting',
    ...(Object.keys(mirrors).length === 0 ? [] : ['mirrors']),
    'CDK bootstrap',
    'stack',
    'secrets',
  ];
  const skipped = checks.map((check) => later(check, `not checked, because ${why}`, fix));
  return {
    findings: [...found, ...skipped],
    stack: undefined,
    gitSecrets: NO_GIT_SECRETS,
    valuesGitSecrets: NO_GIT_SECRETS,
    unchecked: why,
  };
}

async function checkLimits({ account, settings, catalog, region }: AccountOptions): Promise<readonly Finding[]> {
  const listQuotas = (service: string) =>
    `aws service-quotas list-service-quotas --service-code ${service} --region ${region}`;
  const found = await Promise.all([
    runCheck('quota of builds', listQuotas('codebuild'), async () => {
      if (catalog === undefined) return later('quota of builds', 'not checked, because the catalog cannot be read');
      const quotas = await account.quotas('codebuild');
      const builds = judgeBuildQuotas(catalog, settings.maxConcurrency, quotas, region, settings.fleets);
      return [...builds, ...judgeBuildSettings(catalog, settings, quotas, region)];
    }),
    runCheck('fleets', `aws codebuild list-fleets --region ${region}`, async () => {
      const own = (settings.fleets ?? []).filter((fleet) => fleetRegion(fleet) === region).map(({ arn }) => arn);
      const existing = own.length === 0 ? [] : await account.fleets(own);
      return judgeFleets(settings, existing, region, catalog?.services ?? []);
    }),
    runCheck('quota ECR PutImage', listQuotas('ecr'), async () => judgePutQuota(await account.quotas('ecr'), region)),
    runCheck('quota Lambda functions', listQuotas('lambda'), async () =>
      judgeLambdaQuota(await account.quotas('lambda'), settings.webhookConcurrency, region),
    ),
    runCheck('ECR blob mounting', `aws ecr get-account-setting --name BLOB_MOUNTING --region ${region}`, async () => {
      const value = await account.blobMounting();
      if (value === 'ENABLED') return ok('ECR blob mounting', 'releases share the layers of candidates');
      const fix = `aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED --region ${region}`;
      return problem('ECR blob mounting', `is ${value ?? 'not set'}, so that each release copies its layers`, fix);
    }),
    runCheck('mirrors', `aws ecr describe-pull-through-cache-rules --region ${region}`, async () =>
      Object.keys(settings.mirrors).length === 0
        ? []
        : judgeMirrors(settings, await account.pullThroughPrefixes(), region),
    ),
    runCheck('release repositories', `aws ecr describe-repositories --region ${region}`, async () =>
      isEcrOf(region, settings.releases.host) ? judgeRepositories(settings, await account.repositories(), region) : [],
    ),
    runCheck('accounts that may pull', `aws ecr describe-repositories --region ${region}`, async () => {
      if (!isEcrOf(region, settings.releases.host)) return [];
      const policies = await account.repositoryPolicies(await releaseRepositories(account, settings));
      return judgePolicies(settings.releases.pullAccounts, policies, region);
    }),
  ]);
  return found.flat();
}

/** Returns true if the registry host is ECR in this region. */
function isEcrOf(region: string, host: string): boolean {
  return host === 'ecr' || ecrRegion(host) === region;
}

async function releaseRepositories(account: AwsAccount, { releases }: Settings): Promise<readonly string[]> {
  const names = (await account.repositories()).map(({ name }) => name);
  return names.filter((name) => name.startsWith(`${releases.namespace}/`));
}

/** Looks for resources of an earlier stack whose names block the next deployment. */
async function checkLeftovers(
  stack: DeployedStack | undefined,
  { account, settings, catalog, region, stackName }: AccountOptions,
): Promise<readonly Finding[]> {
  const { host, repository } = settings.candidates;
  const publishes = catalog !== undefined && publishingModules(catalog).length > 0;
  const own = { domain: packageDomain(stackName), repository: OWN_PACKAGE_REPOSITORY };
  const createsIndex = publishes && settings.packages === undefined && stack?.outputs.PackageDomain === undefined;
  return runCheck('names of the stack', `aws ecr describe-repositories --region ${region}`, async () =>
    judgeLeftovers({
      stackName,
      candidates:
        stack === undefined &&
        isEcrOf(region, host) &&
        (await account.repositories()).some(({ name }) => name === repository)
          ? repository
          : undefined,
      packages: createsIndex && (await account.hasPackageRepository(own.domain, own.repository)) ? own : undefined,
    }),
  );
}

interface SecretsCheck {
  readonly findings: readonly Finding[];
  readonly git: GitSecrets;
  readonly valuesGit: GitSecrets;
}

function noSecretsYet(deployed: readonly Finding[]): SecretsCheck {
  const isMissing = deployed.every(({ state }) => state === 'later');
  const findings = isMissing ? [later('secrets', 'the stack creates them')] : [];
  return { findings, git: NO_GIT_SECRETS, valuesGit: NO_GIT_SECRETS };
}

async function checkSecrets({ outputs }: DeployedStack, { account, settings }: AccountOptions): Promise<SecretsCheck> {
  const findings: Finding[] = [];
  const read = async (check: string, output: string, judge: (secret: ReadSecret) => Promise<Finding> | Finding) => {
    const arn = outputs[output];
    if (arn === undefined) return undefined;
    let value: string | undefined;
    const found = await runCheck(
      check,
      `aws secretsmanager get-secret-value --secret-id ${arn} --query VersionId`,
      async () => {
        value = await account.secret(arn);
        return judge({ arn, value });
      },
    );
    findings.push(...found);
    return found.every(({ state }) => state === 'ok') ? value : undefined;
  };
  /** Reads the logins of a repository. Those of CodeCommit are roles. */
  const readLogins = async (of: Settings, outputOf: (name: 'GitSecretArn' | 'GitReaderSecretArn') => string) => {
    const readOne = async (role: GitRole, isWanted: boolean) => {
      const output = outputOf(role === 'writer' ? 'GitSecretArn' : 'GitReaderSecretArn');
      const check = gitSecretName(of, role);
      if (isWanted && outputs[output] === undefined) {
        const text = 'is missing: the stack was deployed before the settings named it';
        findings.push(problem(check, text, 'npx cdk deploy'));
      }
      return read(check, output, (secret) => judgeGitSecret(of, secret, role));
    };
    const isSecond = of !== settings;
    const writer = await readOne('writer', isSecond && of.git.host !== 'codecommit');
    return { writer, reader: await readOne('reader', hasReader(of)) };
  };
  const git = await readLogins(settings, (name) => name);
  const values = valuesSettings(settings);
  const valuesGit = values === undefined ? NO_GIT_SECRETS : await readLogins(values, (name) => `Values${name}`);
  await read('secret of the webhook', 'WebhookSecretArn', judgeWebhookSecret);
  await read('secret of the registry', 'RegistrySecretArn', async (secret) =>
    judgeRegistrySecret(secret, await pairIn(secret.value, settings.releases.host)),
  );
  await read('secret of the chats', 'ChatSecretArn', (secret) => judgeChatSecret(settings.notices.chats, secret));
  return { findings, git, valuesGit };
}

async function pairIn(value: string | undefined, host: string): Promise<'found' | 'other host' | 'broken'> {
  if (value === undefined) return 'broken';
  try {
    const found = await secretCredentials(async () => value, host)(host);
    return found === undefined ? 'other host' : 'found';
  } catch {
    return 'broken';
  }
}

/** The options of `--expired-tags`. */
export interface ExpiredTagsOptions extends Pick<AccountOptions, 'account' | 'settings' | 'region'> {
  readonly valuesGit: ValuesGit;
  readonly days: number;
  readonly clock: Clock;
}

/** Checks the release repositories in ECR for development tags that no branch uses. */
export function checkExpiredTags(options: ExpiredTagsOptions): Promise<readonly Finding[]> {
  const { account, settings, region, valuesGit, days, clock } = options;
  return runCheck('development tags', `aws ecr describe-repositories --region ${region}`, async () => {
    if (!isEcrOf(region, settings.releases.host))
      return later('development tags', `releases are not in ECR in ${region}`);
    const files = await filesOfAllBranches(valuesGit, settings);
    const images = new Map<string, readonly TaggedImage[]>();
    for (const name of await releaseRepositories(account, settings)) images.set(name, await account.taggedImages(name));
    return judgeExpiredTags(settings, { images, files, days, now: clock.now() }, region);
  });
}

/** Returns the texts of all values files and version locks at the heads of all branches. */
async function filesOfAllBranches(valuesGit: ValuesGit, { environments }: Settings): Promise<readonly string[]> {
  const paths = environments.map(filesOf).flatMap(({ values, lock }) => [...values.map(({ path }) => path), lock]);
  const texts: string[] = [];
  for (const { commit } of await valuesGit.branches())
    texts.push(...(await valuesGit.readFiles(commit, paths)).values());
  return texts;
}
