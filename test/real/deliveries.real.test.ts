/**
 * A thousand signed deliveries over HTTP to a served pipeline, of pushes that go on meanwhile: doubled, out of order, late, lost, and
 * from A to B, back and to B again by force. In the end each branch that was pushed to has had exactly the effect of its pushes:
 *
 * - every delivery was answered with a run of its own push, which began after it;
 * - every push that was delivered has one run, each that was lost or late at most one more (at its commit, or at a pipeline commit
 *   on top of it), and all have succeeded;
 * - the version lock at each branch's head records all that was pushed, what it records can be pulled, and only pipeline commits
 *   are on top of the last push;
 * - no content has two versions of one line, and no service was given the same version by two commits of a branch.
 *
 * DELIVERY_SEED plays another schedule.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { readTrailers } from '../../core/version/commit-message';
import { parseVersionLock } from '../../core/version/version-lock';
import { runPrefix } from '../../core/webhook/decide';
import { needsRun } from '../../lambdas/reconcile/needs-run';
import { executionArn } from '../../local/serve/execution-store';
import { DELIVERIES, makeSchedule, RECONCILED_EVERY, SERVICES, SLOTS } from '../support/deliveries/delivery-schedule';
import { type DeliveryWorld, makeDeliveryWorld, type PlayedPush } from '../support/deliveries/delivery-world';

const SEED = Number(process.env.DELIVERY_SEED ?? 20_261_127);
const SLOT_MS = 100;
const MAX_ROUNDS = 10;
/** An idle connection may be closed at the moment at which it is used. */
const OWN_CONNECTION = { connection: 'close' };

let world: DeliveryWorld;
const schedule = makeSchedule(SEED);
const pushes: PlayedPush[] = [];
const answers: { readonly push: PlayedPush; readonly status: number; readonly run: string | undefined }[] = [];
/** By branch, the last push. */
let heads: ReadonlyMap<string, PlayedPush>;

beforeAll(async () => {
  world = await makeDeliveryWorld();
  for (let slot = 0; slot < SLOTS; slot += 1) {
    for (const push of schedule.pushes.filter((each) => each.slot === slot)) {
      pushes.push(await world.push(push, pushes.length, pushes));
    }
    const sent = schedule.deliveries[slot] ?? [];
    answers.push(...(await Promise.all(sent.map((number) => deliver(pushes[number] as PlayedPush)))));
    // Two rounds at once: a slow one, and that of the next quarter of an hour.
    if (slot % RECONCILED_EVERY === RECONCILED_EVERY - 1) await Promise.all([world.reconcile(), world.reconcile()]);
    await sleep(SLOT_MS);
  }
  await settle();
  heads = new Map(pushes.map((push) => [push.branch, push]));
});

afterAll(() => world.end());

async function deliver(push: PlayedPush) {
  const { status, body } = await world.deliver(push);
  return { push, status, run: (JSON.parse(body) as { run?: string }).run };
}

/** Rounds until one finds nothing more to start. */
async function settle(): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await world.idle();
    const { started, waiting } = await world.reconcile();
    if (started.length + waiting === 0) return;
  }
  throw new Error(`the reconcile step still starts runs after ${MAX_ROUNDS} rounds`);
}

/** Refs and commits of all runs of pushes, one entry for each run. */
async function pushRuns(): Promise<readonly string[]> {
  const runs = (await world.runs()).filter(({ name }) => name.startsWith('push-'));
  const described = await Promise.all(
    runs.map(({ name }) => world.states.send(new DescribeExecutionCommand({ executionArn: executionArn(name) }))),
  );
  return described.map(({ input }) => {
    const { ref, commit } = JSON.parse(input ?? '');
    return `${ref} ${commit}`;
  });
}

const keyOf = ({ branch, after }: PlayedPush) => `refs/heads/${branch} ${after}`;

test('a thousand deliveries were sent, doubled, out of order and not at all, and each was taken', () => {
  const sent = schedule.deliveries.flat();
  const lost = pushes.filter(({ fate }) => fate === 'lost');

  expect(answers).toHaveLength(DELIVERIES);
  expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([]);
  expect(new Set(sent).size).toBe(pushes.length - lost.length);
  expect(lost.length).toBeGreaterThan(2);
  expect(sent.some((number, index) => number < Math.max(...sent.slice(0, index)))).toBe(true);
});

