/** A scene of images that share a machine: one of them fails on it, then the machine itself breaks. */
import { isShared, serviceOf } from '../build-machine/build-machine';
import { expect, expectSame } from '../failure';
import { VALUES_FILES } from '../monorepo';
import type { World } from '../world';
import { deploySettings, type Scene } from './scene';
import { tagsIn } from './snapshot';

/** All images of the second stage have the same machine, so that with one build at a time they share one. */
const IMAGES = ['auth', 'restapi', 'ngui'];

export const sharedMachines: Scene = {
  name: 'shared',
  title: 'three images on one machine, of which one fails; then the machine breaks: what is missing is built alone',
  inCi: true,
  after: ['release'],
  play: async (world) => {
    const { outputs } = world.stack;
    await deploySettings(world, 'shared-machines', { builders: 1 });
    expectSame(world.stack.outputs, outputs, 'the outputs after the setting builders: nothing may be replaced');

    world.machine.failTogether('restapi', 'FAILED');
    const first = await releaseAll(world, 'v5.5.0');
    expectSame(first, ['machine', 'restapi'], 'the builds of a run in which one image failed on its machine');

    world.machine.failTogether('restapi', 'FAULT');
    const [machine, ...alone] = await releaseAll(world, 'v5.6.0');
    expectSame(machine, 'machine', 'the first build of a run whose machine broke');
    // Two images are built at a time, so that the third one begins when one of the others was pushed.
    expect(alone.includes('restapi') && alone.length < IMAGES.length, `built alone: ${alone.join(', ')}`);
    return [
      'one build for three images',
      'the failed one is built alone, and released with the others',
      `the machine breaks: ${IMAGES.length - alone.length} stand, ${alone.length} built alone`,
    ];
  },
};

/** Releases a change of all three, and returns what was built, in order: `machine`, or the service. */
async function releaseAll(world: World, version: string): Promise<readonly string[]> {
  world.repository.commit('main', {
    'tools/shared.py': `shared = ${Date.now()}\n`,
    'ngui/index.html': `<html>${Date.now()}</html>\n`,
  });
  const before = world.machine.orders.length;
  const report = await world.succeeded(await world.start({ action: 'release', version, ref: 'main' }));
  expectSame(report.counts.built, IMAGES.length, `the images that ${version} built`);
  const released = Object.entries(tagsIn(world, 'main', VALUES_FILES.staging)).filter(([name]) =>
    IMAGES.includes(name),
  );
  expectSame(Object.fromEntries(released), Object.fromEntries(IMAGES.map((name) => [name, version])), 'their versions');
  return world.machine.orders.slice(before).map((order) => (isShared(order) ? 'machine' : serviceOf(order)));
}
