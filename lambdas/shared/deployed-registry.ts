/** The registries of the deployed functions: ECR by its API and the function's role, others by the protocol and a secret. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { assumeRole, type RoleCredentials } from '../../adapters/aws/assumed-role';
import { createSecretReader } from '../../adapters/aws/secrets';
import { systemClock } from '../../adapters/clock';
import { createRetryBudget } from '../../adapters/http/retry';
import { type CredentialSource, firstOf, secretCredentials } from '../../adapters/registry/client/credentials';
import {
  createEcrClientAs,
  createEcrClients,
  type EcrClient,
  ecrCredentials,
  patientEcrClient,
} from '../../adapters/registry/ecr/ecr-client';
import { ecrAccount, ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import { createEcrRegistry } from '../../adapters/registry/ecr/ecr-registry';
import { createEcrScanner } from '../../adapters/registry/ecr/ecr-scanner';
import {
  createOciRegistry,
  type OciRegistryOptions,
  type RegistryPatience,
  RUN_BUDGET,
  RUN_RETRIES,
  registryByHost,
} from '../../adapters/registry/oci-registry';
import { createPutRateLimiter } from '../../adapters/registry/put';
import type { ImageRegistry, RepositoryName } from '../../core/ports/registry';
import type { ImageScanner } from '../../core/ports/scanner';
import type { Clock } from '../../core/ports/store';
import { environmentRegistries, loginHosts } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { LAMBDA_ENV } from './environment';

/** The outside world: that of AWS, or that of a test. */
export interface RegistryWorld {
  /** A client of ECR's API for a region, which does not retry by itself. */
  readonly ecr: (region: string) => EcrClient;
  /** The same as another role. */
  readonly ecrAs: (region: string, credentials: () => Promise<RoleCredentials>) => EcrClient;
  readonly sts: () => Pick<STSClient, 'send'>;
  readonly openOci: (options: OciRegistryOptions) => ImageRegistry;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
}

function outside(): RegistryWorld {
  return {
    ecr: createEcrClients(),
    ecrAs: createEcrClientAs,
    sts: () => new STSClient({}),
    openOci: createOciRegistry,
    clock: systemClock,
    random: Math.random,
  };
}

/** Returns the scanner of ECR for one look, with retries of failures that may pass. */
export function deployedScanner(
  { ecr, clock, random }: Pick<RegistryWorld, 'ecr' | 'clock' | 'random'> = outside(),
): ImageScanner {
  const patience = { clock, random, retry: RUN_RETRIES, budget: createRetryBudget(RUN_BUDGET) };
  return createEcrScanner({ clientOf: (host) => patientEcrClient(ecr(ecrRegion(host) ?? ''), patience), clock });
}

/** What the registries of one run need besides the settings. */
interface RunRegistryOptions extends RegistryPatience, Pick<OciRegistryOptions, 'isWritten'> {
  /** The name of the run, which roles in other accounts see. */
  readonly run?: string;
}

/**
 * Returns a function that opens the registries for one run. All calls of a run share one budget of retries, and for each host one rate
 * limit of puts. The role can create repositories of the release namespace only.
 */
export function deployedRegistry(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  world: RegistryWorld = outside(),
): (options?: RunRegistryOptions) => ImageRegistry {
  const { clock, random } = world;
  const secret = secretLogin(settings, env, clock);
  return ({ retry = RUN_RETRIES, run = 'image-pipeline', ...rest } = {}) => {
    const budget = createRetryBudget(RUN_BUDGET);
    const putPace = createPutRateLimiter(clock);
    const patience = { clock, random, retry, budget };
    const clientOf = ecrClientsOf(settings, run, world);
    const role = ecrCredentials((host) => patientEcrClient(clientOf(host), patience), clock);
    const credentials = firstOf(role, ...secret);
    const { plainHttp, releases } = settings;
    const access = { credentials, clock, random, allowLoopback: false, plainHttp, budget, putPace, retry };
    const oci = world.openOci({ ...access, ...rest });
    const { movableTags } = releases;
    return registryByHost(oci, (host) => {
      if (ecrRegion(host) === undefined) return undefined;
      const client = patientEcrClient(clientOf(host), { ...patience, pace: () => putPace(host) });
      // In another account, its own policies say who may pull.
      const pullAccounts = host === releases.host ? releases.pullAccounts : [];
      const ecr = { client, oci, movableTags, pullAccounts, clock };
      return createEcrRegistry(mayMakeRepositories(host, settings) ? ecr : { ...ecr, makeByHand });
    });
  };
}

/** Returns the client of each ECR host: as the role that the settings name for it, or as the function itself. */
function ecrClientsOf(settings: Settings, run: string, world: RegistryWorld): (host: string) => EcrClient {
  const clients = new Map<string, EcrClient>();
  return (host) => {
    const region = ecrRegion(host) ?? '';
    const role = environmentRegistries(settings).find((registry) => registry.host === host)?.role;
    if (role === undefined) return world.ecr(region);
    const client = clients.get(host) ?? world.ecrAs(region, () => assumeRole(role, run, world.sts()));
    clients.set(host, client);
    return client;
  };
}

/** Only an identity of its own account can make repositories in a registry. */
function mayMakeRepositories(host: string, settings: Settings): boolean {
  const registry = environmentRegistries(settings).find((each) => each.host === host);
  return (
    registry === undefined || registry.role !== undefined || ecrAccount(host) === ecrAccount(settings.candidates.host)
  );
}

function makeByHand({ host, repository }: RepositoryName): string {
  const place = `--registry-id ${ecrAccount(host)} --region ${ecrRegion(host)}`;
  return `the repository ${host}/${repository} is missing, or its policy does not allow the release function, and no other account can change that; with an identity of its account run: aws ecr create-repository ${place} --repository-name ${repository} --image-tag-mutability IMMUTABLE, and let its policy allow the release function to push, or name a role in the settings`;
}

/** The login of a registry other than ECR, if the settings name one. */
function secretLogin(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): readonly CredentialSource[] {
  const secretId = env[LAMBDA_ENV.registrySecret];
  if (!secretId) return [];
  const read = createSecretReader(new SecretsManagerClient({}), secretId, clock);
  return [secretCredentials(read, loginHosts(settings)[0] ?? settings.releases.host)];
}
