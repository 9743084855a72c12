/** Scenes of runs that do not succeed: a failed build, a broken machine, a stopped run, lost events. */
import { InvokeCommand, ListFunctionEventInvokeConfigsCommand, paginateListFunctions } from '@aws-sdk/client-lambda';
import { readObject } from '../checks/account';
import { eventually } from '../checks/invariants';
import { expect, expectSame } from '../failure';
import { objectKeys } from '../product';
import { runOf, type World } from '../world';
import type { Scene } from './scene';
import { headOf, snapshot } from './snapshot';

export const failure: Scene = {
  name: 'failure',
  title: 'a build fails; the same run again builds only what is missing',
  inCi: true,
  after: ['release'],
  play: async (world) => {
    world.repository.commit('main', { 'tools/shared.py': `shared = ${Date.now()}\n` });
    const before = await snapshot(world, 'main');
    world.machine.failNext('restapi', 'FAILED');
    const input = { action: 'release', version: 'v1.7.0', ref: 'main' };
    const { status, error, cause = '' } = await world.ended(await world.start(input));
    expectSame([status, error], ['FAILED', 'BuildsFailed'], 'the end of a run with a failed build');
    expect(cause.includes('restapi'), `the cause does not name the failed service: ${cause}`);
    const { head, versions, builds } = await snapshot(world, 'main');
    expectSame([head, versions], [before.head, before.versions], 'head and version tags after a failed build (I3)');
    const report = await world.succeeded(await world.start(input));
    expectSame(world.machine.orders.length - builds, 1, 'builds of the same run again');
    expect(report.commit === headOf(world, 'main'), 'the second run did not commit');
    return ['BuildsFailed names the service', 'no tag, no commit (I3)', 'one more build, then released'];
  },
};

export const faults: Scene = {
  name: 'faults',
  title: 'a machine breaks (its build is retried), a build times out, one is stopped; the run is redriven',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    world.repository.commit('main', {
      'tools/shared.py': `shared = ${Date.now()}\n`,
      'ngui/index.html': `${Date.now()}`,
    });
    const before = await snapshot(world, 'main');
    world.machine.failNext('auth', 'FAULT');
    world.machine.failNext('restapi', 'TIMED_OUT');
    world.machine.failNext('ngui', 'STOPPED');
    const arn = await world.start({ action: 'release', version: 'v1.8.0', ref: 'main' });
    const { status, error, cause = '' } = await world.ended(arn);
    expectSame([status, error], ['FAILED', 'BuildsFailed'], 'the end of the run');
    expect(!cause.includes('auth'), `the cause names a build that succeeded when it was retried: ${cause}`);
    expect(cause.includes('restapi') && cause.includes('ngui'), `the cause does not name both: ${cause}`);
    expectSame((await snapshot(world, 'main')).versions, before.versions, 'version tags (I3)');
    const builds = world.machine.orders.length;
    await world.aws('stepfunctions', 'redrive-execution', '--execution-arn', arn);
    const report = await world.succeeded(arn);
    expectSame(world.machine.orders.length - builds, 2, 'builds of the redriven run');
    expect(report.version === 'v1.8.0', `the redriven run released ${report.version}`);
    return ['FAULT tried twice', 'TIMED_OUT and STOPPED named', 'redriven: two builds, released with the same version'];
  },
};

export const stopped: Scene = {
  name: 'stopped',
  title: 'a run that is stopped while it builds: its build is stopped, and a rule starts its report',
  inCi: false,
  after: ['release'],
  play: async (world) => {
    world.repository.commit('main', { 'ngui/index.html': `<html>${Date.now()}</html>\n` });
    const before = await snapshot(world, 'main');
    const release = world.machine.hold('ngui');
    try {
      const arn = await world.start({ action: 'release', version: 'v1.9.0', ref: 'main' });
      const ordered = await eventually(async () => world.machine.orders.length > before.builds || undefined, 60_000);
      expect(ordered === true, 'the run ordered no build');
      await world.aws('stepfunctions', 'stop-execution', '--execution-arn', arn, '--cause', 'changed our mind');
      expectSame((await world.ended(arn)).status, 'ABORTED', 'the status of the run');
      const run = runOf(arn);
      const report = await eventually(() => readObject(world, objectKeys.report(run)), 30_000);
      expect(report !== undefined, 'the rule did not start a report of the run (L4)');
    } finally {
      release();
    }
    const { head, versions } = await snapshot(world, 'main');
    expectSame([head, versions], [before.head, before.versions], 'head and version tags');
    return ['ABORTED and reported', 'nothing tagged or committed'];
  },
};

export const lostEvents: Scene = {
  name: 'lost-events',
  title: 'events that a function cannot process reach the dead-letter queue',
  inCi: false,
  play: async (world) => {
    const functions = await loseEvents(world);
    return [`one dead letter from each of ${functions} functions that process events`];
  },
};

/** An event is lost after three tries, between which the emulator waits 1 and 2 seconds. */
const LOST_MS = 60_000;

/**
 * Calls each function that has a dead-letter queue with an event that it cannot process, and waits for the dead letters. Returns the number of
 * functions. Throws `SceneFailure` if a dead letter is missing.
 */
export async function loseEvents(world: World): Promise<number> {
  const queue = ['--queue-url', world.stack.outputs.DeadLetterQueueUrl ?? ''];
  const letters = async () => {
    const options = [...queue, '--attribute-names', 'ApproximateNumberOfMessages'];
    const reply = await world.aws<{ Attributes: Record<string, string> }>('sqs', 'get-queue-attributes', ...options);
    return Number(reply.Attributes.ApproximateNumberOfMessages);
  };
  const before = await letters();
  const functions = await functionsOfEvents(world);
  expect(functions.length > 0, 'no function has a dead-letter queue');
  for (const FunctionName of functions) {
    await world.clients.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: LOST }));
  }
  const arrived = await eventually(async () => (await letters()) === before + functions.length || undefined, LOST_MS);
  expect(arrived === true, `${(await letters()) - before} of ${functions.length} events reached the dead-letter queue`);
  return functions.length;
}

/** An event that no function can process. */
const LOST = Buffer.from('null');

async function functionsOfEvents({ clients: { lambda }, stack }: World): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
    for (const { FunctionName = '' } of Functions.filter(({ FunctionName: name = '' }) =>
      name.startsWith(stack.name),
    )) {
      const { FunctionEventInvokeConfigs: configs = [] } = await lambda.send(
        new ListFunctionEventInvokeConfigsCommand({ FunctionName }),
      );
      if (configs.some(({ DestinationConfig: { OnFailure } = {} }) => OnFailure?.Destination)) found.push(FunctionName);
    }
  }
  return found;
}
