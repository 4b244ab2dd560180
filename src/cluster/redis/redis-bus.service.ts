import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { RedisConfig } from '../../config/app-config.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { SpanKind, SpanOptions, Tracing } from '../../platform/tracing/tracing.port.js';
import { BEAT, RepeatingTask } from '../../platform/repeating-task.js';
import { BusMetrics } from '../bus-metrics.service.js';
import {
  BusFailure,
  InstanceBus,
  type BusAnswer,
  type BusListener,
  type BusState,
} from '../instance-bus.port.js';
import { fromText, toText, type Envelope } from './envelope.js';
import { redisLink } from './redis-link.js';
import type { EvalScript, RedisLink } from './redis-link.port.js';
import { WaitingRequests } from './waiting-requests.js';

/** How often it is tried whether this instance hears what it says: two commands each time. */
const PROBE_INTERVAL_MS = 500;
/** So many probes unheard, and the bus counts as down. */
const MAX_UNHEARD_PROBES = 3;
/** So many, and the connections are made anew although they look sound: one attach that failed unnoticed would leave an instance deaf for ever. */
const RECONNECT_AFTER_PROBES = 10;
/** What is on its way to Redis; beyond it messages are dropped, and counted. */
const MAX_UNSENT_CHARACTERS = 16 * 1024 * 1024;

const PROBE_TOPIC = 'probe';

/**
 * The bus over Redis: every instance hears a channel of its own and one of all. Whether it works is known by hearing oneself, which tries both
 * connections and the server's subscription at once.
 */
@Injectable()
export class RedisBus extends InstanceBus implements OnModuleInit, OnApplicationShutdown {
  private readonly listeners = new Map<string, BusListener>();
  private readonly answers = new Map<string, BusAnswer>();
  private readonly restored = new Set<() => void>();
  private readonly requests = new WaitingRequests();
  private readonly probes = new RepeatingTask(PROBE_INTERVAL_MS, () => this.probe(), BEAT);
  private link: RedisLink;
  private unsentCharacters = 0;
  private unheard = 0;
  private current: BusState = 'down';
  private wasUp = false;
  /** What this instance or others have said since it was last told so may not have arrived. */
  private hasMissed = false;
  private lastError: string | undefined;

