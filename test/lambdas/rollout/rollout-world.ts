/** The rollout step on a repository of two services, with a cluster, alarms, checks and a clock that tests decide. */
import { createLocalGitHost } from '../../../adapters/git/local/git-host';
import { ERROR_NAMES, PipelineError } from '../../../core/contract/errors';
import { objectKeys } from '../../../core/contract/keys';
import type { RolloutRecord, RolloutRequest, RolloutStep } from '../../../core/contract/rollout';
import type { Cluster } from '../../../core/ports/cluster';
import type { CheckAnswer } from '../../../core/ports/rollout';
import type { ObjectStore } from '../../../core/ports/store';
import { parseSettings } from '../../../core/settings/parse-settings';
import { printTrailers } from '../../../core/version/commit-message';
import { type LockEntry, printVersionLock } from '../../../core/version/version-lock';
import { rolloutStep } from '../../../lambdas/rollout/rollout';
import { digestOf, runningPod, snapshot } from '../../support/cluster/objects';
import { createRepository, type TestRepository } from '../../support/git/git-repository';
import { createMemoryStore } from '../../support/pipeline/memory-state';

export const RUN = 'release-v2-20261123T210501042';
const LOCK = 'chart/version-lock.yaml';
const SOURCE = 'a'.repeat(40);

export const entry = (version: string, digit = '1'): LockEntry => ({
  version,
  digest: digestOf(digit),
  inputDigest: 'd'.repeat(40),
  source: SOURCE,
});

export interface RolloutWorld {
  readonly repository: TestRepository;
  readonly store: ObjectStore;
  /** The commit of the run. */
  readonly commit: string;
  /** Commits the lock as a run, or as a person if no run is named. Returns the commit. */
  commitLock(entries: Readonly<Record<string, LockEntry>>, run?: string): string;
  call(phase: RolloutRequest['phase'], last?: unknown, redrives?: number): Promise<RolloutStep>;
  record(): Promise<RolloutRecord>;
  /** Answers of a check, the last one for good. */
  checks: CheckAnswer[];
  raised: string[];
  /** What the cluster runs: versions by service. Undefined: it cannot be reached. */
  running: Readonly<Record<string, string>> | undefined;
  /** In ms since 1970. */
  now: number;
  remove(): void;
}

export const REPLY = (status: number): CheckAnswer => ({ kind: 'reply', status, header: () => null, body: '' });

/** `part` changes the environment; `release` changes the release record. Without `cluster`, the namespace is what the world says. */
export async function makeRolloutWorld(
  part: object = {},
  release: object = {},
  cluster?: () => Promise<Cluster>,
): Promise<RolloutWorld> {
  const repository = createRepository();
  repository.commit('main', {
    'pipeline.yaml': 'platform: v2.0.0\nservices:\n  auth: auth\n  web: web\n',
    'smoke.sh': 'true\n',
  });
  const commitLock = (entries: Readonly<Record<string, LockEntry>>, run?: string) => {
    const message = run === undefined ? 'by hand' : `release\n\n- x\n\n${printTrailers({ run, source: SOURCE })}\n`;
    return repository.commit('main', { [LOCK]: printVersionLock(new Map(Object.entries(entries))) }, message);
  };
  commitLock({ auth: entry('v1.0.0'), web: entry('v1.0.0') }, 'release-v1');
  const commit = commitLock({ auth: entry('v2.0.0', '2'), web: entry('v1.0.0') }, RUN);
  const settings = parseSettings({
    git: { host: 'github', repository: 'team/monorepo' },
    environments: [
      {
        name: 'staging',
        values: 'chart/values.yaml',
        deploy: { with: 'nothing', cluster: 'main', namespace: 'staging', minutes: 10 },
        verify: { health: { url: 'https://staging.example.com/health', seconds: 5, retries: 1 } },
        ...part,
      },
      { name: 'production', values: 'chart/values-production.yaml' },
    ],
    branches: [{ branch: 'main', allow: ['release', 'promote', 'rollback'] }],
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
  });
  const store = createMemoryStore();
  const auth = { name: 'auth', image: 'auth', values: [], followsPlatform: false, ...entry('v2.0.0', '2') };
  const record = {
    schema: 1,
    run: RUN,
    action: 'release',
    commit: SOURCE,
    ref: 'main',
    environment: 'staging',
    services: [auth],
    ...release,
  };
  await store.put(objectKeys.release(RUN), JSON.stringify(record));
  await store.put(objectKeys.commit(RUN), JSON.stringify({ commit, changes: 1, superseded: [], supersededBy: null }));
  const world: RolloutWorld = {
    repository,
    store,
    commit,
    commitLock,
    checks: [REPLY(200)],
    raised: [],
    running: { auth: 'v2.0.0', web: 'v1.0.0' },
    now: Date.parse('2026-11-23T12:00:00Z'),
    record: async () => JSON.parse(String(await store.get(objectKeys.rollout(RUN)))) as RolloutRecord,
    remove: () => repository.remove(),
    call: (phase, last, redrives = 0) =>
      rolloutStep(
        { run: RUN, phase, redrives, ...(last === undefined ? {} : { last }) },
        {
          settings,
          git: createLocalGitHost(repository.path),
          valuesGit: createLocalGitHost(repository.path),
          store,
          clock: { now: () => world.now },
          openCluster:
            cluster ??
            (async () => ({
              snapshot: async () => namespaceOf(world.running),
              deliveries: async () => ({ namespace: 'argocd', applications: [], kustomizations: [], helmReleases: [] }),
            })),
          checks: {
            send: async () => (world.checks.length > 1 ? world.checks.shift() : world.checks[0]) ?? REPLY(200),
          },
          alarms: {
            states: async (names) => new Map(names.map((name) => [name, world.raised.includes(name) ? 'ALARM' : 'OK'])),
          },
        },
      ),
  };
  return world;
}

/** Each service as one bare pod that is ready. */
function namespaceOf(running: RolloutWorld['running']) {
  if (running === undefined)
    throw new PipelineError(ERROR_NAMES.cluster, 'GET https://main/apis: connect ECONNREFUSED');
  const pods = Object.entries(running).map(([name, version]) =>
    runningPod(name, `registry.example/team/${name}`, version, digestOf(version === 'v2.0.0' ? '2' : '1')),
  );
  return snapshot({ namespace: 'staging', pods });
}
