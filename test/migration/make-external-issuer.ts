import { AccountingService } from '../support/accounting-service.js';
import { TestIssuer } from '../support/auth/test-issuer.js';
import { startFlowiseReplay } from '../support/upstream/flowise-replay.js';
import { startReplayServer } from '../support/upstream/replay-server.js';
import type { Api } from '../faults/api.js';
import { assertHolds } from './fixture-contents.js';
import { OldLoad, type Asker } from './old-load.js';
import { OldServer } from './old-server.js';
import { answers, failingStorm, storm } from './old-upstreams.js';

/** As different as subjects may be. */
const SUBJECTS = ['ext-ada', 'auth0|bob', 'céline ü', 'urn:user/dora', 'google-oauth2:eve', 'f%20f'];
const NEVER_CAME = 'granted:before';
const DAY_SECONDS = 86_400;

const questionFor: Asker['questionFor'] = (chatflowId, number) =>
  chatflowId === 'assistant' ? `add a task to water plant ${number}` : `q${number}`;

/** Users of an external issuer: own ledger, then an accounting service for a while, then the own ledger again, ended under load. */
export async function makeExternalIssuer(file: string): Promise<void> {
  const issuer = await TestIssuer.start();
  const flowise = await startFlowiseReplay();
  const stormServer = await startReplayServer();
  const otherStorm = await startReplayServer();
  const accounting = await AccountingService.start();
  flowise.respondWith(answers);
  stormServer.respondWith(storm);
  otherStorm.respondWith((response) => (Math.random() < 0.4 ? failingStorm : storm)(response));
  const server = await OldServer.make({
    ...issuer.env,
    FLOWISE_API_URL: flowise.url,
    STORM_API_URL: stormServer.url,
    SIGNUP_CREDITS: '3000',
    ASSISTANT_DELAY_MS: '5',
  });
  const exp = Math.floor(Date.now() / 1000) + DAY_SECONDS;
  const askers = await Promise.all(
    SUBJECTS.map(async (sub) => {
      accounting.credits.set(sub, 10_000);
      return { token: await issuer.token({ sub, exp }), questionFor };
    }),
  );
  const admin = await issuer.token({ sub: 'ext-admin', roles: ['admin'], exp });
  try {
    const first = await server.start();
    await settle(first, admin, askers, otherStorm.url);
    const flows = ['storm', 'flow', 'other-storm', 'storm', 'assistant'];
    await new OldLoad(server.url, first, flows).run(askers, 12, 90);
    await server.end('SIGTERM');
    for (const { id, price } of PRICES) accounting.costs.set(id, price);
    const second = await server.start({ ACCOUNTING_API_URL: accounting.url, ACCOUNTING_API_KEY: 'a key' });
    await new OldLoad(server.url, second, ['flow', 'storm']).run(askers, 12, 30);
    await server.end('SIGTERM');
    const third = await server.start({ FAULT_POINT: 'decided', FAULT_AFTER: '50' });
    await new OldLoad(server.url, third, flows).run(askers, 24, 10_000);
    await server.end();
    assertHolds(await server.exportTo(file), {
      turns: 150,
      users: SUBJECTS.length + 1,
      threadsWithoutSession: true,
      collections: ['storm_threads', 'api_keys', 'assistant_tasks', 'external_charges'],
    });
  } finally {
    await server.end('SIGKILL');
    await server.remove();
    await Promise.all([issuer, flowise, stormServer, otherStorm, accounting].map((one) => one.close()));
  }
}

const PRICES = [
  { id: 'storm', price: 2 },
  { id: 'other-storm', price: 4 },
  { id: 'flow', price: 3 },
];

async function settle(api: Api, admin: string, askers: readonly Asker[], otherStorm: string): Promise<void> {
  for (const { id, price } of PRICES) {
    const isFlow = id === 'flow';
    await api.call('PUT', `/chatflows/${id}`, admin, {
      name: id,
      provider: isFlow ? 'flowise' : 'storm',
      upstream: isFlow ? { flowId: id } : id === 'other-storm' ? { baseUrl: otherStorm } : {},
      price: { credits: price },
      access: id === 'other-storm' ? { users: SUBJECTS } : { public: true },
      onDisconnect: 'continue',
      chargeOnStop: true,
    });
  }
  for (const { token } of askers)
    await api.call('POST', '/auth/api-keys', token, { name: 'of the issuer’s user' });
  await api.call('POST', `/accounting/accounts/${encodeURIComponent(NEVER_CAME)}/grants`, admin, {
    amount: 25,
    reason: 'before the first visit',
  });
}
