/** Scenes of runs that git starts: signed deliveries to the deployed address, and pushes whose delivery was lost. */
import { createHmac, randomUUID } from 'node:crypto';
import { readRuns } from '../checks/account';
import { eventually, webhookSecret } from '../checks/invariants';
import { expect, expectSame } from '../failure';
import { VALUES_FILES } from '../monorepo';
import { postDelivery } from '../product';
import type { World } from '../world';
import type { Scene } from './scene';
import { headOf, tagsIn } from './snapshot';

const REPOSITORY = { id: 123456, full_name: 'cloud-tuner/optscale', fork: false };
const NO_COMMIT = '0'.repeat(40);

/** Returns GitHub's event of a push. */
function pushEvent(before: string, after: string): string {
  return JSON.stringify({
    ref: 'refs/heads/develop',
    before,
    after,
    created: before === NO_COMMIT,
    deleted: false,
    forced: false,
    repository: { ...REPOSITORY, pushed_at: Math.floor(Date.now() / 1000) },
    sender: { id: 42, login: 'ada' },
    commits: [{ id: after, message: 'a change', added: [], modified: ['auth/main.py'], removed: [] }],
  });
}

/** Returns GitHub's event of a pull request into `develop`. */
function pullRequestEvent(number: number, commit: string): string {
  const pull_request = { base: { ref: 'develop' }, head: { sha: commit, repo: { id: REPOSITORY.id } } };
  return JSON.stringify({ action: 'opened', number, pull_request, repository: REPOSITORY });
}

/** Posts a delivery to the address in the stack's output, through the emulator. */
export async function deliver(world: World, body: string, secret: string, event = 'push') {
  const { host, pathname } = new URL(world.stack.outputs.WebhookUrl ?? '');
  const headers = {
    host: host.replace(/\.execute-api\..*$/, '.execute-api.localhost'),
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return postDelivery(`${world.emulator.url}${pathname}`, { headers, body });
}

/** Pushes a change of one file to `develop`, and delivers the event. Returns the commit and the status of the reply. */
export async function pushChange(world: World, path: string) {
  const before = headOf(world, 'develop');
  const commit = world.repository.commit('develop', { [path]: `changed ${randomUUID()}\n` });
  const { status } = await deliver(world, pushEvent(before, commit), await webhookSecret(world));
  return { commit, status };
}

/** Opens a pull request with one change, and returns the comment; undefined if none is written within `ms` milliseconds. */
export async function previewed(world: World, number: number, ms: number): Promise<string | undefined> {
  const head = `pull-${number}`;
  world.repository.git('branch', head, 'develop');
  const commit = world.repository.commit(head, { 'ngui/index.html': `<html>${number}</html>\n` });
  world.github.pulls.set(number, commit);
  await deliver(world, pullRequestEvent(number, commit), await webhookSecret(world), 'pull_request');
  return eventually(async () => world.github.comments.find(({ pull }) => pull === number)?.body, ms);
}

/** Returns the runs that pushes started, the newest first. */
export async function pushRuns(world: World) {
  return (await readRuns(world)).filter(({ name = '' }) => name.startsWith('push-'));
}

export const push: Scene = {
  name: 'push',
  title: 'a signed delivery to the deployed address starts a push run; one with a wrong signature starts none',
  inCi: true,
  play: async (world) => {
    const before = headOf(world, 'develop');
    const after = world.repository.commit('develop', { 'auth/main.py': 'print("pushed")\n' });
    const body = pushEvent(before, after);
    const wrong = await deliver(world, body, 'a wrong secret');
    expect(wrong.status === 401 || wrong.status === 403, `a wrong signature was answered with ${wrong.status}`);
    expectSame((await pushRuns(world)).length, 0, 'runs of a delivery with a wrong signature');
    const secret = await webhookSecret(world);
    const answers = [await deliver(world, body, secret), await deliver(world, body, secret)];
    expect(
      answers.every(({ status }) => status < 300),
      `a delivery was answered with ${JSON.stringify(answers)}`,
    );
    const runs = await pushRuns(world);
    expectSame(runs.length, 1, 'runs of one push that was delivered twice');
    const report = await world.succeeded(runs[0]?.executionArn ?? '');
    expectSame([report.action, report.source], ['push', after], 'action and source of the run');
    expectSame(tagsIn(world, 'develop', VALUES_FILES.dev).auth, 'v1.4.0-dev', 'the tag of auth');
    return ['refused without a run', 'two deliveries, one run (I7, I12)', 'a development version'];
  },
};

export const reconciler: Scene = {
  name: 'reconciler',
  title: 'a push whose delivery was lost: the schedule starts its run',
  inCi: false,
  after: ['push'],
  play: async (world) => {
    const known = (await pushRuns(world)).length;
    const lost = world.repository.commit('develop', { 'ngui/index.html': '<html>lost</html>\n' });
    await world.emulator.set({ clock_ahead: 16 * 60 });
    const found = await eventually(async () => (await pushRuns(world))[known === 0 ? 0 : known], 60_000);
    expect(found !== undefined, 'the schedule started no run');
    const run = (await pushRuns(world)).find(({ status }) => status === 'RUNNING') ?? (await pushRuns(world))[0];
    const report = await world.succeeded(run?.executionArn ?? '');
    expectSame(report.source, lost, 'the source of the run');
    await world.emulator.set({ clock_ahead: 32 * 60 });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expectSame((await pushRuns(world)).length, known + 1, 'runs after a second round');
    return ['a run 16 minutes later, by the schedule', 'no second run'];
  },
};

export const preview: Scene = {
  name: 'preview',
  title: 'a pull request is planned and gets a comment; no run is started',
  inCi: false,
  after: ['push'],
  play: async (world) => {
    const runs = (await readRuns(world)).length;
    const comment = await previewed(world, 7, 60_000);
    expect(comment?.includes('ngui') === true, `the comment is ${comment}`);
    expectSame((await readRuns(world)).length, runs, 'runs');
    return ['a comment that names the image', 'no run'];
  },
};