  constructor(
    private readonly config: RedisConfig,
    private readonly instanceId: string,
    private readonly metrics: BusMetrics,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {
    super();
    this.link = this.newLink();
  }

  /** Does not wait for Redis: without it the instance works over the database. */
  onModuleInit(): void {
    void this.connect(this.link);
    this.probes.start();
    this.log.info({ bus: this.current, mode: this.config.mode }, 'Redis is being connected to');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.probes.stop();
    this.requests.failAll();
    this.link.destroy();
  }

  get state(): BusState {
    return this.current;
  }

  publish(topic: string, message: unknown): void {
    this.post(this.channelOfAll, { from: this.instanceId, topic, body: message });
  }

  send(instanceId: string, topic: string, message: unknown): void {
    this.post(this.channelOf(instanceId), { from: this.instanceId, topic, body: message });
  }

  request(instanceId: string, topic: string, message: unknown, timeoutMs: number): Promise<unknown> {
    if (this.current !== 'up') return Promise.reject(new BusFailure('The bus is down.'));
    return this.tracing.within(
      `request ${topic}`,
      () => spanOptions(topic, 'client'),
      () => {
        const { traceparent } = this.tracing.current.carrier;
        return this.requests.wait(timeoutMs, (request) =>
          this.post(this.channelOf(instanceId), {
            from: this.instanceId,
            topic,
            body: message,
            request,
            ...(traceparent === undefined ? {} : { traceparent }),
          }),
        );
      },
    );
  }

  listen(topic: string, listener: BusListener): () => void {
    this.listeners.set(topic, listener);
    return () => this.listeners.delete(topic);
  }

  answer(topic: string, answer: BusAnswer): () => void {
    this.answers.set(topic, answer);
    return () => this.answers.delete(topic);
  }

  onRestored(listener: () => void): () => void {
    this.restored.add(listener);
    return () => this.restored.delete(listener);
  }

  /** Runs a script on Redis, however long that takes. @throws BusFailure at once while the bus is down; what Redis says */
  readonly eval: EvalScript = (script, options) =>
    this.current === 'up'
      ? this.link.eval(script, options)
      : Promise.reject(new BusFailure('The bus is down.'));

  private get channelOfAll(): string {
    return `${this.config.prefix}all`;
  }

  private channelOf(instanceId: string): string {
    return `${this.config.prefix}to:${instanceId}`;
  }

  private newLink(): RedisLink {
    return redisLink(this.config, {
      onError: (error) => this.noteError(error),
      onHearingAgain: () => (this.hasMissed = true),
    });
  }

  private async connect(link: RedisLink): Promise<void> {
    try {
      await link.connect();
      const channels = [this.channelOf(this.instanceId), this.channelOfAll];
      await Promise.all(channels.map((channel) => link.subscribe(channel, this.hear)));
      // The next probe would come a moment later.
      if (link === this.link) void this.probes.runNow();
    } catch (error) {
      // The probes are not heard then, and bring another attempt.
      this.noteError(error);
    }
  }

  private post(channel: string, envelope: Envelope): void {
    const text = toText(envelope);
    if (this.unsentCharacters + text.length > MAX_UNSENT_CHARACTERS) {
      this.drop(envelope);
      return;
    }
    this.unsentCharacters += text.length;
    this.metrics.sent();
    this.link.publish(channel, text).then(
      () => (this.unsentCharacters -= text.length),
      (error: unknown) => {
        this.unsentCharacters -= text.length;
        this.drop(envelope);
        // Mostly it only says that there is no connection; why there is none is worth more.
        if (this.lastError === undefined) this.noteError(error);
      },
    );
  }

  private drop({ topic }: Envelope): void {
    this.metrics.dropped();
    if (topic !== PROBE_TOPIC) this.hasMissed = true;
  }

  private readonly hear = (text: string): void => {
    const envelope = fromText(text);
    if (envelope === undefined) {
      this.log.warn(
        { characters: text.length },
        'A message that no instance of this version sends was dropped',
      );
      return;
    }
    if (envelope.from === this.instanceId) {
      if (envelope.topic === PROBE_TOPIC) this.heardItself();
      return;
    }
    this.metrics.received();
    if (envelope.reply !== undefined)
      this.requests.settle(envelope.reply, envelope.body, envelope.failed === true);
    else if (envelope.request !== undefined) void this.answerTo(envelope, envelope.request);
    else this.tellListener(envelope);
  };

  private tellListener({ topic, body, from }: Envelope): void {
    try {
      this.listeners.get(topic)?.(body, from);
    } catch (error) {
      this.log.error({ err: error, topic }, 'A message of another instance could not be dealt with');
    }
  }

  private answerTo(envelope: Envelope, request: number): Promise<void> {
    const { topic, traceparent } = envelope;
    // What no traced request asks is a part of no trace.
    if (typeof traceparent !== 'string' || !this.tracing.isOn) return this.answerUntraced(envelope, request);
    const options = { ...spanOptions(topic, 'server'), parent: { traceparent } };
    return this.tracing.span(`answer ${topic}`, options, () => this.answerUntraced(envelope, request));
  }

  private async answerUntraced({ topic, body, from }: Envelope, request: number): Promise<void> {
    const reply = { from: this.instanceId, topic, reply: request };
    const channel = this.channelOf(from);
    try {
      const answer = this.answers.get(topic);
      // One that this version does not know: the other is told at once and need not wait.
      if (answer === undefined) this.post(channel, { ...reply, body: null, failed: true });
      else this.post(channel, { ...reply, body: await answer(body, from) });
    } catch (error) {
      this.log.warn({ err: error, topic }, 'What another instance asked could not be done');
      this.post(channel, { ...reply, body: null, failed: true });
    }
  }

  private probe(): Promise<void> {
    this.unheard += 1;
    if (this.unheard > MAX_UNHEARD_PROBES) this.goDown();
    if (this.unheard % RECONNECT_AFTER_PROBES === 0) {
      this.link.destroy();
      this.link = this.newLink();
      void this.connect(this.link);
    } else {
      this.send(this.instanceId, PROBE_TOPIC, null);
    }
    return Promise.resolve();
  }

  private heardItself(): void {
    if (!this.link.isHearing()) return;
    this.unheard = 0;
    if (this.current === 'down') this.goUp();
    if (!this.hasMissed) return;
    this.hasMissed = false;
    for (const listener of [...this.restored]) this.tell(listener);
  }

  private goUp(): void {
    this.current = 'up';
    this.lastError = undefined;
    this.metrics.state(true);
    this.log.info(
      {},
      this.wasUp ? 'The bus between instances is up again' : 'The bus between instances is up',
    );
    this.hasMissed = true;
    this.wasUp = true;
  }

  private tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.log.error({ err: error }, 'What was to be done after messages were missed has failed');
    }
  }

  private goDown(): void {
    if (this.current === 'down') {
      if (!this.wasUp && this.unheard === RECONNECT_AFTER_PROBES)
        this.log.error(
          { cause: this.lastError },
          'Redis cannot be reached: the instances work over the database alone',
        );
      return;
    }
    this.current = 'down';
    this.metrics.state(false);
    this.requests.failAll();
    this.log.error(
      { cause: this.lastError },
      'The bus between instances is down: they work over the database alone',
    );
  }

  /** Connections fail again and again: the last reason is told when the state changes. */
  private noteError(error: unknown): void {
    const { name, message } = error as Partial<Error>;
    this.lastError = `${name ?? 'Error'}: ${message ?? String(error)}`;
  }
}

function spanOptions(topic: string, kind: SpanKind): SpanOptions {
  return { kind, attributes: { 'rpc.system.name': 'tollgate', 'rpc.method': topic } };
}
