/** The commit step by pull requests: a real repository behind a fake git host, over HTTP, with people who act there. */
import { createGitHubPullRequests } from '../../../../adapters/git/github/pull-requests';
import { createLocalGitHost } from '../../../../adapters/git/local/git-host';
import { objectKeys } from '../../../../core/contract/keys';
import type { CommitStep, Proposal, ReleasedService, ReleaseRecord } from '../../../../core/contract/release';
import type { GitHost } from '../../../../core/ports/git';
import type { PullRequestHost } from '../../../../core/ports/pull-request';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { commitOrPropose } from '../../../../lambdas/commit/commit';
import { createRepository, type TestRepository } from '../../../support/git/git-repository';
import { startFakeGitHub, TOKEN } from '../../../support/git-hosts/fake-github';
import type { FakePulls } from '../../../support/git-hosts/pulls/fake-pulls';
import { createMemoryStore } from '../../../support/pipeline/memory-state';
import { CATALOG, LOCK, VALUES, VALUES_TEXT } from '../commit-world';

export interface Hosts {
  readonly git: GitHost;
  readonly pulls: PullRequestHost;
}

export interface ProposeWorld {
  readonly repository: TestRepository;
  /** The first commit of `main`. */
  readonly base: string;
  /** What people see and do at the host. */
  readonly pulls: FakePulls;
  released(name: string, version: string, source?: string): ReleasedService;
  /** Stores the record of a push like this, as the release step does, and opens its pull request. */
  release(part: Partial<ReleaseRecord> & Pick<ReleaseRecord, 'run'>): Promise<CommitStep>;
  /** Calls the step again, as a redriven run does. `through` are other hosts, which may fail. */
  redrive(run: string, through?: Partial<Hosts>): Promise<CommitStep>;
  /** Looks at the pull request after `hours`. */
  look(run: string, hours?: number, through?: Partial<Hosts>): Promise<CommitStep>;
  readonly hosts: Hosts;
  store(record: Partial<ReleaseRecord> & Pick<ReleaseRecord, 'run'>): Promise<void>;
  proposal(run: string): Promise<Proposal>;
  /** The result that is stored for the report; null if there is none. */
  stored(run: string): Promise<unknown>;
  /** A file at the head of `main`, without the last line feed. */
  read(path: string): string;
  /** The message of the head of `main`. */
  message(): string;
  stop(): Promise<void>;
}

export { LOCK, VALUES };

export async function makeProposeWorld(rule: object = {}): Promise<ProposeWorld> {
  const settings = parseSettings({
    git: { host: 'github', repository: 'cloud-tuner/optscale' },
    valuesFile: VALUES,
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
    branches: [
      { branch: 'main', allow: ['push', 'release'], version: '{version}-dev', pullRequest: rule },
      { branch: 'develop', allow: ['push'], version: '{version}-dev' },
    ],
  });
  const repository = createRepository();
  const base = repository.commit('main', { [VALUES]: VALUES_TEXT, 'pipeline.yaml': CATALOG, 'auth/a.py': 'one' });
  const github = await startFakeGitHub(repository);
  const store = createMemoryStore();
  let now = Date.parse('2026-11-29T12:00:00Z');
  const clock = { now: () => now, sleep: async () => undefined };
  const options = { repository: 'cloud-tuner/optscale', apiUrl: github.apiUrl, token: async () => TOKEN, clock };
  const hosts = { git: createLocalGitHost(repository.path), pulls: createGitHubPullRequests(options) };
  const common = { settings, store, clock, random: () => 0.5 };

  function released(name: string, version: string, source = base): ReleasedService {
    const digest = Buffer.from(name + version)
      .toString('hex')
      .padEnd(64, '0')
      .slice(0, 64);
    const facts = { values: [`${name}.image.tag`], followsPlatform: false, inputDigest: 'd'.repeat(40) };
    return { name, image: name, version, digest: `sha256:${digest}`, source, ...facts };
  }

  async function put(part: Partial<ReleaseRecord> & Pick<ReleaseRecord, 'run'>): Promise<void> {
    const record: ReleaseRecord = {
      schema: 1,
      action: 'push',
      commit: base,
      ref: 'main',
      environment: 'default',
      services: [],
      ...part,
    };
    await store.put(objectKeys.release(part.run), JSON.stringify(record));
  }

  const callOf = (through: typeof hosts) => ({ ...common, ...through, valuesGit: through.git });
  const redrive: ProposeWorld['redrive'] = (run, through = {}) =>
    commitOrPropose({ run }, callOf({ ...hosts, ...through }));
  const get = async (key: string) => JSON.parse(String((await store.get(key)) ?? 'null'));

  return {
    repository,
    base,
    pulls: github.pullRequests,
    hosts,
    released,
    redrive,
    store: put,
    release: async (part) => {
      await put(part);
      return redrive(part.run);
    },
    look: (run, hours = 0, through = {}) => {
      now += hours * 3_600_000;
      return commitOrPropose({ run, phase: 'merge' }, callOf({ ...hosts, ...through }));
    },
    proposal: (run) => get(objectKeys.proposal(run)),
    stored: (run) => get(objectKeys.commit(run)),
    read: (path) => repository.git('show', `main:${path}`),
    message: () => repository.git('log', '-1', '--format=%B', 'main'),
    stop: async () => {
      await github.stop();
      repository.remove();
    },
  };
}
