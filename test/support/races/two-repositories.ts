/** A race in a values repository: the world's own is that one, and sources are committed to a monorepo beside it. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { objectKeys } from '../../../core/contract/keys';
import type { CommitResult, ReleaseRecord } from '../../../core/contract/release';
import type { GitHost } from '../../../core/ports/git';
import type { ObjectStore } from '../../../core/ports/store';
import { parseSettings } from '../../../core/settings/parse-settings';
import { commitStep } from '../../../lambdas/commit/commit';
import { createRepository } from '../git/git-repository';
import { createMemoryStore } from '../pipeline/memory-state';
import {
  FAST_CLOCK,
  FIRST_VERSION,
  filesSettings,
  type PlayedRun,
  type RaceWorld,
  releaseOf,
  SERVICES,
} from './race-world';

/** The hosts of the two repositories, as a run reaches them. */
export interface TwoHosts {
  readonly git: GitHost;
  readonly valuesGit: GitHost;
}

export interface TwoRepositories extends RaceWorld {
  readonly sources: NonNullable<RaceWorld['sources']>;
  readonly hosts: TwoHosts;
  /** Gives the versions of a run, and returns the store with its record. */
  release(record: ReleaseRecord): Promise<ObjectStore>;
  /** One call of the commit step through these hosts. */
  call(run: string, hosts: TwoHosts, store: ObjectStore): Promise<CommitResult>;
}

/** Returns the world with a monorepo whose first commit is released. The world's repository loses its sources and its catalog. */
export async function withSources(world: RaceWorld): Promise<TwoRepositories> {
  const repository = createRepository();
  const catalog = world.repository.git('show', 'main:pipeline.yaml');
  const files = Object.fromEntries(SERVICES.map((name) => [`${name}/main.py`, '0']));
  const first = repository.commit('main', { ...files, 'pipeline.yaml': `${catalog}\n` }, 'first');
  const git = createLocalGitHost(repository.path);
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    valuesRepository: { git: { host: 'github', repository: 'team/deployments' } },
    ...filesSettings(world.values),
    branches: [{ branch: 'main', allow: ['push', 'release'], version: '{version}-dev' }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const registry = new Map<string, string>();

  const call: TwoRepositories['call'] = (run, hosts, store) =>
    commitStep({ run }, { settings, ...hosts, store, clock: FAST_CLOCK, random: Math.random });

  async function release(record: ReleaseRecord): Promise<ObjectStore> {
    for (const { name, version, digest } of record.services) registry.set(`${name} ${version}`, digest);
    const store = createMemoryStore();
    await store.put(objectKeys.release(record.run), JSON.stringify(record));
    return store;
  }

  async function play(record: ReleaseRecord, valuesGit: GitHost = world.host): Promise<PlayedRun> {
    const store = await release(record);
    const played = await call(record.run, { git, valuesGit }, store).then(
      (result): PlayedRun => ({ record, result }),
      (error: Error): PlayedRun => ({ record, error }),
    );
    runs.push(played);
    return played;
  }

  const valuesCommit = await world.commitForeign('sources are elsewhere', async () => ({
    'pipeline.yaml': 'services: { none: here }\n',
  }));
  // The sources of the world's own release are elsewhere now, so its commit counts as that of somebody else.
  for (const { result } of world.runs) world.foreignCommits.add(result?.commit ?? '');
  const runs: PlayedRun[] = [];
  await play({ ...releaseOf('run-moved', first, FIRST_VERSION), valuesCommit });
  return {
    ...world,
    registry,
    runs,
    hosts: { git, valuesGit: world.host },
    sources: { repository, commit: (message, changed) => repository.commit('main', changed, message) },
    play,
    release,
    call,
    stop: async () => {
      await world.stop();
      repository.remove();
    },
  };
}
