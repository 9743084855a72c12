/** The checks of `pipeline doctor` for a deployment: files, account, git host, registries, clock. */
import { type AwsAccount, createAwsAccount } from '../../adapters/aws/account';
import { createAlarmReader } from '../../adapters/aws/alarms';
import { systemClock } from '../../adapters/clock';
import { readServerTime } from '../../adapters/http/server-time';
import { openCluster } from '../../adapters/kubernetes/cluster';
import { readEksAccess } from '../../adapters/kubernetes/eks-access';
import { type CredentialSource, secretCredentials } from '../../adapters/registry/client/credentials';
import type { Catalog } from '../../core/catalog/model';
import { ERROR_NAMES } from '../../core/contract/errors';
import { type Finding, later, ok } from '../../core/doctor/finding';
import { judgeClock } from '../../core/doctor/judge-quotas';
import { DOCKER_HUB } from '../../core/image/reference';
import type { Clock } from '../../core/ports/store';
import { loginHosts } from '../../core/settings/registry/environment-registry';
import { ecrHost } from '../../core/settings/registry/names';
import type { Settings } from '../../core/settings/schema';
import { stackName } from '../../core/settings/stack-name';
import { CLUSTER_RETRY } from '../../lambdas/rollout/rollout';
import { type AccountCheck, checkAccount, checkExpiredTags, uncheckedAccount } from './account';
import { checkAuthorities } from './authorities/check-authorities';
import { checkBuildSecrets } from './builds/build-secrets';
import { type DeploymentOptions, readDeployedCatalog, readSettingsFile, regionOf } from './deployment-files';
import { checkGitHost, openValuesGit } from './git';
import { probeOf } from './registries/probe';
import { checkPulled } from './registries/pulled-names';
import { checkRegistries, type RegistryCheckOptions } from './registries/registry';
import { checkRollouts, type RolloutCheck } from './rollout';
import { runCheck } from './run-check';
import { checkEcrScans } from './scanner/check-scanner';
import { checkSigningKey } from './signing';

/** The environment of the doctor, which tests replace. */
export interface DoctorWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The address of Docker Hub. */
  readonly hub: string;
}

export interface DoctorOptions extends DeploymentOptions {
  /** The name of the stack. Default: the one in the settings. */
  readonly stack?: string;
  /** In days. Set to list older development tags that nothing uses. */
  readonly expiredTags?: number;
}

/** Checks a deployment. Before the first one, checks that need the stack are skipped. */
export async function checkDeployment(options: DoctorOptions, world: DoctorWorld): Promise<readonly Finding[]> {
  let settings: Settings | undefined;
  const files = await runCheck('settings', `edit ${options.settings ?? 'pipeline.settings.json'}`, async () => {
    settings = await readSettingsFile(options);
    return ok('settings', describeSettings(settings));
  });
  if (settings === undefined) return files;
  let catalog: Catalog | undefined;
  const catalogs = await runCheck('catalog', 'npx pipeline catalog check', async () => {
    const found = await readDeployedCatalog(options);
    catalog = found.catalog;
    return ok('catalog', `${found.path}: ${catalog.services.length} services in ${catalog.stages.length} stages`);
  });
  const { findings, credentials, tags, probe, ...account } = await checkAws(settings, catalog, options, world);
  const images = catalog?.services.length ?? 0;
  const tagsModules = catalog?.modules.some(({ publish }) => publish?.kind === 'go') === true;
  const valuesGit = openValuesGit({ settings, ...account, env: world.env, clock: world.clock });
  const others = await Promise.all([
    checkGitHost({ settings, ...account, env: world.env, clock: world.clock, tagsModules }),
    checkRegistries({
      host: settings.releases.host,
      environments: settings.environments,
      probe,
      credentials,
      images,
      hub: world.hub,
      clock: world.clock,
      isMirrored: DOCKER_HUB in settings.mirrors,
      unchecked: account.unchecked,
      plainHttp: settings.plainHttp,
    }),
    checkSigningKey(settings, account),
    checkBuildSecrets(settings, {
      read: account.unchecked === undefined ? (arn, place) => createAwsAccount(place).secret(arn) : undefined,
      env: world.env,
      isHere: false,
      catalog,
    }),
    checkClock(settings, world),
    checkRollouts({
      settings,
      catalog,
      ...rolloutServices(account.region),
      valuesGit,
    }),
    checkAuthorities({ settings, env: world.env, now: world.clock.now() }),
    checkPulled({ settings, catalog, valuesGit, ownHost: account.ownHost }),
  ]);
  return [...files, ...catalogs, ...findings, ...others.flat(), ...tags];
}

