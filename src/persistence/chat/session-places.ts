import type { mongo } from 'mongoose';
import { lastOf } from '../../chat/records/branch-path.js';
import type { ChatSession } from '../../chat/records/chat-session.js';
import { MAX_FORKS, SessionBranches } from '../../chat/records/session-branches.js';
import { FIRST_PLACE, isFork, type SessionPlace } from '../../chat/records/session-place.js';
import type { TurnRecord } from '../../chat/records/turn.js';
import { MESSAGES_PER_TURN } from './history-documents.js';
import type { MessageDocument } from './history.schema.js';
import { onPath } from './path-filter.js';
import type { TurnDocument } from './turn.schema.js';

/** How far back a question is looked for that is to be answered anew. */
const MESSAGES_LOOKED_AT = 100;

type Where = Pick<SessionPlace, 'after' | 'refused'> & Partial<Pick<SessionPlace, 'parentId'>>;

/** Where the messages of turns go. A turn that follows the last message costs no look at any. */
export class SessionPlaces {
  constructor(
    private readonly messages: mongo.Collection<MessageDocument>,
    private readonly turns: mongo.Collection<TurnDocument>,
  ) {}

  async of(turn: TurnRecord, session: ChatSession | undefined): Promise<SessionPlace> {
    if (session === undefined)
      return typeof turn.follows === 'string' ? { ...FIRST_PLACE, refused: 'parent-not-found' } : FIRST_PLACE;
    // A turn that was counted before and is settled once more finds itself as the last.
    const isCounted = session.lastTurnId === turn.id && session.lastMessageId === turn.messageId;
    const position = session.messageCount - (isCounted ? MESSAGES_PER_TURN : 0);
    const branches = new SessionBranches(session.forks ?? [], session.messageCount);
    const atEnd = { after: position - 1, ...(isCounted ? {} : { parentId: session.lastMessageId }) };
    const wanted = isCounted
      ? { after: branches.parentOf(position) }
      : await this.wantedBy(turn, session, branches, atEnd);
    const isTooMany =
      !isCounted &&
      isFork({ ...FIRST_PLACE, position, ...wanted }) &&
      (session.forks?.length ?? 0) >= MAX_FORKS;
    const { after, parentId, refused } = isTooMany
      ? { ...atEnd, refused: 'too-many-forks' as const }
      : wanted;
    return {
      position,
      after,
      parentId: parentId === undefined ? await this.idAt(turn, after) : parentId,
      session,
      branches,
      ...(refused === undefined ? {} : { refused }),
    };
  }

  private async wantedBy(
    turn: TurnRecord,
    session: ChatSession,
    branches: SessionBranches,
    atEnd: Where,
  ): Promise<Where> {
    const { follows } = turn;
    if (follows === null) return { after: -1, parentId: null };
    if (follows !== undefined) {
      if (follows === session.lastMessageId) return atEnd;
      const after = await this.answerAt(turn, follows);
      return after === undefined ? { ...atEnd, refused: 'parent-not-found' } : { after, parentId: follows };
    }
    if (turn.regenerates === undefined) return atEnd;
    const question =
      (await this.questionAnsweredBy(turn)) ?? (await this.sameQuestion(turn, session, branches));
    return question === undefined ? atEnd : { after: branches.parentOf(question) };
  }

  private async questionAnsweredBy(turn: TurnRecord): Promise<number | undefined> {
    const messageId = turn.regenerates?.messageId;
    const answer = messageId === undefined ? undefined : await this.answerAt(turn, messageId);
    return answer === undefined ? undefined : answer - 1;
  }

  private async answerAt({ userId, sessionId }: TurnRecord, messageId: string): Promise<number | undefined> {
    const answer = await this.messages.findOne(
      { _id: messageId, userId, sessionId, role: 'assistant' },
      { projection: { position: 1 } },
    );
    return answer?.position;
  }

  /** Clients name messages by ids of their own, and answers that were never stored: then the question tells which one it was. */
  private async sameQuestion(
    turn: TurnRecord,
    { lastTurnId }: ChatSession,
    branches: SessionBranches,
  ): Promise<number | undefined> {
    const { userId, sessionId, question } = turn;
    const end = branches.current;
    const path = lastOf(branches.pathTo(end), MESSAGES_LOOKED_AT);
    const recent = await this.messages
      .find({ userId, sessionId, position: onPath(path) }, { projection: { events: 0 } })
      .sort({ userId: -1, sessionId: -1, position: -1 })
      .limit(MESSAGES_LOOKED_AT)
      .toArray();
    // Its own turn left no messages, so its answer is a sibling of none, whatever was asked in the same words before.
    if (recent[0]?.turnId !== lastTurnId && (await this.leftNoMessages(turn, end + 1))) return undefined;
    return recent.find(({ role, content }) => role === 'user' && content === question)?.position;
  }

  /** Whether the question was asked last by a turn that left no messages and was not to make an answer anew itself. */
  private async leftNoMessages(
    { userId, sessionId, question }: TurnRecord,
    position: number,
  ): Promise<boolean> {
    const asked = { userId, sessionId, position, question, regenerates: { $exists: false } };
    return (await this.turns.findOne({ ...asked, 'settlement.stores': false })) !== null;
  }

  private async idAt({ userId, sessionId }: TurnRecord, position: number): Promise<string | null> {
    if (position < 0) return null;
    const message = await this.messages.findOne({ userId, sessionId, position }, { projection: { _id: 1 } });
    return message?._id ?? null;
  }
}
