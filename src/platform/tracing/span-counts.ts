/** What has become of the spans of this process. */
export class SpanCounts {
  exported = 0;
  /** They were sent, or tried to, in vain. */
  failed = 0;
  /** Too many waited already. */
  dropped = 0;
  /** Ended, and neither of these yet. */
  waiting = 0;
}