/** Names the monorepo, with a remark if the settings are still the example of this project. */
function describeSettings({ git }: Settings): string {
  if (git.host === 'local') return `for the repository ${git.path}`;
  const isExample = git.host === 'github' && git.repository === 'cloud-tuner/cloud-tuner';
  const remark = isExample
    ? ', the example of this project; for another monorepo edit pipeline.settings.json and cdk.json'
    : '';
  return `for ${git.repository} on ${git.host}${remark}`;
}

/** Returns access to the clusters and alarms of a region. The SDK's clients are loaded when a check needs them. */
function rolloutServices(region: string | undefined): Pick<RolloutCheck, 'openCluster' | 'alarms'> {
  const place = region === undefined ? {} : { region };
  return {
    openCluster: async (name) => {
      const [{ EKSClient }, { STSClient }] = await Promise.all([
        import('@aws-sdk/client-eks'),
        import('@aws-sdk/client-sts'),
      ]);
      const access = await readEksAccess(name, new EKSClient(place), new STSClient(place).config);
      return openCluster(access, { clock: systemClock, random: Math.random, retry: CLUSTER_RETRY });
    },
    alarms: {
      states: async (names) => {
        const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
        return createAlarmReader(new CloudWatchClient(place)).states(names);
      },
    },
  };
}

interface AwsCheck extends AccountCheck {
  readonly region?: string;
  readonly credentials: CredentialSource;
  readonly probe: RegistryCheckOptions['probe'];
  /** The host of the account's own registry; undefined if the account was not checked. */
  readonly ownHost: string | undefined;
  /** The findings of `--expired-tags`. */
  readonly tags: readonly Finding[];
}

async function checkAws(
  settings: Settings,
  catalog: Catalog | undefined,
  options: DoctorOptions,
  { env, clock }: DoctorWorld,
): Promise<AwsCheck> {
  let region: string | undefined;
  const fix = 'export AWS_REGION=eu-central-1';
  const named = await runCheck('AWS region', fix, async () => {
    region = regionOf(settings, options, env);
    return [];
  });
  if (region === undefined) {
    const account = uncheckedAccount(settings, named, 'no AWS region is set', fix);
    return { ...account, credentials: async () => undefined, probe: undefined, ownHost: undefined, tags: [] };
  }
  const account = createAwsAccount(region);
  const checked = await checkAccount({
    account,
    settings,
    catalog,
    region,
    stackName: options.stack ?? stackName(settings),
  });
  const scans = await checkEcrScans({ settings, account, region, unchecked: checked.unchecked });
  const { expiredTags: days } = options;
  const valuesGit = openValuesGit({ settings, ...checked, env, clock });
  const unread = later('development tags', 'not checked, because no login can read the values files');
  let tags: readonly Finding[] = [];
  if (days !== undefined && checked.unchecked === undefined) {
    const facts = { account, settings, region, days, clock };
    tags = valuesGit === undefined ? [unread] : await checkExpiredTags({ ...facts, valuesGit });
  }
  const probe = probeOf(account, checked, { settings, catalog, valuesGit });
  const findings = [...checked.findings, ...scans];
  const credentials = registryCredentials(account, checked, settings);
  const ownHost = checked.unchecked === undefined ? ecrHost(await account.identity(), region) : undefined;
  return { ...checked, findings, region, credentials, probe, ownHost, tags };
}

/** Returns the login in the stack's secret, if it exists and can be read. Another check reports a broken secret. */
function registryCredentials(account: AwsAccount, { stack }: AccountCheck, settings: Settings): CredentialSource {
  const arn = stack?.outputs.RegistrySecretArn;
  if (arn === undefined) return async () => undefined;
  return async (host) => {
    const value = await account.secret(arn).catch(() => undefined);
    if (value === undefined) return undefined;
    return secretCredentials(
      async () => value,
      loginHosts(settings)[0] ?? settings.releases.host,
    )(host).catch(() => undefined);
  };
}

async function checkClock({ git }: Settings, { clock }: DoctorWorld): Promise<readonly Finding[]> {
  if (git.host === 'local') return [];
  const read = async () => {
    const time = await readServerTime(new URL(git.apiUrl), clock, ERROR_NAMES.gitHost);
    return time === undefined ? later('clock', `${git.apiUrl} sends no time`) : judgeClock(time);
  };
  // If the git host does not answer, the clock is not wrong for that reason.
  return runCheck('clock', 'timedatectl status', read, 'later');
}
