/** Small scenes that end within seconds, each with content of its own, so that they can be played again and again. */
import { randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { serviceOf } from '../build-machine/build-machine';
import { readObject } from '../checks/account';
import { eventually } from '../checks/invariants';
import { expect } from '../failure';
import { VALUES_FILES } from '../monorepo';
import { setBlobMounting } from '../prepare';
import { objectKeys, type RunReport } from '../product';
import { loseEvents } from '../scenes/failures';
import { arnOf, failsAndGoesBack, runNamed, startCanary } from '../scenes/rollouts';
import { previewed, pushChange, pushRuns } from '../scenes/webhooks';
import type { World } from '../world';

export interface Probe {
  readonly name: string;
  /** Throws if it does not end as it should. */
  play(world: World): Promise<void>;
}

/** For what should happen at once. */
const SOON_MS = 40_000;
/** An event is lost after three tries, between which the emulator waits 1 and 2 seconds. */
const LOST_EVENTS_MS = 60_000;
/** For an environment with two checks and a watch of two seconds. */
const VERIFIED_MS = 120_000;
/** For what ends by itself, however slow the machine is. */
const LONGEST_MS = 240_000;
let minor = 0;
let pulls = 100;
let hours = 0;

/** Each is played once with all rights; a right is then taken away before the shortest that uses it. */
export const PROBES: readonly Probe[] = [
  { name: 'dry run', play: playDryRun },
  { name: 'retag', play: playRetag },
  { name: 'push', play: playPush },
  { name: 'promotion', play: playPromotion },
  { name: 'failed build', play: playFailedBuild },
  { name: 'failed build before an approval', play: playFailedBeforeApproval },
  { name: 'failed build of the first stage', play: playFailedFirstStage },
  { name: 'preview', play: playPreview },
  { name: 'stopped run', play: playStop },
  { name: 'lost push', play: playLostPush },
  { name: 'new service, its layers copied', play: playNewService },
  { name: 'taken version', play: playTakenVersion },
  { name: 'rollout', play: playRollout },
  { name: 'rolled back', play: playRolledBack },
  { name: 'stopped while it is rolled back', play: playStoppedRollback },
  { name: 'lost events', play: async (world) => void (await loseEvents(world, LOST_EVENTS_MS)) },
];

/** By the SDK, which is sooner there than the command line. */
async function start({ clients: { sfn }, stack }: World, input: object): Promise<string> {
  const stateMachineArn = stack.outputs.StateMachineArn ?? '';
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** Newer than all before. */
function nextVersion(): string {
  minor += 1;
  return `v9.${minor}.0`;
}

/** A delivery of a push that changes one service. */
export async function playPush(world: World): Promise<void> {
  const known = new Set((await pushRuns(world)).map(({ name }) => name));
  const { status } = await pushChange(world, 'ngui/index.html');
  expect(status < 300, `the delivery was answered with ${status}`);
  await succeedsNext(world, known);
}

/** A release of one changed service. */
export async function playRelease(world: World): Promise<void> {
  world.repository.commit('main', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
}

/** A release that only plans. */
async function playDryRun(world: World): Promise<void> {
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main', dryRun: true }));
}

/** A release without a change: every image gets a further name, and nothing is built. */
async function playRetag(world: World): Promise<void> {
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
}

/** A release of one changed service, whose promotion waits until it is approved. */
async function playPromotion(world: World): Promise<void> {
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
  const arn = await start(world, { action: 'promote', environment: 'production', version: nextVersion() });
  const run = arn.split(':').at(-1) ?? '';
  await untilAsked(world, arn);
  const posted = async () => world.websites.posts.find((body) => body.includes(`pipeline approve ${run}`));
  expect((await eventually(posted, SOON_MS)) !== undefined, 'no notice says that the run waits');
  const bucket = world.stack.outputs.StoreBucketName ?? '';
  expect((await world.pipeline('approve', run, '--bucket', bucket)).exitCode === 0, 'the run could not be approved');
  await succeeds(world, arn);
}

/** Waits until the run asks for an approval. Throws if it ends without. */
async function untilAsked(world: World, arn: string): Promise<void> {
  const asked = await eventually(async () => {
    const question = await readObject(world, objectKeys.approval(arn.split(':').at(-1) ?? ''));
    if (question !== undefined) return 'asked';
    const { status, error, cause } = await world.clients.sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
    return status === 'RUNNING' ? undefined : `${status} ${error}: ${cause}`;
  }, LONGEST_MS);
  expect(asked === 'asked', `the run asked for no approval: ${asked}`);
}

/** A build into an environment that asks for an approval fails before anybody is asked. */
async function playFailedBeforeApproval(world: World): Promise<void> {
  world.repository.commit('live', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  world.machine.ask('ngui', 'FAILED');
  const arn = await start(world, { action: 'build', services: ['ngui'], version: nextVersion(), ref: 'live' });
  const { error, cause = '' } = await world.ended(arn);
  expect(error === 'BuildsFailed' && cause.includes('asked to fail'), `the run ended with ${error}: ${cause}`);
}

async function playFailedBuild(world: World): Promise<void> {
  world.repository.commit('main', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  world.machine.ask('ngui', 'FAILED');
  const arn = await start(world, { action: 'release', version: nextVersion(), ref: 'main' });
  const { error, cause = '' } = await world.ended(arn);
  expect(error === 'BuildsFailed' && cause.includes('asked to fail'), `the run ended with ${error}: ${cause}`);
  expect((await reportOf(world, arn)) !== undefined, 'the run was not reported');
  const run = arn.split(':').at(-1) ?? '';
  const posted = async () => world.websites.posts.find((body) => body.includes(run) && body.includes('BuildsFailed'));
  expect((await eventually(posted, SOON_MS)) !== undefined, 'the chat was not told how the run ended');
}

/** Once a build has failed, those of the next stage are not started, as the settings say. */
async function playFailedFirstStage(world: World): Promise<void> {
  world.repository.commit('main', { 'etcd/conf': `a=${randomUUID()}\n`, 'ngui/index.html': `${randomUUID()}\n` });
  world.machine.ask('etcd', 'FAILED');
  const builds = world.machine.orders.length;
  const { error } = await world.ended(await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
  const started = world.machine.orders.slice(builds).map(serviceOf);
  expect(error === 'BuildsFailed' && !started.includes('ngui'), `the run ended with ${error}; it built ${started}`);
}

async function playPreview(world: World): Promise<void> {
  pulls += 1;
  expect((await previewed(world, pulls, SOON_MS)) !== undefined, 'there is no comment');
}

async function playStop(world: World): Promise<void> {
  world.repository.commit('main', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  const builds = world.machine.orders.length;
  const stopped = world.machine.stopped();
  const release = world.machine.hold('ngui');
  try {
    const arn = await start(world, { action: 'release', version: nextVersion(), ref: 'main' });
    await eventually(async () => world.machine.orders.length > builds || undefined, SOON_MS);
    await world.aws('stepfunctions', 'stop-execution', '--execution-arn', arn);
    expect((await reportOf(world, arn)) !== undefined, 'the run was not reported');
    expect(world.machine.stopped() > stopped, 'its build was not stopped');
  } finally {
    release();
  }
}

async function playLostPush(world: World): Promise<void> {
  const known = new Set((await pushRuns(world)).map(({ name }) => name));
  world.repository.commit('develop', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  hours += 1;
  await world.emulator.set({ clock_ahead: hours * 3600 });
  await succeedsNext(world, known);
}

/** Two runs of one version with other content, both planned before either has claimed it. */
async function playTakenVersion(world: World): Promise<void> {
  const version = nextVersion();
  const release = world.machine.hold('ngui');
  const startHeld = async () => {
    const builds = world.machine.orders.length;
    world.repository.commit('main', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
    const arn = await start(world, { action: 'release', version, ref: 'main' });
    await eventually(async () => world.machine.orders.length > builds || undefined, SOON_MS);
    return arn;
  };
  const runs: string[] = [];
  try {
    runs.push(await startHeld(), await startHeld());
  } finally {
    release();
  }
  const ends = await Promise.all(runs.map((arn) => world.ended(arn)));
  const errors = ends.flatMap(({ error }) => error ?? []);
  for (const { status, executionArn } of ends) if (status === 'SUCCEEDED') await succeeds(world, executionArn);
  expect(errors.length === 1 && errors[0] === 'VersionTaken', `two runs of ${version} ended with ${errors}`);
  const cause = ends.flatMap((end) => end.cause ?? []).join();
  expect(
    runs.some((arn) => cause.includes(`(run ${arn.split(':').at(-1)})`)),
    `both runs should be named: ${cause}`,
  );
}

/** A service that has no release repository yet, in an account whose repositories share no layers: they are copied. */
async function playNewService(world: World): Promise<void> {
  await setBlobMounting(world, 'DISABLED');
  try {
    await releaseNewService(world);
  } finally {
    await setBlobMounting(world, 'ENABLED');
  }
}

async function releaseNewService(world: World): Promise<void> {
  const name = `new${Date.now()}`;
  const catalog = world.repository.git('show', 'main:pipeline.yaml');
  // In every environment: a later probe promotes all services.
  const values = Object.values(VALUES_FILES).map((path) => {
    const text = world.repository.git('show', `main:${path}`);
    return [path, `${text}\n${name}: { image: { tag: v1.3.0 } }\n`];
  });
  world.repository.commit('main', {
    'pipeline.yaml': `${catalog}\n  ${name}: { path: ${name}, stage: apps }\n`,
    ...Object.fromEntries(values),
    [`${name}/Dockerfile`]: `FROM scratch\nCOPY ${name}/main.py /\n`,
    [`${name}/main.py`]: `${randomUUID()}\n`,
  });
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
}

/** A release into the environment with checks and a watch, and the promotion that follows it. */
export async function playRollout(world: World): Promise<void> {
  const arn = await startCanary(world, nextVersion());
  const ended = async () => ((await world.describe(arn)).status === 'RUNNING' ? undefined : true);
  // What cannot be reached is tried for a quarter of an hour.
  expect((await eventually(ended, VERIFIED_MS)) === true, 'the environment was not verified');
  const { rollout } = await succeeds(world, arn);
  await succeeds(world, await runNamed(world, rollout?.promotion?.run ?? ''));
}

async function playRolledBack(world: World): Promise<void> {
  world.websites.answer(503, 503, 200);
  await failsAndGoesBack(world, nextVersion(), /check health: answered 503/);
}

/** The run is stopped while it waits for its rollback, which is stopped with it. */
async function playStoppedRollback(world: World): Promise<void> {
  world.websites.answer(503, 503, 200);
  const release = world.machine.hold('smoke');
  try {
    const arn = await startCanary(world, nextVersion());
    const startedOrOver = async () => {
      const isOpen = (await world.describe(arn)).status === 'RUNNING';
      return (await arnOf(world, `rollback-0-${arn.split(':').at(-1)}`)) ?? (isOpen ? undefined : '');
    };
    const rollback = (await eventually(startedOrOver, LONGEST_MS)) ?? '';
    expect(rollback !== '', 'no rollback was started');
    await world.aws('stepfunctions', 'stop-execution', '--execution-arn', arn);
    const isOver = async () => ((await world.describe(rollback)).status === 'ABORTED' ? true : undefined);
    expect((await eventually(isOver, SOON_MS)) === true, 'the rollback was not stopped');
  } finally {
    release();
  }
}

/** Returns the report of a run that succeeds. What a step could not do and told in the report counts as a failure, too. */
async function succeeds(world: World, arn: string): Promise<RunReport> {
  const report = await world.succeeded(arn);
  const { notKept = [], statusProblem = '' } = report;
  expect(notKept.length === 0 && statusProblem === '', `the run goes on without: ${notKept} ${statusProblem}`);
  return report;
}

/** Waits for the push run that was not there before, and for its end. */
async function succeedsNext(world: World, known: ReadonlySet<string | undefined>): Promise<void> {
  const next = async () => (await pushRuns(world)).find(({ name }) => !known.has(name));
  const run = await eventually(next, SOON_MS);
  expect(run !== undefined, 'no run was started');
  await succeeds(world, run.executionArn ?? '');
}

function reportOf(world: World, arn: string): Promise<string | undefined> {
  return eventually(() => readObject(world, objectKeys.report(arn.split(':').at(-1) ?? '')), SOON_MS);
}
