import { TurnAttachments } from '../../attachments/turn-attachments.service.js';
import { loadConfig } from '../../../config/load-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import { createLog } from '../../../platform/logging/create-log.js';
import { AdmissionService } from './admission.service.js';
import { LocalBus } from '../../../cluster/local-bus.js';
import { SessionEntry } from './session-entry.service.js';
import { TurnPlaces } from './turn-places.service.js';
import { ChatflowPlaces } from './chatflow-places.service.js';
import { Eligibility } from './eligibility.service.js';
import { TurnHold } from './turn-hold.service.js';
import { TurnOpenings } from './turn-opening.service.js';
import { Leases } from '../own/leases.service.js';
import { FIRST_PLACE } from '../../records/session-place.js';
import { EarlierTurns } from './earlier-turns.service.js';
import { UnbegunTurns, type UnbegunTurn } from '../settle/unbegun-turns.service.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.service.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import type { TurnRequest } from '../../records/turn-request.js';
import type { TurnKey } from '../../records/turn.store.port.js';
import type { TurnOpening, TurnRecord } from '../../records/turn.js';
import { NoTracing } from '../../../platform/tracing/no-tracing.js';

class StoppedClock extends Clock {
  now(): number {
    return 1_000_000;
  }
}

const REQUEST: TurnRequest = {
  principal: { userId: 'user', tenantId: 'default', accountId: 'account', roles: [] },
  chatflowId: 'assistant',
  question: 'Hi',
  idempotencyKey: 'key',
};

/** Admission over doubles that say yes to everything, with these instead. */
function setUp(
  ledger: Record<string, unknown>,
  store: {
    turns?: object;
    placeOf?: () => Promise<unknown>;
    enter?: () => Promise<unknown>;
    attachments?: object;
  } = {},
) {
  const opened = new Map<string, TurnRecord>();
  const adopted: string[] = [];
  const turns = {
    findByKey: async () => [...opened.values()][0],
    open: async (opening: TurnOpening) => {
      opened.set(opening.id, { ...opening, status: 'running' });
      return { kind: 'opened', held: false, remembered: false };
    },
    discard: async ({ id }: TurnKey) => opened.delete(id),
    ...store.turns,
  };
  const chatflow = { id: 'assistant', provider: 'assistant', price: { credits: 1 }, disabled: false };
  const config = loadConfig({ NODE_ENV: 'test' });
  const clock = new StoppedClock();
  const faults = new FaultPoints(undefined);
  const credits = { priceOf: async () => 1, planHold: () => undefined, ...ledger } as never;
  const holds = new TurnHold(config, credits, faults, { holdAttempted: () => undefined } as never);
  const earlier = new EarlierTurns(turns as never, clock);
  const occupancy = { runningHere: () => undefined, enter: store.enter } as never;
  const storage = { assertRoom: async () => undefined } as never;
  const shared = { isShared: false } as never;
  const places = new TurnPlaces(
    { admit: async () => ({ rate: {}, leave: () => undefined }) } as never,
    new ChatflowPlaces(shared, new LocalBus(), { turnWaits: () => undefined } as never),
    shared,
  );
  const admission = new AdmissionService(
    { assertServing: () => undefined } as never,
    new Eligibility(
      { find: async () => chatflow } as never,
      { mayUse: async () => true },
      { get: () => undefined } as never,
      { accept: () => ({ ignored: [] }) } as never,
      { assertCalled: async () => undefined } as never,
      { of: async () => undefined } as never,
    ),
    earlier,
    occupancy,
    new SessionEntry(earlier, occupancy, places, holds, storage),
    { reserve: async () => () => undefined } as never,
    storage,
    new TurnOpenings(
      clock,
      new Leases(config, clock, new InstanceId('instance')),
      turns as never,
      {} as never,
      holds,
      faults,
      { addUnbegun: ({ turn }: UnbegunTurn) => adopted.push(turn.id) } as never,
      new UnbegunTurns(credits, {} as never, turns as never),
      createLog({ level: 'silent' }),
      new NoTracing(),
    ),
    holds,
    { placeOf: store.placeOf ?? (async () => FIRST_PLACE) } as never,
    { begin: () => undefined, find: async () => ({}) } as never,
    new TurnAttachments((store.attachments ?? {}) as never, clock, createLog({ level: 'silent' })),
  );
  return { admission, opened, adopted, chatflow };
}

