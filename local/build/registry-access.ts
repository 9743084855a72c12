/** How builds on this machine reach a registry: with what `docker login` left here, over http on this machine only. */
import { systemClock } from '../../adapters/clock';
import { createHttpClient } from '../../adapters/http/http-client';
import { dockerConfigCredentials } from '../../adapters/registry/docker-config-credentials';
import type { PutDependencies } from '../../adapters/registry/put-manifest';
import { createRegistryClient } from '../../adapters/registry/registry-client';
import { ERROR_NAMES } from '../../core/contract';

/** A client for the builds of one run. */
export function openRegistryAccess(): PutDependencies {
  const clock = systemClock;
  const random = Math.random;
  const http = createHttpClient({ errorName: ERROR_NAMES.registry, clock, random, allowLoopback: true });
  const client = createRegistryClient({ http, clock, credentials: dockerConfigCredentials(), allowLoopback: true });
  return { client, clock, random };
}
