import { StreamGaps } from './stream-gaps.js';
import type { TurnMeasures } from '../../records/turn.js';

/** For upstreams that don't count tokens. */
const CHARACTERS_PER_TOKEN = 4;

type Pace = Pick<
  TurnMeasures,
  'firstTokenMs' | 'streamedMs' | 'tokensPerSecond' | 'longestGapMs' | 'medianGapMs'
>;

/** How an answer's text came, read by read. */
export class TextPace {
  private firstAt: number | undefined;
  private lastAt = 0;
  /** Many answers come in one read and have no gaps. */
  private gaps: StreamGaps | undefined;

  /** Text came with this read. @param now epoch milliseconds */
  textCame(now: number): void {
    if (this.firstAt === undefined) {
      this.firstAt = now;
    } else {
      this.gaps ??= new StreamGaps();
      this.gaps.record(now - this.lastAt);
    }
    this.lastAt = now;
  }

  /**
   * @param startedAt when the turn was admitted, epoch milliseconds
   * @param characters length of the text
   * @param tokens as the upstream counts them, if it does
   */
  measure(startedAt: number, characters: number, tokens: number | undefined): Pace {
    if (this.firstAt === undefined) return {};
    const firstTokenMs = this.firstAt - startedAt;
    if (this.gaps === undefined) return { firstTokenMs };
    const streamedMs = this.lastAt - this.firstAt;
    const perSecond = ((tokens ?? characters / CHARACTERS_PER_TOKEN) / streamedMs) * 1000;
    return {
      firstTokenMs,
      streamedMs,
      ...(streamedMs > 0 ? { tokensPerSecond: Math.round(perSecond * 10) / 10 } : {}),
      longestGapMs: this.gaps.longest,
      medianGapMs: this.gaps.median,
    };
  }
}
