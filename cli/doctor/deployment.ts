/** What `pipeline doctor` looks at for a deployment: files, account, git host, registries, clock. */
import { type AwsAccount, createAwsAccount } from '../../adapters/aws/account';
import { readServerTime } from '../../adapters/http/server-time';
import type { CredentialSource } from '../../adapters/registry/client/credentials';
import { secretCredentials } from '../../adapters/registry/client/credentials';
import type { Catalog } from '../../core/catalog/model';
import { ERROR_NAMES } from '../../core/contract/errors';
import { type Finding, later, ok } from '../../core/doctor/finding';
import { judgeClock } from '../../core/doctor/judge-quotas';
import { DOCKER_HUB } from '../../core/image/reference';
import type { Clock } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { type AccountCheck, checkAccount, uncheckedAccount } from './account';
import { type DeploymentOptions, readDeployedCatalog, readSettingsFile, regionOf } from './deployment-files';
import { look } from './doctor-check';
import { checkGitHost } from './git';
import { checkRegistries } from './registry';

/** What is outside: the command's own, or a test's. */
export interface DoctorWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Where Docker Hub answers. */
  readonly hub: string;
}

export interface DoctorOptions extends DeploymentOptions {
  /** The stack's name. */
  readonly stack: string;
}

/** Checks a deployment, or what can be checked before the first one. */
export async function checkDeployment(options: DoctorOptions, world: DoctorWorld): Promise<readonly Finding[]> {
  let settings: Settings | undefined;
  const files = await look('settings', 'npx cdk synth', async () => {
    settings = await readSettingsFile(options);
    return ok('settings', 'can be used');
  });
  if (settings === undefined) return files;
  let catalog: Catalog | undefined;
  const catalogs = await look('catalog', 'npx pipeline catalog check', async () => {
    catalog = await readDeployedCatalog(options);
    return ok('catalog', `${catalog.services.length} services in ${catalog.stages.length} stages`);
  });
  const { findings, credentials, ...account } = await checkAws(settings, catalog, options, world);
  const images = catalog?.services.length ?? 0;
  const others = await Promise.all([
    checkGitHost({ settings, ...account, env: world.env, clock: world.clock }),
    checkRegistries({
      host: settings.releases.host,
      credentials,
      images,
      hub: world.hub,
      clock: world.clock,
      isMirrored: DOCKER_HUB in settings.mirrors,
    }),
    checkClock(settings, world),
  ]);
  return [...files, ...catalogs, ...findings, ...others.flat()];
}

interface AwsCheck extends AccountCheck {
  readonly credentials: CredentialSource;
}

async function checkAws(
  settings: Settings,
  catalog: Catalog | undefined,
  options: DoctorOptions,
  { env }: DoctorWorld,
): Promise<AwsCheck> {
  let region: string | undefined;
  const mend = 'export AWS_REGION=eu-central-1';
  const named = await look('AWS region', mend, async () => {
    region = regionOf(settings, options, env);
    return [];
  });
  if (region === undefined) {
    const unchecked = uncheckedAccount(settings, named, 'nothing says in which region to ask AWS', mend);
    return { ...unchecked, credentials: async () => undefined };
  }
  const account = createAwsAccount(region);
  const asked = await checkAccount({ account, settings, catalog, region, stackName: options.stack });
  return { ...asked, credentials: registryCredentials(account, asked, settings) };
}

/** The login in the stack's secret; nobody's before there is one, and where it cannot be used, which is told elsewhere. */
function registryCredentials(account: AwsAccount, { stack }: AccountCheck, { releases }: Settings): CredentialSource {
  const arn = stack?.outputs.RegistrySecretArn;
  if (arn === undefined) return async () => undefined;
  return async (host) => {
    const value = await account.secret(arn).catch(() => undefined);
    if (value === undefined) return undefined;
    return secretCredentials(async () => value, releases.host)(host).catch(() => undefined);
  };
}

async function checkClock({ git }: Settings, { clock }: DoctorWorld): Promise<readonly Finding[]> {
  if (git.host === 'local') return [];
  const read = async () => {
    const time = await readServerTime(new URL(git.apiUrl), clock, ERROR_NAMES.gitHost);
    return time === undefined ? later('clock', `${git.apiUrl} says no time`) : judgeClock(time);
  };
  // That the git host does not answer is no fault of the clock.
  return look('clock', 'timedatectl status', read, 'later');
}
