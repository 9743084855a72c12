/** Worlds that every test has for itself. */

/** Returns an object that has the properties of a newly made world in each test. `end` ends the world after the test. */
export function eachTest<World extends object>(
  make: () => World | Promise<World>,
  end: (world: World) => unknown,
): World {
  const world = {} as World;
  beforeEach(async () => {
    Object.assign(world, await make());
  });
  afterEach(async () => {
    await end(world);
  });
  return world;
}
