/** All that the rehearsal takes from the product, in one place: the runner of builds, names, and the servers that tests use. */

export type { RunReport } from '../core/contract';
export { objectKeys } from '../core/keys';
export { type BuildspecResult, runBuildspec } from '../local/build/buildspec-runner';
export { type DockerEngine, findDockerEngine } from '../local/build/docker-engine';
export { createEmbeddedBuilder } from '../local/build/embedded-builder';
export { openRegistryAccess } from '../local/build/registry-access';
export { freePort, listenOnLoopback } from '../local/loopback';
export { type FakeGitHub, startFakeGitHub, TOKEN } from '../test/support/fake-github';
export { createRepository, type TestEntry, type TestRepository } from '../test/support/git-repository';
export { postDelivery } from '../test/support/post-delivery';
