import { Injectable } from '@nestjs/common';
import { errors } from '../../../platform/errors/errors.js';
import type { TurnStart } from '../../../contract/chat-event.js';
import { weightOf } from '../../events/position.js';
import { HistoryStore } from '../../records/history.store.port.js';
import { fromStoredAnswer, storedAnswerOf, type StoredAnswer } from '../../records/stored-answer.js';
import { TurnStore, type TurnKey } from '../../records/turn.store.port.js';
import type { TurnRecord } from '../../records/turn.js';
import { StreamContext } from './stream-context.js';
import { terminalEvents } from './terminal-events.js';
import { TurnLog } from './turn-log.js';
import { TurnStream } from './turn-stream.js';

/** The first event of a turn's log. */
export function turnStartOf(turn: TurnRecord): TurnStart {
  return {
    type: 'turn-start',
    turnId: turn.id,
    sessionId: turn.sessionId,
    chatflowId: turn.chatflowId,
    startedAt: turn.startedAt.getTime(),
    messageId: turn.messageId,
    ...(turn.continues === undefined ? {} : { continues: turn.continues }),
  };
}

/** Makes streams of turns that do not run here, out of what is stored of them. */
@Injectable()
export class StoredStreams {
  constructor(
    private readonly context: StreamContext,
    private readonly store: TurnStore,
    private readonly history: HistoryStore,
  ) {}

  /** A stream that has begun, and nothing more. @param onReaders as `TurnStream` calls it */
  begin(turn: TurnRecord, onReaders?: (readers: number) => void): TurnStream {
    // What is stored is shown whole, also when an earlier version counted otherwise.
    const stream = new TurnStream(this.context, onReaders, new TurnLog(Number.MAX_SAFE_INTEGER));
    stream.append(turnStartOf(turn));
    return stream;
  }

  /**
   * Appends what the stored turn, which has ended, has beyond the stream, in the positions that the live log had; and ends it.
   * @returns false when it has an answer that is not there any more
   */
  async complete(turn: TurnRecord, stream: TurnStream): Promise<boolean> {
    const { settlement } = turn;
    const answer = await this.answerOf(turn);
    const reached = stream.log.end;
    const stored = this.begin(turn);
    if (answer !== undefined) for (const event of fromStoredAnswer(answer)) stored.append(event);
    for (const { event, end } of stored.log.read(reached)) {
      stream.log.skipTo(end - weightOf(event));
      stream.append(event);
    }
    if (settlement !== undefined) {
      stream.log.seal();
      stream.log.skipTo(settlement.position);
      let { position } = settlement;
      for (const event of terminalEvents(turn, settlement, turn.charged ?? 0)) {
        position += weightOf(event);
        if (position > reached) stream.append(event);
      }
    }
    stream.end(answer === undefined ? undefined : this.readBackOf(turn));
    return settlement?.stores !== true || answer !== undefined;
  }

  /** Reads the log of a turn that has ended with an answer from the store; rejects with `not_found` when it was deleted. */
  readBackOf({ id, userId }: TurnKey): () => Promise<TurnLog> {
    return () => this.readBack(userId, id);
  }

  private async readBack(userId: string, turnId: string): Promise<TurnLog> {
    const turn = await this.store.find(userId, turnId);
    if (turn === undefined) throw errors.notFound('The turn');
    const stream = this.begin(turn);
    if (!(await this.complete(turn, stream))) throw errors.notFound('The answer');
    return stream.log;
  }

  /** From its message, or where there is none from the turn itself. */
  private async answerOf({ userId, messageId, settlement }: TurnRecord): Promise<StoredAnswer | undefined> {
    if (settlement?.stores !== true) return settlement?.answer;
    const message = await this.history.findMessage(userId, messageId);
    if (message === undefined) return undefined;
    return storedAnswerOf(message);
  }
}
