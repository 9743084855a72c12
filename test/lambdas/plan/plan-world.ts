/** The plan step on a repository of four services, a registry in memory and a clock that stands still. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { createLocalTags } from '../../../adapters/git/local/tags';
import { contentTag, objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import type { GitHost } from '../../../core/ports/git';
import { parseSettings } from '../../../core/settings/parse-settings';
import { printVersionLock } from '../../../core/version/version-lock';
import { type PlanDependencies, planStep } from '../../../lambdas/plan/plan';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { createMemoryStore } from '../../support/pipeline/memory-state';
import { FILES } from '../../support/pipeline/small-pipeline';
import { createMemoryRegistry, type MemoryRegistry } from '../../support/registry/memory-registry';

const HOST = 'registry.example';

export const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: 'chart/values.yaml',
  releases: { host: HOST, namespace: 'team' },
  candidates: { host: HOST, repository: 'candidates' },
});

export interface PlanWorld {
  readonly repository: TestRepository;
  readonly registry: MemoryRegistry;
  /** Methods of the git host, in the order of their calls. */
  readonly calls: readonly string[];
  readonly dependencies: PlanDependencies;
  /** Sets the clock, in ms since 1970. */
  setTime(now: number): void;
  plan(input: object, run?: string): Promise<Plan>;
  /** Records the state of a branch as released v1.3.0, as the commit step would, and returns the new head. */
  releaseAll(branch: string): Promise<string>;
  remove(): void;
}

export function makePlanWorld(): PlanWorld {
  const repository = createRepository();
  repository.commit('main', FILES);
  const registry = createMemoryRegistry();
  const calls: string[] = [];
  let now = Date.parse('2026-11-23T12:00:00Z');
  const git = counted(createLocalGitHost(repository.path), calls);
  const clock = { now: () => now };
  const store = createMemoryStore();
  const registries = { registry, baseRegistry: registry };
  const dependencies: PlanDependencies = {
    settings,
    stages: ['base', 'apps'],
    jobs: 'state',
    git,
    valuesGit: git,
    tags: createLocalTags(repository.path, clock),
    ...registries,
    store,
    clock,
  };

  const plan = async (input: object, run = 'run-1'): Promise<Plan> => {
    await planStep({ run, input }, dependencies);
    return JSON.parse((await store.get(objectKeys.plan(run)))?.toString('utf8') ?? 'null');
  };
  const releaseAll = async (branch: string): Promise<string> => {
    const commit = repository.git('rev-parse', branch);
    const { services } = await plan(push(commit), 'release');
    const lock = services.map(({ name, inputDigest }) => {
      const release = { host: HOST, repository: `team/${name}` };
      const { digest } = registry.seed(release, contentTag(inputDigest), name + inputDigest);
      return [name, { version: 'v1.3.0', digest, inputDigest, source: commit }] as const;
    });
    return repository.commit(branch, { 'chart/version-lock.yaml': printVersionLock(new Map(lock)) });
  };
  const setTime = (time: number) => {
    now = time;
  };
  return { repository, registry, calls, dependencies, setTime, plan, releaseAll, remove: () => repository.remove() };
}

export function push(commit: string): object {
  return { action: 'push', ref: 'refs/heads/develop', commit };
}

function counted(git: GitHost, calls: string[]): GitHost {
  const methods = Object.entries(git).map(([name, method]) => [
    name,
    (...args: never[]) => {
      calls.push(name);
      return (method as (...given: never[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(methods) as unknown as GitHost;
}
