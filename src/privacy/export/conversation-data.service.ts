import { Injectable } from '@nestjs/common';
import { toMessageDto, toSessionDto, toSessionTurnDto } from '../../chat/dialects/history/history.dto.js';
import type { Attachment } from '../../chat/records/attachment.js';
import { AttachmentStore } from '../../chat/records/attachment.store.port.js';
import { HistoryStore } from '../../chat/records/history.store.port.js';
import { TurnStore, type TurnPlace } from '../../chat/records/turn.store.port.js';

/** One thing that is stored of somebody. */
export interface DataLine {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Sessions that are read by one query. */
const EXPORTED_PER_BATCH = 50;
/** Messages that are read by one query, or turns that left none: they may be large. */
const MESSAGES_PER_BATCH = 20;
/** Files whose names are read by one query; their bytes come piece by piece. */
const FILES_PER_BATCH = 50;
/** Running turns of one user are bounded by the limits, which may be set higher. */
const MAX_RUNNING_LISTED = 50;
/** Where files are that no question has taken. */
const NO_SESSION = '';

/** What a user has said and was told: sessions with their messages of all branches, turns that left none, and files. */
@Injectable()
export class ConversationData {
  constructor(
    private readonly history: HistoryStore,
    private readonly turns: TurnStore,
    private readonly attachments: AttachmentStore,
  ) {}

  async *linesOf(userId: string): AsyncGenerator<DataLine> {
    for (let after: string | undefined; ;) {
      const sessions = await this.history.listSessionsById(userId, EXPORTED_PER_BATCH, after);
      for (const session of sessions) {
        yield { type: 'session', ...toSessionDto(session) };
        yield* this.messagesOf(userId, session.id);
        yield* this.turnsOf(userId, session.id);
        yield* this.filesOf(userId, session.id);
      }
      after = sessions.at(-1)?.id;
      if (sessions.length < EXPORTED_PER_BATCH) break;
    }
    for (const turn of await this.turns.listRunning(userId, MAX_RUNNING_LISTED))
      yield { type: 'turn', sessionId: turn.sessionId, ...toSessionTurnDto(turn) };
    yield* this.filesOf(userId, NO_SESSION);
  }

  private async *messagesOf(userId: string, sessionId: string): AsyncGenerator<DataLine> {
    for (let after = -1; ;) {
      const messages = await this.history.listMessages(userId, sessionId, MESSAGES_PER_BATCH, { after });
      for (const message of messages) yield { type: 'message', ...toMessageDto(message) };
      after = messages.at(-1)?.position ?? after;
      if (messages.length < MESSAGES_PER_BATCH) return;
    }
  }

  private async *turnsOf(userId: string, sessionId: string): AsyncGenerator<DataLine> {
    for (let after: TurnPlace | undefined; ;) {
      const turns = await this.turns.pageWithoutMessages(userId, sessionId, MESSAGES_PER_BATCH, after);
      for (const turn of turns) yield { type: 'turn', sessionId, ...toSessionTurnDto(turn) };
      after = turns.at(-1);
      if (turns.length < MESSAGES_PER_BATCH) return;
    }
  }

  private async *filesOf(userId: string, sessionId: string): AsyncGenerator<DataLine> {
    for (let after: string | undefined; ;) {
      const files = await this.attachments.list({ userId, sessionId }, FILES_PER_BATCH, after);
      for (const file of files) yield* this.bytesOf(file);
      after = files.at(-1)?.id;
      if (files.length < FILES_PER_BATCH) return;
    }
  }

  /** Its description, then its bytes piece by piece. */
  private async *bytesOf(file: Attachment): AsyncGenerator<DataLine> {
    const { id, name, type: mediaType, bytes, sessionId, messageId, createdAt } = file;
    const place = { ...(sessionId === NO_SESSION ? {} : { sessionId }), ...(messageId && { messageId }) };
    yield { type: 'attachment', id, name, mediaType, bytes, ...place, createdAt: createdAt.toISOString() };
    let index = 0;
    for await (const piece of this.attachments.read(file, 0, bytes))
      yield { type: 'attachment-data', id, index: index++, data: piece.toString('base64') };
  }
}
