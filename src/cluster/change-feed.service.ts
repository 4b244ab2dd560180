import { isObject } from '../platform/json/json-object.js';
import type { InstanceBus } from './instance-bus.port.js';

/** What is stored and kept in the memory of several instances. */
export const CHANGE_KINDS = [
  'chatflow',
  'api-key',
  'user',
  'identity',
  'sign-in',
  'provider-session',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** @param key which one has changed; `undefined`: any of them may have */
export type ChangeListener = (key: string | undefined) => void;

const TOPIC = 'changed';
/** A longer key is not sent: then all of its kind may have changed. */
const MAX_KEY_CHARACTERS = 1024;

/**
 * Tells every instance what has changed in the database, so that none goes on with what it remembers. A message that may have been missed counts
 * as one about everything. Without a bus, or while it is down, nobody hears it: whatever is remembered is remembered for a bounded time.
 */
export class ChangeFeed {
  private readonly listeners = new Map<ChangeKind, Set<ChangeListener>>();

  constructor(private readonly bus: InstanceBus) {
    bus.listen(TOPIC, (message) => this.hear(message));
    bus.onRestored(() => {
      this.tellAll();
      // The others may have missed what this one has said.
      bus.publish(TOPIC, {});
    });
  }

  /** To be called after the store has changed: listeners here have heard of it when this returns, those elsewhere within a second. */
  changed(kind: ChangeKind, key: string): void {
    this.tell(kind, key);
    this.bus.publish(TOPIC, key.length > MAX_KEY_CHARACTERS ? { kind } : { kind, key });
  }

  /** @param listener must not throw @returns stops it */
  onChange(kind: ChangeKind, listener: ChangeListener): () => void {
    const listeners = this.listeners.get(kind) ?? new Set();
    this.listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** What is not understood, as a newer version may send it, counts as a change of everything. */
  private hear(message: unknown): void {
    const { kind, key } = isObject(message) ? message : {};
    const known = CHANGE_KINDS.find((one) => one === kind);
    if (known === undefined) this.tellAll();
    else this.tell(known, typeof key === 'string' ? key : undefined);
  }

  private tellAll(): void {
    for (const kind of CHANGE_KINDS) this.tell(kind, undefined);
  }

  private tell(kind: ChangeKind, key: string | undefined): void {
    for (const listener of this.listeners.get(kind) ?? []) listener(key);
  }
}