describe('AdmissionService', () => {
  it('forgets a turn whose hold is refused, so that its key is free again', async () => {
    const { admission, opened, adopted } = setUp({
      hold: async () => Promise.reject(errors.insufficientCredits(1, 0)),
    });
    await expect(admission.admit(REQUEST)).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect(opened.size).toBe(0);
    expect(adopted).toEqual([]);
  });

  it('leaves a turn to recovery when neither its hold nor the release of it could be made', async () => {
    const unavailable = async () => Promise.reject(errors.accountingUnavailable());
    const { admission, opened, adopted } = setUp({ hold: unavailable, release: unavailable });
    await expect(admission.admit(REQUEST)).rejects.toMatchObject({ code: 'accounting_unavailable' });
    expect(adopted).toEqual([...opened.keys()]);
    expect(adopted.length).toBe(1);
  });

  it('undoes a turn of which it cannot be seen whether its files are still there', async () => {
    const stored: unknown[] = [];
    const released: unknown[] = [];
    const { admission, opened, adopted } = setUp(
      { hold: async () => undefined, release: async (charge: unknown) => void released.push(charge) },
      {
        attachments: {
          put: async (files: unknown[]) => void stored.push(...files),
          find: async () => Promise.reject(new Error('The database did not answer')),
          remove: async (files: unknown[]) => void stored.splice(0, files.length),
        },
      },
    );
    const upload = {
      type: 'file' as const,
      name: 'a.txt',
      mime: 'text/plain',
      data: 'data:text/plain;base64,YQ==',
    };
    const request = { ...REQUEST, sessionId: 'session', uploads: [{ field: 'uploads.0', upload }] };
    await expect(admission.admit(request as TurnRequest)).rejects.toThrow('The database did not answer');
    expect([opened.size, stored.length, adopted, released.length]).toEqual([0, 0, [], 1]);
  });

  it('refuses what is new to a disabled chatflow before anything is opened, and attaches repeats', async () => {
    const { admission, opened, chatflow } = setUp({ hold: async () => undefined });
    const first = await admission.admit(REQUEST);
    chatflow.disabled = true;
    expect(await admission.admit(REQUEST)).toMatchObject({ kind: 'attached', turn: { id: first.turn.id } });
    opened.clear();
    await expect(admission.admit(REQUEST)).rejects.toMatchObject({ code: 'chatflow_disabled' });
    expect(opened.size).toBe(0);
  });

  it('decides about requests of one key one after the other', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { admission } = setUp({ hold: () => held });
    const both = Promise.all([admission.admit(REQUEST), admission.admit(REQUEST)]);
    letGo();
    const [first, second] = await both;
    expect(first.kind).toBe('admitted');
    expect(second).toMatchObject({ kind: 'attached', turn: { id: first.turn.id } });
  });

  it('decides anew about the second of two requests when the first is refused', async () => {
    let holds = 0;
    const { admission } = setUp({
      hold: async () => (++holds === 1 ? Promise.reject(errors.insufficientCredits(1, 0)) : undefined),
    });
    const [first, second] = await Promise.allSettled([admission.admit(REQUEST), admission.admit(REQUEST)]);
    expect(first.status).toBe('rejected');
    expect(second).toMatchObject({ status: 'fulfilled', value: { kind: 'admitted' } });
  });

  it('leaves a turn to recovery when nobody knows whether it was opened', async () => {
    const ids: string[] = [];
    const open = async ({ id }: TurnOpening) => {
      ids.push(id);
      throw new Error('the connection was lost');
    };
    const { admission, adopted } = setUp({ hold: async () => undefined }, { turns: { open } });
    await expect(admission.admit(REQUEST)).rejects.toThrow('the connection was lost');
    expect(adopted).toEqual(ids);
    expect(adopted.length).toBe(1);
  });

  it('gives the hold back when the place in the session is not to be found', async () => {
    const released: string[] = [];
    const { admission, opened } = setUp(
      {
        hold: async () => undefined,
        release: async ({ turnId }: { turnId: string }) => void released.push(turnId),
      },
      { placeOf: async () => Promise.reject(new Error('no connection')) },
    );
    await expect(admission.admit({ ...REQUEST, sessionId: 'mine' })).rejects.toThrow('no connection');
    expect(released).toHaveLength(1);
    expect(opened.size).toBe(0);
  });

  it('opens its turn as soon as the session is free, however often somebody else comes first', async () => {
    let busy = 2;
    const other = { id: 'other', status: 'running' };
    const open = async () =>
      busy-- > 0 ? { kind: 'busy', turn: other } : { kind: 'opened', held: false, remembered: false };
    const { admission } = setUp(
      { hold: async () => undefined },
      { turns: { open }, enter: async () => ({ kind: 'free' }) },
    );
    expect((await admission.admit({ ...REQUEST, sessionId: 'mine' })).kind).toBe('admitted');
  });

  it('attaches to the turn of its session that asks the same', async () => {
    const other = { id: 'other', status: 'running' };
    const bound: string[] = [];
    const attaching = (isBound: boolean) => {
      const bindKey = async ({ id }: TurnKey) => (bound.push(id), isBound);
      return setUp(
        {},
        {
          turns: { open: async () => ({ kind: 'busy', turn: other }), bindKey },
          enter: async () => ({ kind: 'attached', turn: other }),
        },
      ).admission.admit({ ...REQUEST, sessionId: 'mine' });
    };
    expect(await attaching(true)).toMatchObject({ kind: 'attached', turn: { id: 'other' } });
    // A later repeat with its key finds the turn by that.
    expect(bound).toEqual(['other']);
    await expect(attaching(false)).rejects.toMatchObject({ code: 'turn_in_progress' });
  });
});
