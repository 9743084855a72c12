/** The registries of the deployed functions: ECR by its API and the function's role, others by the protocol and a secret. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from '../../adapters/aws/secrets';
import { systemClock } from '../../adapters/clock';
import { createRetryBudget } from '../../adapters/http/retry';
import { type CredentialSource, firstOf, secretCredentials } from '../../adapters/registry/client/credentials';
import {
  createEcrClients,
  type EcrClient,
  ecrCredentials,
  patientEcrClient,
} from '../../adapters/registry/ecr/ecr-client';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
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
import type { ImageRegistry } from '../../core/ports/registry';
import type { ImageScanner } from '../../core/ports/scanner';
import type { Clock } from '../../core/ports/store';
import { loginHosts } from '../../core/settings/registry/environment-registry';
import type { Settings } from '../../core/settings/schema';
import { LAMBDA_ENV } from './environment';

/** The outside world: that of AWS, or that of a test. */
export interface RegistryWorld {
  /** A client of ECR's API for a region, which does not retry by itself. */
  readonly ecr: (region: string) => EcrClient;
  readonly openOci: (options: OciRegistryOptions) => ImageRegistry;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
}

function outside(): RegistryWorld {
  return { ecr: createEcrClients(), openOci: createOciRegistry, clock: systemClock, random: Math.random };
}

/** Returns the scanner of ECR for one look, with retries of failures that may pass. */
export function deployedScanner({ ecr, clock, random }: Omit<RegistryWorld, 'openOci'> = outside()): ImageScanner {
  const patience = { clock, random, retry: RUN_RETRIES, budget: createRetryBudget(RUN_BUDGET) };
  return createEcrScanner({ clientOf: (host) => patientEcrClient(ecr(ecrRegion(host) ?? ''), patience), clock });
}

/**
 * Returns a function that opens the registries for one run. All calls of a run share one budget of retries, and for each host one rate
 * limit of puts. The role can create repositories of the release namespace only.
 */
export function deployedRegistry(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  world: RegistryWorld = outside(),
): (options?: RegistryPatience & Pick<OciRegistryOptions, 'isWritten'>) => ImageRegistry {
  const { clock, random } = world;
  const secret = secretLogin(settings, env, clock);
  return ({ retry = RUN_RETRIES, ...rest } = {}) => {
    const budget = createRetryBudget(RUN_BUDGET);
    const putPace = createPutRateLimiter(clock);
    const patience = { clock, random, retry, budget };
    const role = ecrCredentials((region) => patientEcrClient(world.ecr(region), patience), clock);
    const credentials = firstOf(role, ...secret);
    const { plainHttp, releases } = settings;
    const access = { credentials, clock, random, allowLoopback: false, plainHttp, budget, putPace, retry };
    const oci = world.openOci({ ...access, ...rest });
    const { movableTags } = releases;
    return registryByHost(oci, (host) => {
      const region = ecrRegion(host);
      if (region === undefined) return undefined;
      const client = patientEcrClient(world.ecr(region), { ...patience, pace: () => putPace(host) });
      // In another account, its own policies say who may pull.
      const pullAccounts = host === releases.host ? releases.pullAccounts : [];
      return createEcrRegistry({ client, oci, movableTags, pullAccounts, clock });
    });
  };
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
