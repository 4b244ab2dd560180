/**
 * What the page costs whoever reads it, by Chromium's own measures: `npm run test:page-budget`. Fails where a budget is exceeded; run it on a machine
 * that does nothing else.
 */
import type { CDPSession, Page } from 'playwright-core';
import { flowiseFrame, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';
import type { PageElement } from './in-page.js';
import { PageWorld } from './page-world.js';
import { RICH_ANSWER } from './rich-answer.js';
import { seedSessions } from './seeds.js';

const TOKENS_PER_SECOND = 60;
const TOKENS = 900;
const LONG_TURNS = 5000;

interface Budget {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** Undefined: a figure to know, without a limit. */
  readonly limit?: number;
}

/** The tokens of an answer at the pace of a fast model. */
function paced(tokens: readonly string[]): FlowiseBehaviour {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const start = performance.now();
    for (const [index, token] of tokens.entries()) {
      const wait = start + (index * 1000) / TOKENS_PER_SECOND - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      response.write(flowiseFrame('token', token));
    }
    response.end(flowiseFrame('end', '[DONE]'));
  };
}

/** Milliseconds of the main thread so far: all of it, and of it script. */
async function spent(devtools: CDPSession): Promise<{ readonly script: number; readonly task: number }> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  const of = (name: string): number => (metrics.find((one) => one.name === name)?.value ?? 0) * 1000;
  return { script: of('ScriptDuration'), task: of('TaskDuration') };
}

async function streaming(world: PageWorld): Promise<readonly Budget[]> {
  await world.putChatflow('paced');
  const text = RICH_ANSWER.repeat(4);
  const tokens = text.match(/[\s\S]{1,5}/g)?.slice(0, TOKENS) ?? [];
  world.replay.respondWith(paced(tokens), 'paced');
  const driver = await world.enter({ width: 1280, height: 900 });
  await driver.choose('paced');
  const devtools = await driver.context.newCDPSession(driver.page);
  await devtools.send('Performance.enable');
  await driver.ask('Tell me');
  await driver.seeStatus('streaming');
  const before = await spent(devtools);
  await driver.page.evaluate(`
    globalThis.frames_ = [];
    let last = performance.now();
    const note = (now) => { globalThis.frames_.push(now - last); last = now; requestAnimationFrame(note); };
    requestAnimationFrame(note);
  `);
  await driver.seeStatus('completed');
  const after = await spent(devtools);
  const frames = await driver.page.evaluate<number[]>('globalThis.frames_');
  await world.leave();
  const late = frames.slice(1).filter((duration) => duration > 50).length;
  return [
    {
      what: `script per token, ${tokens.length} tokens, ${TOKENS_PER_SECOND} a second`,
      measured: (after.script - before.script) / tokens.length,
      unit: 'ms',
      limit: 4,
    },
    {
      what: 'main thread per token',
      measured: (after.task - before.task) / tokens.length,
      unit: 'ms',
      limit: 1000 / TOKENS_PER_SECOND,
    },
    { what: `frames later than 50 ms, of ${frames.length}`, measured: late, unit: '' },
  ];
}

async function firstLoad(world: PageWorld): Promise<readonly Budget[]> {
  const driver = await world.enter();
  const devtools = await driver.context.newCDPSession(driver.page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  const files = new Map<string, string>();
  devtools.on('Network.responseReceived', ({ requestId, response, type }) => {
    if (['Document', 'Script', 'Stylesheet', 'Font'].includes(type)) files.set(requestId, response.url);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) bytes += encodedDataLength;
  });
  await driver.page.reload();
  await driver.page.getByRole('heading', { name: 'What can I do for you?' }).waitFor();
  await driver.page.waitForLoadState('networkidle');
  await world.leave();
  return [{ what: `first load, ${files.size} files`, measured: bytes / 1000, unit: 'kB', limit: 160 }];
}

/** From the top to the bottom in steps of a screen, as fast as the page follows. @returns milliseconds of the main thread for each step */
async function scroll(page: Page, devtools: CDPSession, steps: number): Promise<number> {
  const before = await spent(devtools);
  await page.evaluate(`(async () => {
    const list = document.querySelector('.messages');
    for (let step = 0; step < ${steps}; step += 1) {
      list.scrollTop = (list.scrollHeight * step) / ${steps};
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    }
  })()`);
  return ((await spent(devtools)).task - before.task) / steps;
}

async function longLists(world: PageWorld): Promise<readonly Budget[]> {
  const driver = await world.enter({ width: 1280, height: 900 });
  const others = Array.from({ length: 499 }, (_, index) => ({
    id: `many-${index}`,
    topic: `Many ${index}`,
    chatflowId: 'assistant',
    turns: 1,
  }));
  const long = { id: 'long', topic: 'Long', chatflowId: 'assistant', turns: LONG_TURNS };
  await seedSessions(world.server, world.user, [long, ...others]);
  await driver.page.goto(`${world.server.url}/#/s/long`);
  const startedAt = performance.now();
  await driver.page.reload();
  await driver.page
    .getByText(`${LONG_TURNS - 1}th`)
    .first()
    .waitFor({ timeout: 120_000 });
  const opened = performance.now() - startedAt;
  const devtools = await driver.context.newCDPSession(driver.page);
  await devtools.send('Performance.enable');
  const step = await scroll(driver.page, devtools, 60);
  await driver.page.locator('.messages').evaluate((list) => {
    (list as unknown as PageElement).scrollTop = 0;
  });
  await driver.page.getByText('0th', { exact: true }).waitFor();
  const drawn = await driver.page.locator('.message').count();
  const items = driver.page.locator('.sidebar nav li');
  for (let seen = 0; seen < 500; seen = await items.count()) await items.last().scrollIntoViewIfNeeded();
  const listed = await items.count();
  await world.leave();
  return [
    { what: `opening ${LONG_TURNS * 2} messages`, measured: opened, unit: 'ms' },
    {
      what: `main thread for a jump through ${LONG_TURNS * 2} messages`,
      measured: step,
      unit: 'ms',
      limit: 200,
    },
    { what: `messages drawn of ${LONG_TURNS * 2}`, measured: drawn, unit: '', limit: 200 },
    { what: 'conversations listed', measured: listed, unit: '' },
  ];
}

const world = await PageWorld.start();
const budgets: Budget[] = [];
try {
  for (const measure of [firstLoad, streaming, longLists]) budgets.push(...(await measure(world)));
} finally {
  await world.close();
}
let isExceeded = false;
for (const { what, measured, unit, limit } of budgets) {
  const exceeded = limit !== undefined && measured > limit;
  isExceeded ||= exceeded;
  const bound = limit === undefined ? '' : ` (at most ${limit.toFixed(1)} ${unit})`;
  process.stdout.write(`${exceeded ? 'TOO MUCH ' : ''}${what}: ${measured.toFixed(2)} ${unit}${bound}\n`);
}
process.exitCode = isExceeded ? 1 : 0;
