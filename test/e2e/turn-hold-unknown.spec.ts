import { AccountingService } from '../support/accounting-service.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { TurnWorld } from '../support/turn-world.js';

const SESSION = 'a-session-of-the-test';

describe('a hold of which nothing is known', () => {
  it('answers 503, calls no upstream, and leaves the session free', async () => {
    const accounting = await AccountingService.start();
    const world = await TurnWorld.start({ ACCOUNTING_API_URL: accounting.url });
    try {
      accounting.credits.set(world.user.userId, 5);
      accounting.costs.set('flow', 1);
      world.upstream.respondWith(flowise.tokens('Hello'));
      // The deduction is made, but nobody hears of it; then the service is gone altogether.
      accounting.faultFor = ({ path }) =>
        path.endsWith('/deductions') ? 'apply-and-drop' : path.endsWith('/refunds') ? 'drop' : 'ok';
      const refused = await world.ask({ sessionId: SESSION });
      expect(refused.status).toBe(503);
      expect(JSON.parse(await refused.text())).toMatchObject({ code: 'accounting_unavailable' });
      expect(world.upstream.requests.length).toBe(0);

      accounting.faultFor = () => 'ok';
      // The refund of the deduction that nobody heard of may come later; the session is free at once.
      const again = await world.askWhole({ sessionId: SESSION });
      expect(again.metadata).toMatchObject({ charged: 1 });
    } finally {
      await world.close();
      await accounting.close();
    }
  });
});
