import { FixedClock, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import type { AccountingApi } from './accounting-api.client.js';
import { ExternalCreditLedger } from './external-credit-ledger.service.js';

const chatflow = (id: string) => ({ id, price: { credits: 2 } });

/** A ledger over a service whose prices the test says. */
function setUp(cost: (chatflowId: string, accessToken?: string) => Promise<number | undefined>) {
  const asked: unknown[] = [];
  const api = {
    cost: (...call: [string, string?]) => {
      asked.push(call);
      return cost(...call);
    },
  } as AccountingApi;
  const clock = new FixedClock();
  const nothing = {} as never;
  return { asked, clock, ledger: new ExternalCreditLedger(nothing, api, nothing, clock, testConfig()) };
}

describe('the prices of an external service', () => {
  it('are asked for once by calls that miss together, with the first caller’s token', async () => {
    const { ledger, asked } = setUp(() => Promise.resolve(3));
    const prices = ['first', 'second'].map((token) => ledger.priceOf(chatflow('a'), token));
    expect(await Promise.all(prices)).toEqual([3, 3]);
    expect(asked).toEqual([['a', 'first']]);
  });

  it('show a change 30 seconds later at the latest', async () => {
    let price = 3;
    const { ledger, clock } = setUp(() => Promise.resolve(price));
    await ledger.priceOf(chatflow('a'));
    price = 5;
    clock.time += 30_000;
    expect(await ledger.priceOf(chatflow('a'))).toBe(3);
    clock.time += 1;
    expect(await ledger.priceOf(chatflow('a'))).toBe(5);
  });

  it('are asked for again after a failure', async () => {
    const answers = [Promise.reject(new Error('down')), Promise.resolve(4)];
    const { ledger } = setUp(() => answers.shift() ?? Promise.resolve(0));
    await expect(ledger.priceOf(chatflow('a'))).rejects.toMatchObject({ code: 'accounting_unavailable' });
    expect(await ledger.priceOf(chatflow('a'))).toBe(4);
  });

  it('are remembered also where there is none', async () => {
    const { ledger, asked } = setUp(() => Promise.resolve(undefined));
    await ledger.priceOf(chatflow('a'));
    expect(await ledger.priceOf(chatflow('a'))).toBe(2);
    expect(asked).toHaveLength(1);
  });

  it('are told to everybody who waits, and kept for a thousand chatflows', async () => {
    const { ledger, asked } = setUp(() => new Promise((resolve) => setImmediate(resolve, 7)));
    const flows = Array.from({ length: 1001 }, (_, index) => chatflow(`flow-${index}`));
    const prices = await Promise.all(flows.map((flow) => ledger.priceOf(flow)));
    expect(new Set(prices)).toEqual(new Set([7]));
    await ledger.priceOf(chatflow('flow-1000'));
    expect(asked).toHaveLength(1001);
    await ledger.priceOf(chatflow('flow-0'));
    expect(asked).toHaveLength(1002);
  });
});
