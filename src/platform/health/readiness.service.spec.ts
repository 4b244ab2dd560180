import { createLog } from '../logging/create-log.js';
import { Drain } from '../lifecycle/drain.service.js';
import { Readiness, ReadinessCheck } from './readiness.service.js';

class Check extends ReadinessCheck {
  calls = 0;
  constructor(
    readonly checkName: string,
    private readonly run: () => Promise<void>,
  ) {
    super();
  }
  check(): Promise<void> {
    this.calls += 1;
    return this.run();
  }
}

function newDrain(): Drain {
  return new Drain({ delayMs: 0, graceMs: 1000 }, createLog({ level: 'silent' }));
}

describe('Readiness', () => {
  it('is ready when every check is up', async () => {
    const readiness = new Readiness(newDrain());
    readiness.register(new Check('database', () => Promise.resolve()));
    expect(await readiness.report()).toEqual({
      ready: true,
      lifecycle: 'serving',
      checks: { database: 'up' },
    });
  });

  it('says what is down', async () => {
    const readiness = new Readiness(newDrain());
    readiness.register(new Check('database', () => Promise.resolve()));
    readiness.register(new Check('redis', () => Promise.reject(new Error('down'))));
    expect(await readiness.report()).toMatchObject({
      ready: false,
      checks: { database: 'up', redis: 'down' },
    });
  });

  it('counts a check that hangs as down', async () => {
    const readiness = new Readiness(newDrain(), 1);
    readiness.register(new Check('database', () => new Promise(() => undefined)));
    expect(await readiness.report()).toMatchObject({ ready: false, checks: { database: 'down' } });
  });

  it('tells what else is known, which decides nothing', async () => {
    const readiness = new Readiness(newDrain());
    readiness.describe('silent', () => ({}));
    expect(await readiness.report()).not.toHaveProperty('details');
    readiness.describe('upstreams', () => ({ flowise: 'open' }));
    expect(await readiness.report()).toMatchObject({
      ready: true,
      details: { upstreams: { flowise: 'open' } },
    });
    expect((await readiness.report()).details).not.toHaveProperty('silent');
  });

  it('is not ready while draining', async () => {
    const drain = newDrain();
    const readiness = new Readiness(drain);
    await drain.begin();
    expect(await readiness.report()).toMatchObject({ ready: false });
  });

  it('shares one round of checks among concurrent callers', async () => {
    const readiness = new Readiness(newDrain());
    const check = new Check('database', () => Promise.resolve());
    readiness.register(check);
    await Promise.all([readiness.report(), readiness.report(), readiness.report()]);
    expect(check.calls).toBe(1);
  });
});
