import type { Metadata, Source } from '../../contract/chat-event.js';
import { toToldFailure, toUnknownFailure } from '../http/told-failure.js';
import type { DecodedEnd } from '../http/stream-decoder.port.js';
import { SourcesBound } from '../sources-bound.js';
import type { TextBatch } from '../text-batch.js';
import { readStormEvent, type StormEvent } from './storm-event.js';

/** The meaning of Storm's events, one after the other. */
export class StormTurn {
  outcome: DecodedEnd | undefined;
  /** The thread that the answer belongs to, once the upstream has named it. */
  threadId: string | undefined;
  /** The documents so far, as JSON. */
  private readonly known = new Set<string>();
  private readonly bound = new SourcesBound();
  private chatId: string | undefined;
  private model: string | undefined;

  constructor(private readonly batch: TextBatch) {}

  /** @param isWhole whether this is all there is, and no final event follows */
  accept(event: StormEvent, isWhole = false): void {
    if (event.status !== 'success') {
      this.outcome = toToldFailure('Storm', event.error ?? event.data ?? event.message);
      return;
    }
    const news = readStormEvent(event);
    if (news === undefined) {
      this.outcome = toUnknownFailure('Storm', event.error === undefined ? (event.data ?? event) : event);
      return;
    }
    this.threadId ??= news.threadId;
    this.chatId ??= news.chatId;
    this.model ??= news.model;
    const sources = (news.sources ?? []).filter((source) => this.isNew(source));
    if (sources.length > 0) this.batch.add({ type: 'sources', sources });
    if (news.text !== undefined) this.batch.addText('text-delta', news.text);
    if (news.isFinal || isWhole) this.finish();
  }

  /** Storm repeats its documents with each list. @throws AppError `upstream_failed` when the turn has too many */
  private isNew(source: Source): boolean {
    const before = this.known.size;
    this.known.add(JSON.stringify(source));
    const isNew = this.known.size > before;
    if (isNew) this.bound.add(1);
    return isNew;
  }

  private finish(): void {
    const { threadId, chatId, model } = this;
    if ((threadId ?? chatId ?? model) !== undefined) this.batch.add(toMetadata(threadId, chatId, model));
    this.outcome = 'done';
  }
}

function toMetadata(threadId?: string, chatId?: string, model?: string): Metadata {
  return {
    type: 'metadata',
    ...(threadId !== undefined && { upstreamSessionId: threadId }),
    ...(chatId !== undefined && { upstreamMessageId: chatId }),
    ...(model !== undefined && { model }),
  };
}
