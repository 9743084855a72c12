/** Probes: small scenes that end within seconds. Each creates new content, so that it can be repeated. */
import { randomUUID } from 'node:crypto';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { serviceOf } from '../build-machine/build-machine';
import { readObject } from '../checks/account';
import { eventually } from '../checks/invariants';
import { expect } from '../failure';
import { VALUES_FILES } from '../monorepo';
import { setBlobMounting } from '../prepare';
import { objectKeys, type RunReport } from '../product';
import { untilAsked } from '../scenes/approvals';
import { loseEvents } from '../scenes/failures';
import { arnOf, failsAndRollsBack, runNamed, startCanary } from '../scenes/rollouts';
import { previewed, pushChange, pushRuns } from '../scenes/webhooks';
import { runOf, type World } from '../world';

export interface Probe {
  readonly name: string;
  /** Throws if a result is not as expected. */
  play(world: World): Promise<void>;
}

/** The time for an immediate effect. */
const SOON_MS = 40_000;
/** The time for two checks and a watch of two seconds. */
const VERIFIED_MS = 120_000;
/** The time for the start of a rollback, on a slow machine. */
const LONGEST_MS = 240_000;
let minor = 0;
let pulls = 100;
let hours = 0;

/** Each probe is played once with all rights. A right is then removed for the shortest probe that uses it. */
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
  { name: 'lost events', play: async (world) => void (await loseEvents(world)) },
];

/** Starts a run with the SDK, which is faster than the command line. Returns its ARN. */
async function start({ clients: { sfn }, stack }: World, input: object): Promise<string> {
  const stateMachineArn = stack.outputs.StateMachineArn ?? '';
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** Returns a version that is newer than all earlier ones. */
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

/** A release without a change: every image gets another tag, and nothing is built. */
async function playRetag(world: World): Promise<void> {
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
}

/** A release of one changed service, whose promotion waits until it is approved. */
async function playPromotion(world: World): Promise<void> {
  await succeeds(world, await start(world, { action: 'release', version: nextVersion(), ref: 'main' }));
  const arn = await start(world, { action: 'promote', environment: 'production', version: nextVersion() });
  const run = runOf(arn);
  await untilAsked(world, arn);
  const posted = async () => world.websites.posts.find((body) => body.includes(`pipeline approve ${run}`));
  expect((await eventually(posted, SOON_MS)) !== undefined, 'no notice says that the run waits');
  const bucket = world.stack.outputs.StoreBucketName ?? '';
  expect((await world.pipeline('approve', run, '--bucket', bucket)).exitCode === 0, 'the run could not be approved');
  await succeeds(world, arn);
}

/** A build for an environment with approval fails before the run asks for it. */
async function playFailedBeforeApproval(world: World): Promise<void> {
  world.repository.commit('live', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  world.machine.failNext('ngui', 'FAILED');
  const arn = await start(world, { action: 'build', services: ['ngui'], version: nextVersion(), ref: 'live' });
  const { error, cause = '' } = await world.ended(arn);
  expect(error === 'BuildsFailed' && cause.includes('asked to fail'), `the run ended with ${error}: ${cause}`);
}

async function playFailedBuild(world: World): Promise<void> {
  world.repository.commit('main', { 'ngui/index.html': `<html>${randomUUID()}</html>\n` });
  world.machine.failNext('ngui', 'FAILED');
  const arn = await start(world, { action: 'release', version: nextVersion(), ref: 'main' });
  const { error, cause = '' } = await world.ended(arn);
  expect(error === 'BuildsFailed' && cause.includes('asked to fail'), `the run ended with ${error}: ${cause}`);
  expect((await reportOf(world, arn)) !== undefined, 'the run was not reported');
  const run = runOf(arn);
  const posted = async () => world.websites.posts.find((body) => body.includes(run) && body.includes('BuildsFailed'));
  expect((await eventually(posted, SOON_MS)) !== undefined, 'the chat got no notice of the run');
}

/** After a failed build, the settings keep the jobs of the next stage from starting. */
async function playFailedFirstStage(world: World): Promise<void> {
  world.repository.commit('main', { 'etcd/conf': `a=${randomUUID()}\n`, 'ngui/index.html': `${randomUUID()}\n` });
  world.machine.failNext('etcd', 'FAILED');
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

/** Two runs with the same version and different content, both planned before either claims the version. */
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
    runs.some((arn) => cause.includes(`(run ${runOf(arn)})`)),
    `both runs should be named: ${cause}`,
  );
}

/** A service without a release repository, in an account without blob mounting, so that its layers are copied. */
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
  // In every environment, because a later probe promotes all services.
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

/** A release to the environment with checks and a watch, and the promotion that follows. */
export async function playRollout(world: World): Promise<void> {
  const arn = await startCanary(world, nextVersion());
  const ended = async () => ((await world.describe(arn)).status === 'RUNNING' ? undefined : true);
  // The step itself retries an unreachable environment for 15 minutes, so that this limit comes first.
  expect((await eventually(ended, VERIFIED_MS)) === true, 'the environment was not verified');
  const { rollout } = await succeeds(world, arn);
  await succeeds(world, await runNamed(world, rollout?.promotion?.run ?? ''));
}

async function playRolledBack(world: World): Promise<void> {
  world.websites.answer(503, 503, 200);
  await failsAndRollsBack(world, nextVersion(), /check health: answered 503/);
}

/** A run is stopped while it waits for its rollback, which must stop, too. */
async function playStoppedRollback(world: World): Promise<void> {
  world.websites.answer(503, 503, 200);
  const release = world.machine.hold('smoke');
  try {
    const arn = await startCanary(world, nextVersion());
    const startedOrOver = async () => {
      const isOpen = (await world.describe(arn)).status === 'RUNNING';
      return (await arnOf(world, `rollback-0-${runOf(arn)}`)) ?? (isOpen ? undefined : '');
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

/** Returns the report of a run that succeeds. A problem that the report has counts as a failure, too. */
async function succeeds(world: World, arn: string): Promise<RunReport> {
  const report = await world.succeeded(arn);
  const { notKept = [], statusProblem = '' } = report;
  expect(notKept.length === 0 && statusProblem === '', `the report has problems: ${notKept} ${statusProblem}`);
  return report;
}

/** Waits for a new push run, and for its end. */
async function succeedsNext(world: World, known: ReadonlySet<string | undefined>): Promise<void> {
  const next = async () => (await pushRuns(world)).find(({ name }) => !known.has(name));
  const run = await eventually(next, SOON_MS);
  expect(run !== undefined, 'no run was started');
  await succeeds(world, run.executionArn ?? '');
}

function reportOf(world: World, arn: string): Promise<string | undefined> {
  return eventually(() => readObject(world, objectKeys.report(runOf(arn))), SOON_MS);
}
