/** Up to here every millisecond has a counter of its own. */
const EXACT_MS = 64;
/** Beyond, each doubling is divided into this many counters: a median is off by 5 % at most. */
const STEPS_PER_DOUBLING = 8;
const COUNTERS = EXACT_MS + STEPS_PER_DOUBLING * 16;

/**
 * The silences within one answer. Counted, not kept, so that a long answer costs no more than a short one and recording allocates nothing.
 */
export class StreamGaps {
  private readonly counters = new Uint32Array(COUNTERS);
  private count = 0;
  private longestMs = 0;

  /** @param gapMs whole milliseconds between two reads with text */
  record(gapMs: number): void {
    const gap = Math.max(gapMs, 0);
    this.counters[counterOf(gap)]! += 1;
    this.count += 1;
    if (gap > this.longestMs) this.longestMs = gap;
  }

  /** Milliseconds. */
  get longest(): number {
    return this.longestMs;
  }

  /** Milliseconds: exact below 64, then within 5 %. 0 when there was no gap. */
  get median(): number {
    let left = Math.ceil(this.count / 2);
    for (const [index, count] of this.counters.entries()) {
      left -= count;
      if (count > 0 && left <= 0) return Math.min(lengthOf(index), this.longestMs);
    }
    return 0;
  }
}

function counterOf(gapMs: number): number {
  if (gapMs < EXACT_MS) return Math.floor(gapMs);
  const steps = Math.floor(Math.log2(gapMs / EXACT_MS) * STEPS_PER_DOUBLING);
  return Math.min(EXACT_MS + steps, COUNTERS - 1);
}

/** The middle of what a counter counts. */
function lengthOf(index: number): number {
  if (index < EXACT_MS) return index;
  return Math.round(EXACT_MS * 2 ** ((index - EXACT_MS + 0.5) / STEPS_PER_DOUBLING));
}
