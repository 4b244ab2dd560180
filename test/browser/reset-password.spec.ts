import { ChatDriver } from './chat-driver.js';
import { inPageWorld } from './in-page-world.js';
import type { PageWorld } from './page-world.js';

const NEW = 'battery staple of a correct horse';

describe('A link for a new password', () => {
  let world: PageWorld;
  inPageWorld((begun) => {
    world = begun;
  });

  it('sets it, once, and leads to the sign-in', async () => {
    await world.enter();
    await world.leave();
    const { server, user } = world;
    const { token: admin } = await server.admin();
    const { body } = await server.request
      .post(`/users/${user.userId}/password-reset`)
      .auth(admin, { type: 'bearer' })
      .expect(201);
    const link = `${server.url}/#/reset-password/${String(body.token)}`;
    const driver = (world.driver = await ChatDriver.open(world.browser, link));
    const { page } = driver;
    await page.getByLabel('New password').fill('password');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('guessed first').waitFor();
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.shoot('reset-password');
    await page.getByLabel('New password').fill(NEW);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('The password is set').waitFor();
    await page.getByRole('button', { name: 'To the sign-in' }).click();
    expect(page.url()).not.toContain(String(body.token));
    await page.getByLabel('E-mail').fill(user.email);
    await page.getByLabel('Password').fill(NEW);
    await page.locator('button[type=submit]').click();
    await page.locator('.composer textarea').waitFor();
    await page.goto(link);
    await page.getByLabel('New password').fill(NEW);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('not good any more').waitFor();
  });

  it.each([
    ['de-DE', 'zu leicht zu erraten', 'Dieses Konto ist gesperrt'],
    ['ko-KR', '추측하기 쉽습니다', '비활성화된 계정입니다'],
  ])('says what is wrong in %s', async (locale, guessed, disabled) => {
    const { server } = world;
    const user = await server.registerUser();
    const { token: admin } = await server.admin();
    const as = { type: 'bearer' } as const;
    const { body } = await server.request
      .post(`/users/${user.userId}/password-reset`)
      .auth(admin, as)
      .expect(201);
    const link = `${server.url}/#/reset-password/${String(body.token)}`;
    world.driver = await ChatDriver.open(world.browser, link, { locale });
    const { page } = world.driver;
    const set = async (password: string) => {
      await page.locator('input[type=password]').fill(password);
      await page.locator('button[type=submit]').click();
    };
    await set('password');
    await page.getByRole('alert').getByText(guessed).waitFor();
    await server.request.patch(`/users/${user.userId}`).auth(admin, as).send({ disabled: true }).expect(200);
    await set(NEW);
    await page.getByRole('alert').getByText(disabled).waitFor();
  });

  it('says of a token that can be none what it says of an old one', async () => {
    const link = `${world.server.url}/#/reset-password/${'x'.repeat(300)}`;
    world.driver = await ChatDriver.open(world.browser, link);
    const { page } = world.driver;
    await page.getByLabel('New password').fill(NEW);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('alert').getByText('not good any more').waitFor();
  });
});
