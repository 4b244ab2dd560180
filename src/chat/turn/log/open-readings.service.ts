import { Injectable } from '@nestjs/common';
import type { ChatEvent } from '../../../contract/chat-event.js';
import type { Principal } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import type { FrameSink, TurnEncoder } from './subscription.js';
import type { TurnStream } from './turn-stream.js';

/** Somebody who reads a turn here: one that runs, here or elsewhere, or one that has ended and is read back. */
export interface OpenReading {
  readonly principal: Principal;
  readonly chatflowId: string;
  readonly stream: TurnStream;
  /** Whether the same request has begun the turn. */
  readonly hasBegunIt: boolean;
  /** No more of what was said goes to this reader. */
  readonly refuse: () => void;
}

type Reader = Omit<OpenReading, 'refuse'>;

const { code, publicMessage: message } = errors.accessRevoked();
/** Shown as the end of a turn that did not complete; what becomes of the turn itself is not told. */
const REVOKED: readonly ChatEvent[] = [
  { type: 'error', code, message },
  { type: 'turn-end', outcome: 'stopped', charged: 0 },
];

/** Who reads which turn on this instance by what authority; each leaves with its connection. Nothing is done for what they are sent. */
@Injectable()
export class OpenReadings {
  private readonly readings = new Set<OpenReading>();
  private noteOpened: (reading: OpenReading) => void = () => undefined;

  get count(): number {
    return this.readings.size;
  }

  all(): Iterable<OpenReading> {
    return this.readings;
  }

  /** @param listener called with every reading that begins: it was allowed a moment before. One listener; must not throw */
  onOpened(listener: (reading: OpenReading) => void): void {
    this.noteOpened = listener;
  }

  /** @returns ends it, as `TurnStream.subscribe` does */
  subscribe(reader: Reader, encoder: TurnEncoder, sink: FrameSink, after: number): () => void {
    const { close, refuse } = reader.stream.read(encoder, sink, after);
    return this.add({ refuse: () => refuse(REVOKED), ...reader }, close);
  }

  /** @param onRevoked called at most once @returns stops watching, as that of `TurnStream.watch` does */
  watch(reader: Reader, onRevoked: () => void): () => void {
    return this.add({ refuse: onRevoked, ...reader }, reader.stream.watch());
  }

  private add(reading: OpenReading, close: () => void): () => void {
    this.readings.add(reading);
    this.noteOpened(reading);
    return () => {
      this.readings.delete(reading);
      close();
    };
  }
}
