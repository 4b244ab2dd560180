import { setTimeout as delay } from 'node:timers/promises';
import { Latch } from '../../platform/latch.js';
import { reconnectDelay } from './redis-client.js';

/** How often a connection is asked whether it still answers. */
const PING_INTERVAL_MS = 1000;
/** So many pings unanswered, and it is given up: a server that is frozen or cut off says nothing by itself. */
const MAX_UNANSWERED_PINGS = 2;

/** What is needed of a client of Redis. */
export interface Connectable {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  once(event: 'end' | 'terminated' | 'sharded-channel-moved', listener: () => void): unknown;
  connect(): Promise<unknown>;
  ping(): Promise<unknown>;
  destroy(): void;
}

export interface MovingClientOptions<C extends Connectable> {
  /** A client of the server as it is to be found now, not yet connected, and without its own way of coming back. */
  readonly find: () => Promise<C>;
  /** Makes the connection ready for use; a rejection is a failed attempt. */
  readonly prepare: (client: C) => Promise<unknown>;
  /** It is there again after it was lost. */
  readonly onBack: () => void;
  readonly onError: (error: unknown) => void;
}

/** A connection to a server that may be another one after each loss: it is looked for anew each time. */
export class MovingClient<C extends Connectable> {
  private client: C | undefined;
  private readonly first = new Latch();
  private readonly over = new AbortController();

  constructor(private readonly options: MovingClientOptions<C>) {}

  /** Resolves when the connection is ready for the first time, or `destroy` was called. */
  async connect(): Promise<void> {
    void this.run();
    await this.first.wait();
  }

  get isReady(): boolean {
    return this.client !== undefined;
  }

  /** @throws Error while there is none that is ready */
  get current(): C {
    if (this.client === undefined) throw new Error('There is no connection to Redis.');
    return this.client;
  }

  /** Lets go of the connection and looks for the server anew. */
  renew(): void {
    this.client?.destroy();
  }

  destroy(): void {
    this.over.abort();
    this.first.open();
    this.renew();
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    for (let attempt = 0; !this.over.signal.aborted; attempt += 1) {
      if (await this.connectOnce()) attempt = 0;
      await delay(reconnectDelay(attempt), undefined, { signal: this.over.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  /** @returns when the connection is over, whether it was ready */
  private async connectOnce(): Promise<boolean> {
    let client: C | undefined;
    try {
      client = await this.options.find();
      client.on('error', this.options.onError);
      const lost = new Latch();
      for (const event of ['end', 'terminated', 'sharded-channel-moved'] as const)
        client.once(event, () => lost.open());
      const destroyed = onAbort(this.over.signal, client);
      try {
        await client.connect();
        await this.options.prepare(client);
        if (this.over.signal.aborted) return false;
        this.use(client);
        await this.untilLost(client, lost);
      } finally {
        destroyed();
      }
    } catch (error) {
      if (!this.over.signal.aborted) this.options.onError(error);
    } finally {
      client?.destroy();
    }
    const wasReady = this.client !== undefined;
    this.client = undefined;
    return wasReady;
  }

  private use(client: C): void {
    this.client = client;
    if (this.first.isOpen) this.options.onBack();
    this.first.open();
  }

  private async untilLost(client: C, lost: Latch): Promise<void> {
    let unanswered = 0;
    const timer = setInterval(() => {
      if (unanswered >= MAX_UNANSWERED_PINGS) client.destroy();
      unanswered += 1;
      client.ping().then(
        () => (unanswered = 0),
        () => undefined,
      );
    }, PING_INTERVAL_MS).unref();
    await lost.wait();
    clearInterval(timer);
  }
}

/** @returns takes the listener away again */
function onAbort(signal: AbortSignal, client: Connectable): () => void {
  const destroy = (): void => client.destroy();
  signal.addEventListener('abort', destroy, { once: true });
  if (signal.aborted) destroy();
  return () => signal.removeEventListener('abort', destroy);
}
