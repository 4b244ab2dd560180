import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { Feedback, FeedbackCount, Rating } from '../../chat/records/feedback.js';
import { FeedbackStore, type AnswerKey, type FeedbackRange } from '../../chat/records/feedback.store.port.js';
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
    const sums = await this.messages
      .aggregate<{
        readonly _id: { day: string; chatflowId: string; rating: Rating };
        readonly count: number;
      }>([
        {
          $match: {
            'feedback.day': { $gte: from, $lte: to },
            ...(chatflowId === undefined ? {} : { chatflowId }),
          },
        },
        {
          $group: {
            _id: { day: '$feedback.day', chatflowId: '$chatflowId', rating: '$feedback.rating' },
            count: { $sum: 1 },
          },
        },
        { $sort: { '_id.day': 1, '_id.chatflowId': 1 } },
      ])
      .toArray();
    return sums.map(({ _id: { day, chatflowId: chatflow, rating }, count }) => ({
      day,
      chatflowId: chatflow,
      rating,
      count,
    }));
  }
}

function filterOf({ userId, sessionId, messageId }: AnswerKey) {
  return { _id: messageId, userId, sessionId, role: 'assistant' as const };
}
