import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { errors } from '../../../platform/errors/errors.js';
import type { TurnStart } from '../../../contract/chat-event.js';
import { weightOf } from '../../events/position.js';
import { HistoryStore } from '../../records/history.store.port.js';
import { RemoteReaders, RunningStreams } from './running-streams.port.js';
import { fromStoredAnswer, storedAnswerOf, type StoredAnswer } from '../../records/stored-answer.js';
import { StreamContext } from './stream-context.js';
import { terminalEvents } from './terminal-events.js';
import { TurnStore, type TurnKey } from '../../records/turn.store.port.js';
import { TurnLog } from './turn-log.js';
import { TurnStream } from './turn-stream.js';
import type { TurnRecord } from '../../records/turn.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';

/** How often a turn that runs elsewhere is looked at; its owner saves what it said once a second, with more than a hundred turns less often. */
const FOLLOW_INTERVAL_MS = 300;

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

/** Finds the stream of any turn: live here, read back from the store, or followed while another process runs it. */
@Injectable()
export class TurnReplay {
  constructor(
    private readonly context: StreamContext,
    private readonly running: RunningStreams,
    private readonly store: TurnStore,
    private readonly history: HistoryStore,
    private readonly readers: RemoteReaders,
    private readonly log: StructuredLog,
  ) {}

  /** @throws AppError `not_found` when the answer of an ended turn was deleted, with its session */
  async open(turn: TurnRecord): Promise<TurnStream> {
    const here = this.running.streamOf(turn.id);
    if (here !== undefined) {
      await here.ready();
      return here;
    }
    const stream = this.streamFrom(turn);
    if (turn.status === 'running') void this.follow(turn, stream);
    else if (!(await this.complete(turn, stream))) throw errors.notFound('The answer');
    return stream;
  }

  /** Reads the log of a turn that has ended with an answer from the store; rejects with `not_found` when it was deleted. */
  readBackOf({ id, userId }: TurnKey): () => Promise<TurnLog> {
    return () => this.readBack(userId, id);
  }

  private async readBack(userId: string, turnId: string): Promise<TurnLog> {
    const turn = await this.store.find(userId, turnId);
    if (turn === undefined) throw errors.notFound('The turn');
    const stream = this.streamFrom(turn);
    if (!(await this.complete(turn, stream))) throw errors.notFound('The answer');
    return stream.log;
  }

  private streamFrom(turn: TurnRecord): TurnStream {
    // What is stored is shown whole, also when an earlier version counted otherwise.
    const stream = new TurnStream(this.context, undefined, new TurnLog(Number.MAX_SAFE_INTEGER));
    stream.append(turnStartOf(turn));
    return stream;
  }

  /**
   * Appends what the stored turn has beyond the stream, in the positions that the live log had.
   * @returns false when it has an answer that is not there any more
   */
  private async complete(turn: TurnRecord, stream: TurnStream): Promise<boolean> {
    const { settlement } = turn;
    const answer = await this.answerOf(turn);
    const reached = stream.log.end;
    const stored = this.streamFrom(turn);
    if (answer !== undefined) for (const event of fromStoredAnswer(answer)) stored.append(event);
    for (const { event, end } of stored.log.read(reached)) {
      stream.log.skipTo(end - weightOf(event));
      stream.append(event);
    }
    if (settlement !== undefined) {
      stream.log.seal();
      stream.log.skipTo(settlement.position);
      for (const event of terminalEvents(turn, settlement, turn.charged ?? 0)) stream.append(event);
    }
    stream.end(answer === undefined ? undefined : this.readBackOf(turn));
    return settlement?.stores !== true || answer !== undefined;
  }

  /** From its message, or where there is none from the turn itself. */
  private async answerOf({ userId, messageId, settlement }: TurnRecord): Promise<StoredAnswer | undefined> {
    if (settlement?.stores !== true) return settlement?.answer;
    const message = await this.history.findMessage(userId, messageId);
    if (message === undefined) return undefined;
    return storedAnswerOf(message);
  }

  /**
   * Never rejects; ends when the turn has ended or nobody reads any more. A stream that ends without the turn's end is
   * one to come back to, with the position reached.
   */
  private async follow(turn: TurnKey, stream: TurnStream): Promise<void> {
    const unfollow = this.readers.follow(turn);
    try {
      await this.copyUntilEnded(turn, stream);
    } catch (error) {
      this.log.warn({ turnId: turn.id, err: error }, 'A turn that runs elsewhere could not be followed');
    } finally {
      unfollow();
    }
    if (!stream.isEnded) stream.end();
  }

  private async copyUntilEnded({ id, userId }: TurnKey, stream: TurnStream): Promise<void> {
    let sequence = 0;
    do {
      await delay(FOLLOW_INTERVAL_MS);
      const turn = await this.store.find(userId, id);
      if (turn === undefined) {
        // Its hold was refused, so it never ran.
        const { code, publicMessage } = errors.turnInterrupted();
        stream.append({ type: 'error', code, message: publicMessage });
        stream.append({ type: 'turn-end', outcome: 'interrupted', finishReason: 'error', charged: 0 });
        return;
      }
      if (turn.status !== 'running') {
        await this.complete(turn, stream);
        return;
      }
      for (const part of await this.store.checkpoints(turn, sequence)) {
        sequence++;
        for (const event of fromStoredAnswer(part)) stream.append(event);
      }
    } while (stream.readerCount > 0);
  }
}
