import { PageWorld } from './page-world.js';

/**
 * One world for the tests of a `describe`. Each of them opens its page there; it is closed behind the test, and the browser must not have complained.
 * @param begin called once, with the world, before the first test
 */
export function inPageWorld(
  begin: (world: PageWorld) => Promise<void> | void,
  settings: Readonly<Record<string, string>> = {},
): void {
  let world: PageWorld;
  beforeAll(async () => {
    world = await PageWorld.start(settings);
    await begin(world);
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await world.leave()).toEqual([]));
}
