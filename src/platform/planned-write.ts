declare const planned: unique symbol;

/**
 * A write that one store has prepared and another one makes together with its own, in order, as one round trip. What is in it is known
 * only to `persistence/`.
 */
export interface PlannedWrite {
  readonly [planned]: true;
}
