import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { trusted, type Model } from 'mongoose';
import type { StreamTicket } from '../../auth/stream-tickets/stream-ticket.js';
import { StreamTicketStore } from '../../auth/stream-tickets/stream-ticket.store.port.js';
import { STREAM_TICKET_MODEL, type StreamTicketRecord } from './stream-ticket.schema.js';

@Injectable()
export class MongooseStreamTicketStore extends StreamTicketStore {
  constructor(@InjectModel(STREAM_TICKET_MODEL) private readonly tickets: Model<StreamTicketRecord>) {
    super();
  }

  async insert({ hash, turnId, holder, expiresAt }: StreamTicket): Promise<void> {
    const { roles, ...rest } = holder;
    await this.tickets.create({ _id: hash, turnId, ...rest, roles: [...roles], expiresAt });
  }

  countOf(userId: string, now: Date, most: number): Promise<number> {
    return this.tickets
      .countDocuments({ userId, expiresAt: trusted({ $gt: now }) })
      .limit(most)
      .setOptions({ sanitizeFilter: true })
      .exec();
  }

  async removeAllOf(userId: string): Promise<void> {
    await this.tickets.deleteMany({ userId }).setOptions({ sanitizeFilter: true });
  }

  async take(hash: string): Promise<StreamTicket | undefined> {
    const removal = this.tickets.findOneAndDelete({ _id: hash });
    const record = await removal.setOptions({ sanitizeFilter: true }).lean();
    if (record === null) return undefined;
    const { _id, turnId, expiresAt, ...holder } = record;
    return { hash: _id, turnId, holder, expiresAt };
  }
}
