/** A repository with a small chart, and the commit step on it. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { objectKeys } from '../../../core/contract/keys';
import type { CommitResult, ReleasedService, ReleaseRecord } from '../../../core/contract/release';
import type { GitHost } from '../../../core/ports/git';
import { parseSettings } from '../../../core/settings/parse-settings';
import { commitStep } from '../../../lambdas/commit/commit';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { createMemoryStore, createStillClock } from '../../support/pipeline/memory-state';

export const VALUES = 'chart/values.yaml';
export const LOCK = 'chart/version-lock.yaml';
export const CATALOG = `platform: v1.4.0
services:
  auth: auth
  etcd: etcd
  ngui: ngui
`;
export const VALUES_TEXT = `# Default values.
tag: &tag v1.3.0

auth:
  image:
    tag: *tag # follows
etcd:
  image: { tag: *tag }
ngui:
  image:
    tag: "v1.3.0-co2"
`;

const settings = parseSettings({
  git: { host: 'github', repository: 'team/monorepo' },
  valuesFile: VALUES,
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
});

export interface CommitWorld {
  readonly repository: TestRepository;
  readonly git: GitHost;
  /** The first commit of `main`. */
  readonly base: string;
  /** The pauses between tries, in ms. */
  readonly pauses: readonly number[];
  released(name: string, version: string, part?: Partial<ReleasedService>): ReleasedService;
  /** Runs the step for a record like this, on another git host if one is given. */
  commitRelease(part: Partial<ReleaseRecord>, host?: GitHost): Promise<CommitResult>;
  /** The result that the last call of the step stored for the report. */
  stored(): Promise<unknown>;
  /** A release of all three services. */
  wholeRelease(version: string, source?: string): Partial<ReleaseRecord>;
  /** A file at the head of `main`, without the last line feed. */
  read(path: string): string;
}

export function makeCommitWorld(): CommitWorld {
  const repository = createRepository();
  const base = repository.commit('main', { [VALUES]: VALUES_TEXT, 'pipeline.yaml': CATALOG, 'auth/a.py': 'one' });
  const git = createLocalGitHost(repository.path);

  function released(name: string, version: string, part: Partial<ReleasedService> = {}): ReleasedService {
    return {
      name,
      image: name,
      version,
      digest: `sha256:${Buffer.from(name + version)
        .toString('hex')
        .padEnd(64, '0')
        .slice(0, 64)}`,
      inputDigest: 'd'.repeat(40),
      source: base,
      values: [`${name}.image.tag`],
      followsPlatform: false,
      ...part,
    };
  }

  let store = createMemoryStore();
  const pauses: number[] = [];
  const clock = { ...createStillClock(), sleep: async (milliseconds: number) => void pauses.push(milliseconds) };

  async function commitRelease(part: Partial<ReleaseRecord>, host: GitHost = git) {
    store = createMemoryStore();
    const record: ReleaseRecord = {
      schema: 1,
      run: 'run-1',
      action: 'push',
      commit: base,
      ref: 'main',
      environment: 'default',
      services: [],
      ...part,
    };
    const { run } = record;
    await store.put(objectKeys.release(run), JSON.stringify(record));
    return commitStep({ run }, { settings, git: host, valuesGit: host, store, clock, random: () => 0.5 });
  }

  const wholeRelease = (version: string, source = base): Partial<ReleaseRecord> => ({
    action: 'release',
    platformVersion: version,
    commit: source,
    services: ['auth', 'etcd', 'ngui'].map((name) => released(name, version, { followsPlatform: true, source })),
  });

  function read(path: string): string {
    return repository.git('show', `main:${path}`);
  }

  const stored = async () => JSON.parse((await store.get(objectKeys.commit('run-1')))?.toString('utf8') ?? 'null');

  return { repository, git, base, pauses, released, stored, commitRelease, wholeRelease, read };
}
