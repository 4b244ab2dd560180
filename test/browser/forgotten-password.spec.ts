import { MailServer } from '../support/mail/mail-server.js';
import { until } from '../support/until.js';
import { ChatDriver } from './chat-driver.js';
import { PageWorld } from './page-world.js';

const NEW = 'battery staple of a correct horse';
const WORDS = {
  'en-US': { forgotten: 'Forgot your password?', send: 'Send a link', sent: /a link is on its way/ },
  'de-DE': { forgotten: 'Passwort vergessen?', send: 'Link schicken', sent: /ist ein Link unterwegs/ },
  'ko-KR': { forgotten: '비밀번호를 잊으셨나요?', send: '링크 보내기', sent: /링크를 보냅니다/ },
} as const;

describe('A forgotten password', () => {
  let mails: MailServer;
  let world: PageWorld;
  beforeAll(async () => {
    mails = await MailServer.start();
    world = await PageWorld.start({
      SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
      SMTP_TLS: 'off',
      MAIL_FROM: 'Tollgate <noreply@chat.example>',
      PUBLIC_URL: 'https://chat.example/',
    });
  });
  afterAll(async () => {
    await world.close();
    await mails.close();
  });

  it.each([
    ['en-US', 1280],
    ['de-DE', 360],
    ['ko-KR', 360],
  ] as const)('is asked a link for, and set by it, in %s and %s px wide', async (locale, width) => {
    const { forgotten, send, sent } = WORDS[locale];
    const user = await world.server.registerUser();
    const driver = await ChatDriver.open(world.browser, world.address, { locale, width, height: 800 });
    const { page } = driver;
    const ask = async (email: string): Promise<string> => {
      await page.getByRole('button', { name: forgotten }).click();
      await page.locator('input[type=email]').fill(email);
      expect(await driver.accessibilityProblems()).toEqual([]);
      await page.getByRole('button', { name: send }).click();
      const said = page.getByText(sent);
      await said.waitFor();
      expect(await driver.accessibilityProblems()).toEqual([]);
      expect(await driver.overflowsSideways()).toBe(false);
      const text = await said.innerText();
      await page.locator('form button[type=button]').click();
      return text;
    };
    // Nobody learns here who has an account.
    expect(await ask('nobody@example.com')).toBe(await ask(user.email));
    const mailOf = () => mails.received.find(({ to }) => to.includes(user.email));
    await until(() => mailOf() !== undefined);
    const [, token] = /#\/reset-password\/([\w.-]+)/.exec(mailOf()?.text ?? '') ?? [];
    await page.goto(`${world.address}#/reset-password/${token ?? ''}`);
    await page.locator('input[type=password]').fill(NEW);
    await page.locator('button[type=submit]').click();
    await page.locator('input[type=password]').waitFor({ state: 'detached' });
    await page.locator('form button').click();
    await driver.signIn(user.email, NEW);
    expect(driver.complaints).toEqual([]);
    await driver.close();
  });

  it('is not spoken of where no mail is sent', async () => {
    const silent = await PageWorld.start();
    const driver = await ChatDriver.open(silent.browser, silent.address);
    await driver.page.locator('input[type=password]').waitFor();
    expect(await driver.page.getByRole('button', { name: 'Forgot your password?' }).count()).toBe(0);
    await driver.close();
    await silent.close();
  });

  it('and every other way in come by themselves when the server could not say at first which there are', async () => {
    const driver = await ChatDriver.open(world.browser, 'about:blank');
    const { page } = driver;
    let refused = 0;
    await page.route('**/auth/providers', async (route) => {
      refused += 1;
      if (refused <= 6) await route.abort();
      else await route.continue();
    });
    await page.goto(world.address);
    await page.getByRole('alert').getByText('cannot be reached').waitFor();
    expect(await driver.accessibilityProblems()).toEqual([]);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.locator('input[type=password]').waitFor();
    expect(await page.getByText('cannot be reached').count()).toBe(0);
    await driver.close();
  });
});
