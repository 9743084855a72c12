/** Lets the runs of a race commit by pull requests, at a fake git host whose checks pass when they like. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createGitHubPullRequests } from '../../../adapters/git/github/pull-requests';
import { objectKeys } from '../../../core/contract/keys';
import type { CommitStep, ReleaseRecord } from '../../../core/contract/release';
import { parseSettings } from '../../../core/settings/parse-settings';
import { commitOrPropose } from '../../../lambdas/commit/commit';
import { startFakeGitHub, TOKEN } from '../git-hosts/fake-github';
import type { FakePulls } from '../git-hosts/pulls/fake-pulls';
import { createMemoryStore } from '../pipeline/memory-state';
import { FAST_CLOCK, FILES, type PlayedRun, type RaceWorld } from './race-world';

/** Milliseconds between two looks of a run, and between two acts of people and checks. */
const LOOK_EVERY = 20;
const ACT_EVERY = 15;

/** Looks after which a run counts as one that hangs. */
const MOST_LOOKS = 500;

export interface ProposingWorld extends RaceWorld {
  readonly pulls: FakePulls;
  /** How often a run's call was repeated, as after a fault of the machine. */
  readonly repeated: () => number;
  /** Pull requests that a person merged. */
  readonly mergedByHand: () => number;
}

/**
 * Returns the world with runs that propose. A branch must contain the head of its base, so that the host merges nothing unseen. Every third call of a run is made twice. Checks pass at random, and a person merges at random
 * what needs no check any more; conflicts are refused. `random` decides.
 */
export async function proposing(world: RaceWorld, random: () => number): Promise<ProposingWorld> {
  const github = await startFakeGitHub(world.repository);
  const pulls = github.pullRequests;
  Object.assign(pulls.rules, { needsCheck: true, needsUpdate: true });
  const clock = FAST_CLOCK;
  const repository = 'cloud-tuner/optscale';
  const host = createGitHubPullRequests({ repository, apiUrl: github.apiUrl, token: async () => TOKEN, clock });
  const settings = parseSettings({
    git: { host: 'github', repository },
    valuesFile: FILES.values,
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
    const dependencies = { settings, git: world.host, pulls: host, store, clock, random };
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
      if (looks === MOST_LOOKS) throw new Error(`${record.run} still waits after ${looks} looks`);
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
      await github.stop();
    },
  });
}
