import { SilenceWatch } from './silence-watch.js';
import type { UnansweredConnection } from './tcp-table.js';

const LOOK_MS = 10_000;
const PEER = { key: 'a', attempts: 1, remainingMs: 0, timeoutMs: 400 };

/** What the kernel shows of a peer silent since `silentMs`, when its pauses double from `firstMs` on. */
function backingOff(silentMs: number, firstMs: number): UnansweredConnection[] {
  let timeoutMs = firstMs;
  let nextMs = firstMs;
  let attempts = 0;
  while (nextMs <= silentMs) {
    attempts += 1;
    timeoutMs = Math.min(timeoutMs * 2, 120_000);
    nextMs += timeoutMs;
  }
  if (attempts === 0) return [];
  return [{ key: 'a', repeats: 'data', attempts, remainingMs: nextMs - silentMs, timeoutMs }];
}

/** @returns the milliseconds of silence at which the peer is given up, or undefined within `untilMs` */
function givenUpAt(show: (silentMs: number) => UnansweredConnection[], untilMs: number, offsetMs = 0) {
  const watch = new SilenceWatch();
  for (let silentMs = offsetMs; silentMs <= untilMs; silentMs += LOOK_MS)
    if (watch.look(show(silentMs), silentMs).length > 0) return silentMs;
  return undefined;
}

const OFFSETS = [0, 1500, 3000, 4500, 6000, 7500, 9000];

describe('SilenceWatch', () => {
  it.each([200, 240, 300, 400, 600, 1000, 3000])(
    'gives a peer up within 25 s to 75 s of silence when the first attempt comes after %i ms',
    (firstMs) => {
      for (const offset of OFFSETS) {
        const at = givenUpAt((silentMs) => backingOff(silentMs, firstMs), 200_000, offset);
        expect(at).toBeGreaterThan(25_000);
        expect(at).toBeLessThan(75_000);
      }
    },
  );

  it.each([200, 240, 300, 400, 600, 1000, 3000])(
    'bears that a peer is away for 25 s: whoever is back answers the next attempt (first after %i ms)',
    (firstMs) => {
      for (const offset of OFFSETS) {
        const answers = (silentMs: number): UnansweredConnection[] => {
          const [shown] = backingOff(silentMs, firstMs);
          if (shown === undefined) return [];
          const askedAtMs = silentMs - (shown.timeoutMs - shown.remainingMs);
          // Half a second for the way there and back.
          return askedAtMs >= 25_000 && silentMs >= askedAtMs + 500 ? [] : [shown];
        };
        expect(givenUpAt(answers, 200_000, offset)).toBeUndefined();
      }
    },
  );

  it('gives up a peer that a router calls unreachable, so that the pauses do not grow', () => {
    const at = givenUpAt(
      (silentMs) => [
        { ...PEER, repeats: 'data', attempts: 1 + Math.floor(silentMs / 2600), timeoutMs: 3260 },
      ],
      200_000,
    );
    expect(at).toBe(40_000);
  });

  it('waits for a peer on a bad line, which answers now and then', () => {
    const watch = new SilenceWatch();
    for (let look = 0; look < 100; look += 1) {
      const attempts = 1 + (look % 3);
      expect(watch.look([{ ...PEER, repeats: 'data', attempts }], look * LOOK_MS)).toEqual([]);
    }
  });

  it('begins anew with a peer that was seen to have answered', () => {
    const watch = new SilenceWatch();
    const silent = { ...PEER, repeats: 'data', attempts: 12, timeoutMs: 3260 } as const;
    expect(watch.look([silent], 0)).toEqual([]);
    expect(watch.look([], 30_000)).toEqual([]);
    expect(watch.look([silent], 40_000)).toEqual([]);
    expect(watch.look([silent], 70_000)).toEqual([]);
    expect(watch.look([silent], 80_000)).toEqual([silent]);
  });

  it('gives up a peer with a full window that answers no more questions', () => {
    const at = givenUpAt(
      (silentMs) => backingOff(silentMs, 200).map((shown) => ({ ...shown, repeats: 'window-probe' })),
      200_000,
    );
    expect(at).toBe(50_000);
  });
});
