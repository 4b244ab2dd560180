import type { ContinuedAccess, Continuation } from '../../../auth/continued-access.service.js';
import type { ChatflowAccess } from '../../../chatflows/chatflow-access.port.js';
import type { ChatflowRegistry } from '../../../chatflows/chatflow-registry.port.js';
import { ChangeFeed } from '../../../cluster/change-feed.service.js';
import { LocalBus } from '../../../cluster/local-bus.js';
import { loadConfig } from '../../../config/load-config.js';
import type { Principal } from '../../../contract/principal.js';
import { createLog } from '../../../platform/logging/create-log.js';
import { streamContext } from '../../../../test/support/stream-context.js';
import { until } from '../../../../test/support/until.js';
import type { TurnRecord } from '../../records/turn.js';
import { OpenReadings } from '../log/open-readings.service.js';
import { SILENT_SINK } from '../log/subscription.js';
import { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { AuthorityWatch } from './authority-watch.service.js';

const ASKER: Principal = { userId: 'ada', tenantId: 'default', accountId: 'account', roles: ['user'] };

describe('AuthorityWatch', () => {
  let asked: number;
  let answer: () => Promise<Continuation>;
  let changes: ChangeFeed;
  let live: LiveTurns;
  let readings: OpenReadings;
  let watch: AuthorityWatch;
  beforeEach(() => {
    asked = 0;
    answer = () => Promise.resolve({ kind: 'goes-on', principal: ASKER });
    changes = new ChangeFeed(new LocalBus());
    live = new LiveTurns();
    readings = new OpenReadings();
    const access = { of: () => (asked++, answer()) } as unknown as ContinuedAccess;
    const chatflows = { find: (id: string) => Promise.resolve({ id }) } as unknown as ChatflowRegistry;
    const rules = { mayUse: () => true } as unknown as ChatflowAccess;
    const config = loadConfig({ NODE_ENV: 'test' });
    const log = createLog({ level: 'silent' });
    const bus = new LocalBus();
    watch = new AuthorityWatch(access, chatflows, rules, changes, bus, live, readings, config, log);
    watch.onModuleInit();
    watch.onApplicationBootstrap();
  });
  afterEach(async () => {
    await watch.beforeApplicationShutdown();
    for (const turn of live.all()) turn.release();
  });

  function add(id: string, changesOf: Partial<Principal> = {}, chatflowId = 'flow'): LiveTurn {
    const record = { id, userId: 'ada', sessionId: id, chatflowId, startedAt: new Date(0) } as TurnRecord;
    const turn = new LiveTurn({ ...record, onDisconnect: 'continue' }, streamContext(), undefined);
    turn.askedBy = { ...ASKER, ...changesOf };
    live.add(turn);
    return turn;
  }

  it('asks once for all that rests on the same, and not at all for what a change does not concern', async () => {
    const turns = Array.from({ length: 200 }, (_, index) => add(`${index}`, { apiKeyHash: 'hash' }));
    const other = add('other', { userId: 'bob' }, 'another');
    answer = () => Promise.resolve({ kind: 'credential-revoked' });
    changes.changed('api-key', 'another hash');
    changes.changed('api-key', 'hash');
    await until(() => turns.every(({ signal }) => signal.aborted));
    expect([asked, other.signal.aborted]).toEqual([1, false]);
  });

  it('lets go on what it cannot find out about, and looks again until it can', async () => {
    const turn = add('turn');
    answer = () =>
      asked < 3 ? Promise.reject(new Error('away')) : Promise.resolve({ kind: 'user-revoked' });
    changes.changed('user', 'ada');
    await until(() => turn.signal.aborted);
    expect(asked).toBe(3);
  });

  it('looks at what begins, whatever has changed before', async () => {
    answer = () => Promise.resolve({ kind: 'credential-revoked' });
    changes.changed('api-key', 'hash');
    const turn = add('turn', { apiKeyHash: 'hash' });
    watch.begun(turn);
    await until(() => turn.signal.aborted);
    expect(asked).toBe(1);
  });

  it('looks at readers as they come, but not at those who have just begun the turn that they read', () => {
    const { stream, record } = add('turn');
    const reader = { principal: ASKER, chatflowId: record.chatflowId, stream };
    const encoder = { heartbeat: '', encode: () => '' };
    const open = (hasBegunIt: boolean) =>
      readings.subscribe({ ...reader, hasBegunIt }, encoder, SILENT_SINK, 0);
    open(true);
    expect(asked).toBe(0);
    open(false);
    expect(asked).toBe(1);
    stream.end();
    open(true);
    expect(asked).toBe(2);
  });
});
