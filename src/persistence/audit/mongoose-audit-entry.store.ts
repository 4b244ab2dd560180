import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { AuditEntry, ChainedEntry } from '../../audit/audit-entry.js';
import { AuditEntryStore, type AuditFilter } from '../../audit/audit-entry.store.port.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { plainCollection } from '../plain-collection.js';
import { AUDIT_ENTRY_MODEL, type AuditEntryDocument } from './audit-entry.schema.js';

@Injectable()
export class MongooseAuditEntryStore extends AuditEntryStore {
  private readonly entries: mongo.Collection<AuditEntryDocument>;

  constructor(@InjectModel(AUDIT_ENTRY_MODEL) entries: Model<AuditEntryDocument>) {
    super();
    this.entries = plainCollection(entries);
  }

  async insert({ id, ...entry }: AuditEntry): Promise<void> {
    await this.entries.insertOne({ _id: id, ...entry, pending: true });
  }

  async list(filter: AuditFilter, limit: number, before?: string): Promise<readonly AuditEntry[]> {
    const { action, actorId, targetId } = filter;
    const found = await this.entries
      .find({
        ...(action === undefined ? {} : { action }),
        ...(actorId === undefined ? {} : { actorId }),
        ...(targetId === undefined ? {} : { targetId }),
        ...(before === undefined ? {} : { _id: { $lt: before } }),
      })
      .sort({ _id: -1 })
      .limit(limit)
      .toArray();
    return found.map(toEntry);
  }

  async pending(limit: number): Promise<readonly AuditEntry[]> {
    const found = await this.entries.find({ pending: true }).sort({ _id: 1 }).limit(limit).toArray();
    return found.map(toEntry);
  }

  async head(): Promise<ChainedEntry | undefined> {
    const [last] = await this.entries
      .find({ sequence: { $exists: true } })
      .sort({ sequence: -1 })
      .limit(1)
      .toArray();
    return last && (toEntry(last) as ChainedEntry);
  }

  async chain(id: string, place: Pick<ChainedEntry, 'sequence' | 'previousHash' | 'hash'>): Promise<boolean> {
    try {
      const { matchedCount } = await this.entries.updateOne(
        { _id: id, pending: true },
        { $set: place, $unset: { pending: 1 } },
      );
      return matchedCount === 1;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }

  async chained(from: number, limit: number): Promise<readonly ChainedEntry[]> {
    const found = await this.entries
      .find({ sequence: { $gte: from } })
      .sort({ sequence: 1 })
      .limit(limit)
      .toArray();
    return found.map((entry) => toEntry(entry) as ChainedEntry);
  }
}

function toEntry({ _id, pending: _, ...entry }: AuditEntryDocument): AuditEntry {
  return { id: _id, ...entry };
}
