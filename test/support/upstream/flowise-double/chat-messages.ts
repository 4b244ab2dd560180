import { randomUUID } from 'node:crypto';
import { KEPT } from './bounded.js';
import type { MemoryEntry } from './flow.js';

/** One row of Flowise's `chat_message` table. It is what the API lists and, by its session id, what a flow remembers. */
export interface StoredMessage extends MemoryEntry {
  readonly id: string;
  readonly chatflowid: string;
  readonly chatType: 'EXTERNAL';
  readonly chatId: string;
  readonly sessionId: string;
  readonly memoryType: string | null;
  readonly executionId: string | null;
  readonly createdDate: string;
  readonly usedTools?: unknown;
  readonly sourceDocuments?: unknown;
  /** What a human is asked; taken away once it is answered. */
  action?: unknown;
}

/** Which rows: those that match everything that is set. */
export interface MessageFilter {
  readonly sessionId?: string;
  readonly chatId?: string;
}

/** The rows of all flows, oldest first. */
export class ChatMessages {
  private readonly rows = new Map<string, StoredMessage[]>();
  private time = Date.UTC(2026, 0, 1);

  /** A moment after every earlier one. */
  now(): string {
    this.time += 1;
    return new Date(this.time).toISOString();
  }

  /** A question is dated when its run began, so that the rows of two runs at once are told in the order of their dates. */
  add(row: Omit<StoredMessage, 'id' | 'chatType' | 'createdDate'> & { createdDate?: string }): StoredMessage {
    const stored: StoredMessage = {
      ...row,
      id: randomUUID(),
      chatType: 'EXTERNAL',
      createdDate: row.createdDate ?? this.now(),
    };
    const rows = this.rows.get(row.chatflowid) ?? [];
    const before = rows.findLastIndex(({ createdDate }) => createdDate <= stored.createdDate);
    rows.splice(before + 1, 0, stored);
    if (rows.length > KEPT) rows.shift();
    this.rows.set(row.chatflowid, rows);
    return stored;
  }

  list(flowId: string, filter: MessageFilter): readonly StoredMessage[] {
    return (this.rows.get(flowId) ?? []).filter((row) => matches(row, filter));
  }

  memoryOf(flowId: string, sessionId: string): MemoryEntry[] {
    return this.list(flowId, { sessionId }).map(({ role, content }) => ({ role, content }));
  }

  /** Takes the rows away, and returns them. */
  remove(flowId: string, filter: MessageFilter): readonly StoredMessage[] {
    const removed = this.list(flowId, filter);
    const kept = (this.rows.get(flowId) ?? []).filter((row) => !matches(row, filter));
    this.rows.set(flowId, kept);
    return removed;
  }
}

function matches(row: StoredMessage, { sessionId, chatId }: MessageFilter): boolean {
  return (
    (sessionId === undefined || row.sessionId === sessionId) &&
    (chatId === undefined || row.chatId === chatId)
  );
}
