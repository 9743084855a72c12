/** Scenes of runs that wait for approval: promotions into production. */
import { readObject } from '../checks/account';
import { eventually } from '../checks/invariants';
import { expect, expectSame, SceneFailure } from '../failure';
import { SERVICES, VALUES_FILES } from '../monorepo';
import { objectKeys } from '../product';
import { runOf, type World } from '../world';
import type { Scene } from './scene';
import { expectNothingSince, snapshot, tagsIn } from './snapshot';

const { production } = VALUES_FILES;
const WAIT_MS = 240_000;
const promotion = (version: string) => ({ action: 'promote', environment: 'production', from: 'v1.5.0', version });

/** Starts a promotion, and waits until it asks for approval. Returns its ARN. */
async function startPromotion(world: World, version: string): Promise<string> {
  const arn = await world.start(promotion(version));
  await untilAsked(world, arn);
  return arn;
}

/** Waits until the run asks for approval. Throws `SceneFailure` if it ends without. */
export async function untilAsked(world: World, arn: string): Promise<void> {
  const question = await eventually(async () => {
    const found = await readObject(world, objectKeys.approval(runOf(arn)));
    if (found !== undefined) return found;
    const { status, error, cause } = await world.describe(arn);
    if (status !== 'RUNNING') throw new SceneFailure(`the run asked for no approval: ${status} ${error}: ${cause}`);
    return undefined;
  }, WAIT_MS);
  expect(question !== undefined, `run ${runOf(arn)} did not ask for approval in time`);
}

function answer(world: World, verb: 'approve' | 'reject', arn: string, ...args: readonly string[]) {
  const run = runOf(arn);
  return world.pipeline(verb, run, '--bucket', world.stack.outputs.StoreBucketName ?? '', ...args);
}

export const approval: Scene = {
  name: 'approval',
  title: 'a promotion into production, approved by pipeline approve',
  inCi: true,
  after: ['release'],
  play: async (world) => {
    const before = await snapshot(world, 'main');
    const arn = await startPromotion(world, 'v1.5.1-prod-1');
    await expectNothingSince(world, 'main', before);
    const { exitCode, stderr } = await answer(world, 'approve', arn);
    expect(exitCode === 0, `pipeline approve ended with ${exitCode}: ${stderr}`);
    await world.succeeded(arn);
    const wanted = Object.fromEntries(SERVICES.map((service) => [service, 'v1.5.1-prod-1']));
    expectSame(tagsIn(world, 'main', production), wanted, production);
    const after = await snapshot(world, 'main');
    expect(after.builds === before.builds, 'a promotion built something');
    return ['nothing written before the answer', 'four images with another tag, no build'];
  },
};

export const refused: Scene = {
  name: 'refused',
  title: 'a promotion that is rejected',
  inCi: false,
  after: ['approval'],
  play: async (world) => {
    const before = await snapshot(world, 'main');
    const arn = await startPromotion(world, 'v1.5.1-prod-2');
    const { exitCode, stderr } = await answer(world, 'reject', arn, '--reason', 'not on a Friday');
    expect(exitCode === 0, `pipeline reject ended with ${exitCode}: ${stderr}`);
    const { status, error, cause = '' } = await world.ended(arn);
    expectSame([status, error], ['FAILED', 'NotApproved'], 'the end of a rejected run');
    expect(cause.includes('not on a Friday'), `the cause does not have the reason: ${cause}`);
    await expectNothingSince(world, 'main', before);
    return ['NotApproved with the reason', 'nothing tagged or committed'];
  },
};

export const unanswered: Scene = {
  name: 'unanswered',
  title: 'a promotion without an answer in time',
  inCi: false,
  after: ['approval'],
  play: async (world) => {
    const before = await snapshot(world, 'main');
    await world.emulator.set({ answer_scale: 1 / 1800 }); // the hour in the settings becomes two seconds
    try {
      const { status, error } = await world.ended(await world.start(promotion('v1.5.1-prod-3')));
      expectSame([status, error], ['FAILED', 'NotApproved'], 'the end of a run without an answer');
    } finally {
      await world.emulator.set({ answer_scale: 1 });
    }
    await expectNothingSince(world, 'main', before);
    return ['NotApproved', 'nothing tagged or committed'];
  },
};
