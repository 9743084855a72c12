/** All that the rehearsal takes from the product and from the support of its tests, in one place. */
import { systemClock } from '../adapters/clock';
import { createHttpClient } from '../adapters/http/http-client';
import { dockerConfigCredentials } from '../adapters/registry/client/docker-config';
import { createRegistryClient } from '../adapters/registry/client/registry-client';
import { ERROR_NAMES } from '../core/contract/errors';
import { createEmbeddedBuilder } from '../local/build/embedded-builder';

export { objectKeys } from '../core/contract/keys';
export type { RunReport } from '../core/contract/report';
export { type BuildspecResult, runBuildspec } from '../local/build/buildspec-runner';
export { type DockerEngine, findDockerEngine } from '../local/build/docker-engine';
export { stateMachineDefinition, type Template } from '../local/runtime/definition';
export { freePort, listenOnLoopback } from '../local/runtime/loopback';
export { postDelivery } from '../test/support/deliveries/post-delivery';
export { createRepository, type TestEntry, type TestRepository } from '../test/support/git/git-repository';
export { type FakeGitHub, startFakeGitHub, TOKEN } from '../test/support/git-hosts/fake-github';

/** The builder that makes images of declared inputs without an engine, with the login that `docker login` left. */
export function embeddedBuilder(catalogFile: string, releases: string): ReturnType<typeof createEmbeddedBuilder> {
  const clock = systemClock;
  const random = Math.random;
  const http = createHttpClient({ errorName: ERROR_NAMES.registry, clock, random, allowLoopback: true });
  const client = createRegistryClient({ http, clock, credentials: dockerConfigCredentials(), allowLoopback: true });
  return createEmbeddedBuilder({ catalogFile, releases, registry: { client, clock, random } });
}
