/** Everything that the rehearsal imports from the product and its test support, except for the bundled Docker client. */
export { MACHINE_JOB_ENV } from '../core/contract/job-environment';
export { objectKeys } from '../core/contract/keys';
export type { RunReport } from '../core/contract/report';
export { accuracyOf, holds } from '../core/estimate/accuracy';
export { repeatableNumbers } from '../core/estimate/quantiles';
export { type BuildspecResult, runBuildspec } from '../local/build/buildspec-runner';
export { type DockerEngine, findDockerEngine } from '../local/build/docker-engine';
export { stateMachineDefinition, type Template } from '../local/runtime/definition';
export { freePort, listenOnLoopback } from '../local/runtime/loopback';
export { runExecution, type StateEvent } from '../local/runtime/state-machine';
export { postDelivery } from '../test/support/deliveries/post-delivery';
export { createRepository, type TestEntry, type TestRepository } from '../test/support/git/git-repository';
export { type FakeGitHub, startFakeGitHub, TOKEN } from '../test/support/git-hosts/fake-github';
