import { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

describe('The sign-in', () => {
  let world: PageWorld;

  inPageWorld((begun) => {
    world = begun;
  });

  it('does not wait for what would only be filled in', async () => {
    world.driver = await ChatDriver.open(world.browser, `${world.address}/health/live`);
    // Never answered.
    await world.driver.page.route('**/web-config.json', () => undefined);
    await world.driver.page.goto(world.address);
    const { email, password } = await world.server.registerUser();
    await world.driver.signIn(email, password);
  });
});
