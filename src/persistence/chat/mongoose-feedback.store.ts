import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { Feedback, FeedbackCount } from '../../chat/records/feedback.js';
import { FeedbackStore, type AnswerKey, type FeedbackRange } from '../../chat/records/feedback.store.port.js';
import { inPieces } from '../in-pieces.js';
import { plainCollection } from '../plain-collection.js';
import { MESSAGE_MODEL, type MessageDocument } from './history.schema.js';

@Injectable()
export class MongooseFeedbackStore extends FeedbackStore {
  private readonly messages: mongo.Collection<MessageDocument>;

  constructor(@InjectModel(MESSAGE_MODEL) messages: Model<MessageDocument>) {
    super();
    this.messages = plainCollection(messages);
  }

  async give(answer: AnswerKey, feedback: Feedback): Promise<boolean> {
    const { matchedCount } = await this.messages.updateOne(filterOf(answer), { $set: { feedback } });
    return matchedCount === 1;
  }

  async takeBack(answer: AnswerKey): Promise<boolean> {
    const { matchedCount } = await this.messages.updateOne(filterOf(answer), { $unset: { feedback: 1 } });
    return matchedCount === 1;
  }

  async count({ from, to, chatflowId }: FeedbackRange): Promise<readonly FeedbackCount[]> {
    const rated = { 'feedback.day': { $gte: from, $lte: to } };
    const fields = { projection: { _id: 0, chatflowId: 1, 'feedback.day': 1, 'feedback.rating': 1 } };
    const counts = new Map<string, { -readonly [Key in keyof FeedbackCount]: FeedbackCount[Key] }>();
    for await (const piece of inPieces(this.messages, rated, fields))
      for (const { feedback, chatflowId: chatflow } of piece) {
        // Not left to the database, which would look at many others by one command.
        const isOther = chatflowId !== undefined && chatflow !== chatflowId;
        if (feedback === undefined || isOther) continue;
        const { day, rating } = feedback;
        const key = `${day} ${chatflow} ${rating}`;
        const counted = counts.get(key);
        if (counted === undefined) counts.set(key, { day, chatflowId: chatflow, rating, count: 1 });
        else counted.count += 1;
      }
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  }
}

function filterOf({ userId, sessionId, messageId }: AnswerKey) {
  return { _id: messageId, userId, sessionId, role: 'assistant' as const };
}
