import { Injectable } from '@nestjs/common';
import { errors } from '../../platform/errors/errors.js';
import { behind, behindEach, upTo, type BranchPath } from '../records/branch-path.js';
import type { ChatMessage } from '../records/chat-message.js';
import type { ChatSession } from '../records/chat-session.js';
import { HistoryStore } from '../records/history.store.port.js';
import { SessionBranches } from '../records/session-branches.js';
import { TurnStore } from '../records/turn.store.port.js';
import type { TurnRecord } from '../records/turn.js';
import { decodeMessageCursor, encodeMessageCursor } from './cursor.js';
import { HistoryService, type SessionState } from './history.service.js';
import { cut, type Page } from './page.js';

export interface MessageQuery {
  readonly limit: number;
  readonly after?: string;
  /** A message: the branch is the way to it, and on to what was asked behind it last. Absent: the branch that was asked last. */
  readonly branch?: string;
  /** The messages of all branches, in the order in which they were asked. */
  readonly all?: boolean;
}

/** Where a question stands among those that follow the same message. */
export interface Siblings {
  /** From 1, in the order in which they were asked. */
  readonly index: number;
  readonly count: number;
  readonly previousId?: string;
  readonly nextId?: string;
}

/** The messages of a page, and the turns among them that left none. */
export interface MessagePage extends Page<ChatMessage> {
  /** Of the questions that have any, by their ids. */
  readonly siblings: ReadonlyMap<string, Siblings>;
  readonly turns: readonly TurnRecord[];
}

const EXPORT_PAGE = 500;
/** Turns shown with one page; a session has more than its messages only when most of them fail. */
const MAX_TURNS = 100;

/** A running turn, and the position of the message that it follows. */
interface Running {
  readonly turn: TurnRecord;
  readonly after: number;
}

/** The messages of a user's own sessions, branch by branch. A page costs the same number of queries wherever it is and however many branches there are. */
@Injectable()
export class MessageReader {
  constructor(
    private readonly history: HistoryService,
    private readonly store: HistoryStore,
    private readonly turns: TurnStore,
  ) {}

  /**
   * Oldest first. While a turn goes on elsewhere than at the session's end, the branch that was asked last ends with what that turn follows.
   * @throws AppError `not_found`, also of the message that names the branch; `validation_failed` for a cursor of another list
   */
  async list(userId: string, sessionId: string, query: MessageQuery): Promise<MessagePage> {
    const { limit, after, branch, all = false } = query;
    const from = after === undefined ? -1 : decodeMessageCursor(after);
    const state = await this.history.stateOf(userId, sessionId);
    const branches = new SessionBranches(state.session.forks ?? [], state.session.messageCount);
    const running = await this.runningIn(state, branches);
    const end =
      branch === undefined
        ? (running?.after ?? branches.current)
        : branches.newestFrom(await this.positionOf(state.session, branch));
    const path = all ? branches.all : branches.pathTo(end);
    const read = await this.store.listMessages(userId, sessionId, limit + 1, { after: from, path });
    const { kept, more } = cut(read, limit);
    const last = kept.at(-1)?.position ?? from;
    const [siblings, ended] = await Promise.all([
      this.siblingsOf(state.session, branches, kept),
      this.turns.listWithoutMessages(
        userId,
        sessionId,
        placesOf(path, from, more ? last - 1 : undefined),
        MAX_TURNS,
      ),
    ]);
    const goesOn = !more && running !== undefined && (all || running.after === end);
    return {
      items: kept,
      siblings,
      turns: goesOn ? [...ended, running.turn] : ended,
      nextCursor: more ? encodeMessageCursor(last) : null,
    };
  }

  /** All messages of a session page by page, in the order in which they were asked. Ends early when the consumer stops. */
  async *all(userId: string, sessionId: string): AsyncGenerator<readonly ChatMessage[]> {
    let after = -1;
    for (;;) {
      const messages = await this.store.listMessages(userId, sessionId, EXPORT_PAGE, { after });
      if (messages.length > 0) yield messages;
      if (messages.length < EXPORT_PAGE) return;
      after = messages.at(-1)?.position ?? after;
    }
  }

  private async positionOf({ userId, id, messageCount }: ChatSession, messageId: string): Promise<number> {
    const position = await this.store.positionOf(userId, id, messageId);
    // One that its session has not counted is not settled yet.
    if (position === undefined || position >= messageCount) throw errors.notFound('The message');
    return position;
  }

  /** Most turns go on at the end, which the session tells without a look. */
  private async runningIn(
    { session, running }: SessionState,
    branches: SessionBranches,
  ): Promise<Running | undefined> {
    if (running === undefined) return undefined;
    const isAtEnd = running.regenerates === undefined && running.follows === undefined;
    const { after, parentId } = isAtEnd
      ? { after: branches.current, parentId: session.lastMessageId ?? null }
      : await this.store.placeOf(running);
    return { turn: { ...running, ...(parentId === null ? {} : { parentId }) }, after };
  }

  private async siblingsOf(
    { userId, id }: ChatSession,
    branches: SessionBranches,
    messages: readonly ChatMessage[],
  ): Promise<ReadonlyMap<string, Siblings>> {
    if (!branches.areSeveral) return new Map();
    const places = messages.flatMap((message) => {
      const place = branches.siblingsOf(message.position);
      return place === undefined ? [] : [{ id: message.id, ...place }];
    });
    const neighbours = places.flatMap(({ previous, next }) => [previous, next]);
    const wanted = [...new Set(neighbours.filter((position) => position !== undefined))];
    if (wanted.length === 0) return new Map();
    const ids = await this.store.idsAt(userId, id, wanted);
    return new Map(
      places.map(({ id: messageId, index, count, previous = -1, next = -1 }) => {
        const [previousId, nextId] = [ids.get(previous), ids.get(next)];
        return [
          messageId,
          {
            index,
            count,
            ...(previousId === undefined ? {} : { previousId }),
            ...(nextId === undefined ? {} : { nextId }),
          },
        ];
      }),
    );
  }
}

/** Where turns without messages stand that belong to a page: right behind one of its messages, or behind the last of the page before. */
function placesOf(path: BranchPath, from: number, to = Number.MAX_SAFE_INTEGER): BranchPath {
  return behindEach(upTo(behind(path, from), to), from);
}
