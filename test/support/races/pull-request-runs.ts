/** Lets the runs of a race commit by pull requests, at a fake git host whose checks pass when they like. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createAzurePullRequests } from '../../../adapters/git/azure/pull-requests';
import { createBitbucketPullRequests } from '../../../adapters/git/bitbucket/pull-requests';
import { createGitHubPullRequests } from '../../../adapters/git/github/pull-requests';
import { objectKeys } from '../../../core/contract/keys';
import type { CommitStep, ReleaseRecord } from '../../../core/contract/release';
import type { PullRequestHost } from '../../../core/ports/pull-request';
import { runOfBranch } from '../../../core/report/proposal/identity';
import { parseSettings } from '../../../core/settings/parse-settings';
import { commitOrPropose } from '../../../lambdas/commit/commit';
import type { TestRepository } from '../git/git-repository';
import { AZURE_REPOSITORY, AZURE_TOKEN, startFakeAzure } from '../git-hosts/azure/fake-azure';
import { BITBUCKET_REPOSITORY, BITBUCKET_TOKEN, startFakeBitbucket } from '../git-hosts/bitbucket/fake-bitbucket';
import { startFakeGitHub, TOKEN } from '../git-hosts/fake-github';
import type { FakePulls } from '../git-hosts/pulls/fake-pulls';
import { createMemoryStore } from '../pipeline/memory-state';
import { delayed } from './race-schedule';
import { FAST_CLOCK, filesSettings, type PlayedRun, type RaceWorld } from './race-world';

/** Milliseconds between two looks of a run, and between two acts of people and checks. */
const LOOK_EVERY = 20;
const ACT_EVERY = 15;

/** Looks after which a run counts as one that hangs. */
const MAX_LOOKS = 500;

interface Opened {
  readonly host: PullRequestHost;
  readonly pulls: FakePulls;
  /** True if the host says that a branch must be updated before its merge. */
  readonly tellsOutdated: boolean;
  readonly stop: () => Promise<void>;
}

/** The fake hosts at which runs propose. */
const HOSTS = {
  GitHub: async (repository: TestRepository): Promise<Opened> => {
    const { apiUrl, pullRequests: pulls, stop } = await startFakeGitHub(repository);
    const options = { repository: 'cloud-tuner/optscale', apiUrl, token: async () => TOKEN, clock: FAST_CLOCK };
    return { host: createGitHubPullRequests(options), pulls, tellsOutdated: true, stop };
  },
  'Bitbucket Cloud': async (repository: TestRepository): Promise<Opened> => {
    const { apiUrl, state, stop } = await startFakeBitbucket(repository);
    const token = async () => BITBUCKET_TOKEN;
    const options = { repository: BITBUCKET_REPOSITORY, apiUrl, token, clock: FAST_CLOCK };
    return { host: createBitbucketPullRequests(options), pulls: state.pulls, tellsOutdated: false, stop };
  },
  'Azure DevOps': async (repository: TestRepository): Promise<Opened> => {
    const { apiUrl, state, stop } = await startFakeAzure(repository);
    const options = { repository: AZURE_REPOSITORY, apiUrl, token: async () => AZURE_TOKEN, clock: FAST_CLOCK };
    return { host: createAzurePullRequests(options), pulls: state.pulls, tellsOutdated: false, stop };
  },
} as const;

export type ProposingHost = keyof typeof HOSTS;

export interface ProposingWorld extends RaceWorld {
  readonly pulls: FakePulls;
  /** How often a run's call was repeated, as after a fault of the machine. */
  readonly repeated: () => number;
  /** Pull requests that a person merged. */
  readonly mergedByHand: () => number;
}

/**
 * Returns the runs whose pull request was merged past a change that no look had seen, as hosts do that do not tell when the base has moved.
 * Such a run brings the rest by another one.
 */
export function mergedUnseen({ pulls, repository }: ProposingWorld): readonly string[] {
  const parentOf = (commit: string) => repository.git('rev-parse', `${commit}^`);
  return pulls.all.flatMap(({ branch, head, mergeCommit }) =>
    mergeCommit === undefined || parentOf(mergeCommit) === parentOf(head) ? [] : (runOfBranch(branch) ?? []),
  );
}

/**
 * Returns the world with runs that propose. If the host tells that, a branch must contain the head of its base, so that nothing unseen is
 * merged. Every third call of a run is made twice. Checks pass at random, and a person merges at random what needs no check any more;
 * conflicts are refused. `random` decides.
 */
export async function proposing(world: RaceWorld, kind: ProposingHost, random: () => number): Promise<ProposingWorld> {
  const { host, pulls, tellsOutdated, stop } = await HOSTS[kind](world.repository);
  Object.assign(pulls.rules, { needsCheck: true, needsUpdate: tellsOutdated });
  const clock = FAST_CLOCK;
  const settings = parseSettings({
    git: { host: 'github', repository: 'cloud-tuner/optscale' },
    ...filesSettings(world.values),
    releases: { host: 'registry.example', namespace: 'team' },
    candidates: { host: 'registry.example', repository: 'candidates' },
    branches: [{ branch: 'main', allow: ['release'], pullRequest: {} }],
  });
  const store = createMemoryStore();
  const registry = new Map(world.registry);
  let [calls, repeated, byHand, stopped] = [0, 0, 0, false];

  async function call(run: string, phase?: 'merge'): Promise<CommitStep> {
    calls += 1;
    const request = { run, ...(phase && { phase }) };
    const git = delayed(world.host, random);
    const dependencies = { settings, git, valuesGit: git, pulls: delayed(host, random), store, clock, random };
    if (calls % 3 !== 0) return commitOrPropose(request, dependencies);
    repeated += 1;
    const [first] = await Promise.all([1, 2].map(() => commitOrPropose(request, dependencies)));
    return first as CommitStep;
  }

  async function play(record: ReleaseRecord): Promise<PlayedRun> {
    for (const { name, version, digest } of record.services) registry.set(`${name} ${version}`, digest);
    await store.put(objectKeys.release(record.run), JSON.stringify(record));
    const played = await commitInLooks(record).catch((error: Error): PlayedRun => ({ record, error }));
    world.runs.push(played);
    return played;
  }

  async function commitInLooks(record: ReleaseRecord): Promise<PlayedRun> {
    let step = await call(record.run);
    for (let looks = 0; step.next === 'wait'; looks += 1) {
      if (looks === MAX_LOOKS) throw new Error(`${record.run} still waits after ${looks} looks`);
      await sleep(LOOK_EVERY);
      step = await call(record.run, 'merge');
    }
    const { next: _, seconds: __, ...result } = step;
    return { record, result };
  }

  async function act(): Promise<void> {
    while (!stopped) {
      await sleep(ACT_EVERY);
      const open = pulls.open();
      const pull = open[Math.floor(random() * open.length)];
      if (pull === undefined) continue;
      if (!pull.hasPassed && random() < 0.5) pulls.pass(pull.number);
      else {
        const { title, head } = pull;
        pull.hasPassed = true;
        const message = world.repository.git('log', '-1', '--format=%B', head);
        const isMerged = pulls.merge(pull, { head, method: 'squash', message: `${title}\n\n${message}` }) === undefined;
        if (isMerged) byHand += 1;
      }
    }
  }

  const acting = act();
  const facts = { pulls, registry, repeated: () => repeated, mergedByHand: () => byHand };
  return Object.assign(Object.create(world) as RaceWorld, world, facts, {
    play,
    stop: async () => {
      stopped = true;
      await acting;
      await stop();
    },
  });
}
