/** A registry with two repositories and one user, behind token services that each test starts as it needs them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialSource } from '../../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../../adapters/registry/oci-registry';
import type { ImageRegistry, RepositoryName } from '../../../../core/ports/registry';
import { type RunningRegistry, startRegistry } from '../../../../local/registry/start-registry';
import { createStillClock } from '../../../support/pipeline/memory-state';
import { imageOf, pushContent } from '../../../support/registry/fake-registry-content';
import {
  startTokenService,
  type TokenService,
  type TokenServiceOptions,
} from '../../../support/registry/token-service';

export const LOGIN = { username: 'releaser', password: 'swordfish-is-secret' };
export const login: CredentialSource = async () => LOGIN;

/** The image that both repositories have as `v1`. */
export const content = imageOf('login');

export const clock = createStillClock();

const services: TokenService[] = [];
let upstream: RunningRegistry;

/** Starts the registry before the tests of a file, and closes the token services after each. */
export function useRegistryWithLogin(): void {
  const directory = mkdtempSync(join(tmpdir(), 'registry-with-login-'));
  beforeAll(async () => {
    upstream = await startRegistry({ directory });
    for (const repository of ['team/a', 'team/b']) {
      await pushContent(`http://${upstream.host}`, repository, content, 'v1');
    }
  });
  afterAll(async () => {
    await upstream.close();
    rmSync(directory, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
  });
}

/** Starts a token service in front of the registry. */
export async function serve(options: Partial<TokenServiceOptions> = {}): Promise<TokenService> {
  const service = await startTokenService(`http://${upstream.host}`, { ...LOGIN, ...options });
  services.push(service);
  return service;
}

/** Opens a client without random waits. */
export function open(credentials: CredentialSource): ImageRegistry {
  return createOciRegistry({ credentials, clock, random: () => 0, allowLoopback: true });
}

/** Returns a repository behind the token service. */
export function at({ host }: TokenService, repository = 'team/a'): RepositoryName {
  return { host, repository };
}
