import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { SessionKey } from '../../chat/records/conversation.store.port.js';
import {
  SearchIndexStore,
  type AnswerAt,
  type CatchUpState,
  type FoundEntry,
  type OwnedMessage,
  type SearchableTurn,
  type SearchEntry,
} from '../../chat/search/search-index.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { deleteInBatches } from '../delete-in-batches.js';
import { insertMissing } from '../insert-missing.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { toMessage } from './history-documents.js';
import { MESSAGE_MODEL, type MessageDocument } from './history.schema.js';
import {
  CATCH_UP_ID,
  SEARCH_ENTRY_MODEL,
  SEARCH_STATE_MODEL,
  type SearchEntryDocument,
  type SearchStateDocument,
} from './search.schema.js';
import { RUNNING } from './turn-document.js';
import { TURN_MODEL, type TurnDocument } from './turn.schema.js';

/** What is read of an entry that was found. */
const WITHOUT_TERMS = { terms: 0 } as const;
/** What the index by terms tells by itself. */
const PLACE = { _id: 0, order: 1 } as const;

/** Entries that one command deletes, each with some hundred keys in the index. */
const DELETED_PER_BATCH = 50;

@Injectable()
export class MongooseSearchIndexStore extends SearchIndexStore {
  private readonly entries: mongo.Collection<SearchEntryDocument>;
  /** For what no request waits for. */
  private readonly patient: mongo.Collection<SearchEntryDocument>;
  private readonly messages: mongo.Collection<MessageDocument>;
  private readonly turns: mongo.Collection<TurnDocument>;
  private readonly state: mongo.Collection<SearchStateDocument>;

  constructor(
    @InjectModel(SEARCH_ENTRY_MODEL) entries: Model<SearchEntryDocument>,
    @InjectModel(SEARCH_STATE_MODEL) state: Model<SearchStateDocument>,
    @InjectModel(MESSAGE_MODEL) messages: Model<MessageDocument>,
    @InjectModel(TURN_MODEL) turns: Model<TurnDocument>,
  ) {
    super();
    this.entries = plainCollection(entries);
    this.patient = patientCollection(this.entries);
    this.messages = patientCollection(plainCollection(messages));
    this.turns = patientCollection(plainCollection(turns));
    this.state = patientCollection(plainCollection(state));
  }

  async add(entries: readonly SearchEntry[]): Promise<void> {
    await insertMissing(this.patient, entries.map(documentOf));
  }

  async remove(turns: readonly Pick<SearchableTurn, 'id' | 'userId'>[]): Promise<void> {
    await this.patient.deleteMany(keysOf(turns));
  }

  async putTitle(entry: SearchEntry): Promise<void> {
    const { id, userId, sessionId } = entry;
    // The new one first: cut short in between there are two, of which the old one is found out when it is shown.
    await insertMissing(this.patient, [documentOf(entry)]);
    await this.patient.deleteMany({ userId, sessionId, kind: 'title', _id: { $lt: id } });
  }

  async removeSession({ userId, sessionId }: SessionKey, olderThan: string): Promise<void> {
    const ofSession = { userId, sessionId, _id: { $lt: olderThan } };
    await deleteInBatches(this.patient, ofSession, DELETED_PER_BATCH);
  }

  async removeAllOf(userId: string): Promise<void> {
    await deleteInBatches(this.patient, { userId }, DELETED_PER_BATCH);
  }

  async placesOf(userId: string, term: string, limit: number, behind?: number): Promise<readonly number[]> {
    const lesser = behind === undefined ? {} : { order: { $lt: behind } };
    const found = await this.entries
      .find({ userId, terms: term, ...lesser }, { projection: PLACE })
      .sort({ order: -1 })
      .limit(limit)
      .toArray();
    return found.map(({ order }) => order);
  }

  async having(userId: string, places: readonly number[], term: string): Promise<ReadonlySet<number>> {
    const wanted = { userId, terms: term, order: { $in: [...places] } };
    const found = await this.entries.find(wanted, { projection: PLACE }).toArray();
    return new Set(found.map(({ order }) => order));
  }

