/**
 * `alone`: there is nobody to talk to · `up`: what is said reaches the others · `down`: it does not, and what the others say is missed.
 */
export type BusState = 'alone' | 'up' | 'down';

/** The longest message, in characters of its JSON: what is longer has to be cut by whoever sends it. */
export const MAX_MESSAGE_CHARACTERS = 64 * 1024;

/** Hears what others say about a topic. Must not throw. @param from the id of the instance that says it */
export type BusListener = (message: unknown, from: string) => void;

/** Answers what another instance asks; a rejection reaches whoever asks as `BusFailure`, without its words. */
export type BusAnswer = (message: unknown, from: string) => Promise<unknown>;

/** Nobody has answered: the bus or the other instance is gone, or slow, or could not do it. What was asked may have been done all the same. */
export class BusFailure extends Error {
  override readonly name = 'BusFailure';
}

/**
 * What instances tell each other, fast and at most once: a message may be lost, and comes in no order with those of other topics. Whatever is
 * built on it must be right when a message is lost, doubled or late; the database decides. Messages are what JSON can hold; nothing here
 * waits for them on a token's path.
 */
export abstract class InstanceBus {
  abstract readonly state: BusState;

  /** Tells every other instance. Never throws for a bus that is down: then nobody hears it. @throws RangeError beyond `MAX_MESSAGE_CHARACTERS` */
  abstract publish(topic: string, message: unknown): void;

  /** Tells one instance. As `publish` does. */
  abstract send(instanceId: string, topic: string, message: unknown): void;

  /**
   * Asks one instance.
   * @returns its answer
   * @throws BusFailure also when the bus is down, at once
   */
  abstract request(instanceId: string, topic: string, message: unknown, timeoutMs: number): Promise<unknown>;

  /** Hears what others publish or send. One listener per topic. @returns stops it */
  abstract listen(topic: string, listener: BusListener): () => void;

  /** Answers requests. One per topic. @returns stops it */
  abstract answer(topic: string, answer: BusAnswer): () => void;

  /**
   * Called when the bus works after what instances said may have been missed: when it is up, at first or again, after a connection was lost
   * however shortly, and after messages of this instance could not be sent. @returns stops it
   */
  abstract onRestored(listener: () => void): () => void;
}
