/** How the deployed functions reach registries: ECR by its API and the function's role, others by the protocol and the secret. */
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
import type { Clock } from '../../core/ports/store';
import type { Settings } from '../../core/settings/schema';
import { LAMBDA_ENV } from './environment';

/** What is outside: AWS's own, or a test's. */
export interface RegistryWorld {
  /** A client of ECR's API for a region, which does not retry by itself. */
  readonly ecr: (region: string) => EcrClient;
  readonly openOci: (options: OciRegistryOptions) => ImageRegistry;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
}

/**
 * Gives registry clients for one run. Whatever one does, by whichever way, comes out of one budget of retries and keeps one pace of
 * puts for each host. Only repositories of the release namespace are ever made: the role may make no others.
 */
export function deployedRegistry(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  world: RegistryWorld = {
    ecr: createEcrClients(),
    openOci: createOciRegistry,
    clock: systemClock,
    random: Math.random,
  },
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
    return registryByHost(oci, (host) => {
      const region = ecrRegion(host);
      if (region === undefined) return undefined;
      const client = patientEcrClient(world.ecr(region), { ...patience, pace: () => putPace(host) });
      return createEcrRegistry({ client, oci, movableTags: releases.movableTags, clock });
    });
  };
}

/** The login of a registry that is not ECR, where the settings name one. */
function secretLogin(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): readonly CredentialSource[] {
  const secretId = env[LAMBDA_ENV.registrySecret];
  if (!secretId) return [];
  const read = createSecretReader(new SecretsManagerClient({}), secretId, clock);
  return [secretCredentials(read, settings.releases.host)];
}