  async entriesAt(userId: string, places: readonly number[], term: string): Promise<readonly FoundEntry[]> {
    const wanted = { userId, terms: term, order: { $in: [...places] } };
    const found = await this.entries.find(wanted, { projection: WITHOUT_TERMS }).toArray();
    return found
      .map(({ _id, userId: owner, sessionId, kind, messageIds, order }) => ({
        id: _id,
        userId: owner,
        sessionId,
        kind,
        messageIds,
        order,
      }))
      .sort((a, b) => b.order - a.order);
  }

  async messagesOf(turns: readonly SearchableTurn[]): Promise<readonly OwnedMessage[]> {
    const found = await this.messages.find(messagesIn(turns), { projection: { events: 0 } }).toArray();
    return found.flatMap((document) => {
      const message = toMessage(document);
      const { userId, sessionId, tenantId } = document;
      return message === undefined ? [] : [{ userId, sessionId, tenantId, message }];
    });
  }

  async storedMessages(turns: readonly SearchableTurn[]): Promise<ReadonlySet<string>> {
    const found = await this.messages.find(messagesIn(turns), { projection: { _id: 1 } }).toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  async indexed(turns: readonly SearchableTurn[]): Promise<ReadonlySet<string>> {
    const found = await this.patient.find(keysOf(turns), { projection: { _id: 1 } }).toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  async answersAfter(id: string, limit: number): Promise<readonly AnswerAt[]> {
    const found = await this.messages
      .find({ _id: { $gt: id }, role: 'assistant' }, { projection: { content: 0, events: 0 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id, userId, sessionId, turnId, parentId, position }) => ({
      answerId: _id,
      turn: { id: turnId, userId, sessionId, messageIds: parentId === null ? [_id] : [parentId, _id] },
      isFirst: position <= 1,
    }));
  }

  async oldestRunning(): Promise<Date | undefined> {
    const [oldest] = await this.turns
      .find(RUNNING, { projection: { startedAt: 1 } })
      .sort({ startedAt: 1 })
      .limit(1)
      .toArray();
    return oldest?.startedAt;
  }

  async takeCatchUp(owner: string, lapsedBy: Date, until: Date): Promise<CatchUpState | undefined> {
    try {
      const taken = await this.state.findOneAndUpdate(
        { _id: CATCH_UP_ID, leaseUntil: { $lte: lapsedBy } },
        { $set: { owner, leaseUntil: until }, $setOnInsert: { tenantId: DEFAULT_TENANT } },
        { upsert: true, returnDocument: 'after' },
      );
      const { upTo, terms, remadeBefore } = taken ?? {};
      return {
        ...(upTo === undefined ? {} : { upTo }),
        ...(terms === undefined ? {} : { terms }),
        ...(remadeBefore === undefined ? {} : { remadeBefore }),
      };
    } catch (error) {
      // It is there and somebody's: the upsert could not make it.
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  async beginAnew(owner: string, terms: number, remadeBefore: string): Promise<boolean> {
    const { matchedCount } = await this.state.updateOne(
      { _id: CATCH_UP_ID, owner },
      { $set: { terms, remadeBefore }, $unset: { upTo: 1 } },
    );
    return matchedCount === 1;
  }

  async advanceCatchUp(owner: string, upTo: string | undefined, until: Date): Promise<boolean> {
    const { matchedCount } = await this.state.updateOne(
      { _id: CATCH_UP_ID, owner },
      { $set: { leaseUntil: until, ...(upTo === undefined ? {} : { upTo }) } },
    );
    return matchedCount === 1;
  }
}

function documentOf({ id, messageIds, terms, ...entry }: SearchEntry): SearchEntryDocument {
  return { _id: id, ...entry, messageIds: [...messageIds], terms: [...terms] };
}

function keysOf(turns: readonly Pick<SearchableTurn, 'id' | 'userId'>[]) {
  return { _id: { $in: turns.map(({ id }) => id) }, userId: { $in: usersOf(turns) } };
}

function messagesIn(turns: readonly SearchableTurn[]) {
  return { _id: { $in: turns.flatMap(({ messageIds }) => messageIds) }, userId: { $in: usersOf(turns) } };
}

function usersOf(turns: readonly { readonly userId: string }[]): string[] {
  return [...new Set(turns.map(({ userId }) => userId))];
}