test('each delivery was answered with a run of its very push: of its commit, and begun after it', async () => {
  const known = new Map((await world.runs()).map((run) => [run.name, run]));
  const wrong = answers.filter(({ push: { branch, after, at }, run = '' }) => {
    const startedAt = known.get(run)?.startedAt ?? 0;
    return !run.startsWith(runPrefix(`refs/heads/${branch}`, after)) || startedAt < at * 1000;
  });

  expect(wrong).toEqual([]);
});

test('each push that was delivered has one run, no more are there than for those that were lost; all succeeded', async () => {
  const runs = await pushRuns();
  const unexpected = [...new Set(pushes.map(keyOf))].flatMap((key) => {
    const same = pushes.filter((push) => keyOf(push) === key);
    const least = same.filter(({ fate }) => fate !== 'lost').length;
    const found = runs.filter((run) => run === key).length;
    return found >= least && found <= same.length ? [] : [`${key}: ${found} runs of ${least} to ${same.length}`];
  });
  const notDelivered = [...heads.keys()].flatMap((branch) => {
    const there = pushes.filter((push) => push.branch === branch);
    const most = there.filter(({ fate }) => fate !== 'prompt').length;
    const delivered = there.filter(({ fate }) => fate !== 'lost').length;
    const found = runs.filter((run) => run.startsWith(`refs/heads/${branch} `)).length - delivered;
    return found >= 0 && found <= most ? [] : [`${branch}: ${found} runs without a delivery, of ${most}`];
  });

  expect([...unexpected, ...notDelivered]).toEqual([]);
  expect((await world.runs()).filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
});

test('each head has had its effect: all pushes are recorded, can be pulled, and only pipeline commits are on top', async () => {
  const { served, git, settings } = world;
  for (const [branch, { after }] of heads) {
    const from = { git, valuesGit: git };
    const commit = (await git.head(branch)) ?? '';
    const above = served.repository.git('log', '--format=%B%x00', `${after}..${commit}`).split('\0').slice(0, -1);
    const lock = parseVersionLock(served.read('chart/version-lock.yaml', branch), 'chart/version-lock.yaml');

    expect(await git.isAncestor(after, commit)).toBe(true);
    expect(above.filter((message) => readTrailers(message.trim()) === undefined)).toEqual([]);
    expect(await needsRun({ action: 'push', ref: `refs/heads/${branch}`, commit }, settings, from)).toBe(false);
    for (const [service, { version, digest }] of lock) {
      expect(await digestOf(service, version)).toBe(digest);
    }
  }
});

test('no content has two versions of a line', async () => {
  for (const service of SERVICES) {
    const tags = (await tagsOf(service)).filter((tag) => /^v\d/.test(tag));
    const contents = await Promise.all(
      tags.map(async (tag) => `${tag.replace(/-\d+$/, '')} ${await digestOf(service, tag)}`),
    );

    expect(tags).toContain('v1.3.9');
    expect(contents).toHaveLength(new Set(contents).size);
  }
});

test('no two commits of a branch give a service the same version', () => {
  for (const branch of heads.keys()) {
    const commits = world.served.repository.git('rev-list', '--reverse', `main~1..${branch}`).split('\n');
    const locks = commits.map((commit) => parseVersionLock(lockAt(commit), commit));
    const given = locks
      .slice(1)
      .flatMap((lock, index) =>
        [...lock].flatMap(([service, { version }]) =>
          locks[index]?.get(service)?.version === version ? [] : [`${service} ${version}`],
        ),
      );

    expect(given).toHaveLength(new Set(given).size);
  }
});

function lockAt(commit: string): string {
  return world.served.repository.git('show', `${commit}:chart/version-lock.yaml`);
}

async function tagsOf(service: string): Promise<readonly string[]> {
  const url = `http://${world.served.registry}/v2/team/${service}/tags/list`;
  const reply = await fetch(url, { headers: OWN_CONNECTION });
  return ((await reply.json()) as { tags: string[] }).tags;
}

async function digestOf(service: string, tag: string): Promise<string | null> {
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const url = `http://${world.served.registry}/v2/team/${service}/manifests/${tag}`;
  return (await fetch(url, { method: 'HEAD', headers: { accept, ...OWN_CONNECTION } })).headers.get(
    'docker-content-digest',
  );
}
