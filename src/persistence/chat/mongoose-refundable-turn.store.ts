import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  RefundableTurnStore,
  type RefundableTurn,
} from '../../accounting/refunds/refundable-turn.store.port.js';
import { reachingTheLedger } from '../accounting/translate-error.js';
import { plainCollection } from '../plain-collection.js';
import { TURN_MODEL, type TurnDocument } from './turn.schema.js';

@Injectable()
export class MongooseRefundableTurnStore extends RefundableTurnStore {
  constructor(@InjectModel(TURN_MODEL) private readonly model: Model<TurnDocument>) {
    super();
  }

  /** By the id alone: an administrator knows the turn, not its user. */
  async find(turnId: string): Promise<RefundableTurn | undefined> {
    const found = await reachingTheLedger(() =>
      this.collection.findOne(
        { _id: turnId, kind: { $exists: false } },
        { projection: { userId: 1, accountId: 1, chatflowId: 1, status: 1 } },
      ),
    );
    if (found === null) return undefined;
    const { userId, accountId, chatflowId, status } = found;
    return { turnId, userId, accountId, chatflowId, isRunning: status === 'running' };
  }

  async noteRefund({ turnId, userId }: RefundableTurn, amount: number): Promise<void> {
    const withoutOne = { _id: turnId, userId, refunded: { $exists: false } };
    await reachingTheLedger(() => this.collection.updateOne(withoutOne, { $set: { refunded: amount } }));
  }

  private get collection(): mongo.Collection<TurnDocument> {
    return plainCollection(this.model);
  }
}
