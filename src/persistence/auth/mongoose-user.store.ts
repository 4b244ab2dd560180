import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { trusted, type Model, type QueryFilter } from 'mongoose';
import type { AdminClaim, OwnUser, PendingReset, User } from '../../auth/accounts/user.js';
import { UserStore, type UserChange, type UserFilter } from '../../auth/accounts/user.store.port.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { USER_MODEL, type UserRecord } from './user.schema.js';

@Injectable()
export class MongooseUserStore extends UserStore {
  constructor(@InjectModel(USER_MODEL) private readonly users: Model<UserRecord>) {
    super();
  }

  async insert({ id, roles, ...user }: OwnUser): Promise<boolean> {
    try {
      await this.users.create({ _id: id, ...user, roles: [...roles] });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async ensure({ id, roles, ...user }: User): Promise<void> {
    try {
      await this.users
        .updateOne({ _id: id }, { $setOnInsert: { ...user, roles: [...roles] } }, { upsert: true })
        .setOptions({ sanitizeFilter: true });
    } catch (error) {
      // Two upserts of one id at the same time: the other one was first.
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async findByEmail(email: string): Promise<OwnUser | undefined> {
    const record = await this.users.findOne({ email }).setOptions({ sanitizeFilter: true }).lean();
    const user = record === null ? undefined : toUser(record);
    return user !== undefined && isOwn(user) ? user : undefined;
  }

  async findById(id: string): Promise<User | undefined> {
    const record = await this.users.findOne({ _id: id }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toUser(record);
  }

  async list(filter: UserFilter, after: string | undefined, limit: number): Promise<readonly User[]> {
    const behind = after === undefined ? {} : { _id: trusted({ $lt: after }) };
    const records = await this.users
      .find({ ...toQuery(filter), ...behind })
      .setOptions({ sanitizeFilter: true })
      .sort({ _id: -1 })
      .limit(limit)
      .lean();
    return records.map(toUser);
  }

  async change(
    id: string,
    { roles, disabledAt, signedOutAt, accessRevokedAt }: UserChange,
    claimId?: string,
  ): Promise<User | undefined> {
    const unset = {
      ...(disabledAt === null ? { disabledAt: 1 as const } : {}),
      ...(claimId === undefined ? {} : { adminClaim: 1 as const }),
    };
    const set = {
      ...(roles === undefined ? {} : { roles: [...roles] }),
      ...(disabledAt ? { disabledAt } : {}),
      ...(signedOutAt === undefined ? {} : { signedOutAt }),
      ...(accessRevokedAt === undefined ? {} : { accessRevokedAt }),
    };
    const record = await this.users
      .findOneAndUpdate(
        { _id: id, ...(claimId === undefined ? {} : { 'adminClaim.id': claimId }) },
        {
          ...(Object.keys(set).length === 0 ? {} : { $set: set }),
          ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }),
        },
        { returnDocument: 'after' },
      )
      .setOptions({ sanitizeFilter: true })
      .lean();
    return record === null ? undefined : toUser(record);
  }

  async moveTo(id: string, tenantId: string, tenantSince: Date): Promise<boolean> {
    // Behind the millisecond before is not before this one; who has none is found as well.
    const last = new Date(tenantSince.getTime() - 1);
    const { matchedCount } = await this.users
      .updateOne(
        { _id: id, tenantSince: trusted({ $not: trusted({ $gt: last }) }) },
        { $set: { tenantId, tenantSince } },
      )
      .setOptions({ sanitizeFilter: true });
    return matchedCount > 0;
  }

  async affirmTenant(id: string, tenantId: string, since: Date): Promise<void> {
    await this.users
      .updateOne({ _id: id, tenantId }, { $max: { tenantSince: since } })
      .setOptions({ sanitizeFilter: true });
  }

  async remove(id: string): Promise<void> {
    await this.users.deleteOne({ _id: id }).setOptions({ sanitizeFilter: true });
  }

  async hasOtherAdmin(id: string): Promise<boolean> {
    const others: QueryFilter<UserRecord> = {
      roles: 'admin',
      _id: trusted({ $ne: id }),
      disabledAt: trusted({ $exists: false }),
      adminClaim: trusted({ $exists: false }),
    };
    const found = await this.users.findOne(others, { _id: 1 }).setOptions({ sanitizeFilter: true }).lean();
    return found !== null;
  }

  async claimAdmin(id: string, adminClaim: AdminClaim): Promise<boolean> {
    const { modifiedCount } = await this.users
      .updateOne({ _id: id, adminClaim: trusted({ $exists: false }) }, { $set: { adminClaim } })
      .setOptions({ sanitizeFilter: true });
    return modifiedCount > 0;
  }

  async unclaimAdmin(id: string, claimId: string): Promise<void> {
    await this.users
      .updateOne({ _id: id, 'adminClaim.id': claimId }, { $unset: { adminClaim: 1 } })
      .setOptions({ sanitizeFilter: true });
  }

  async dropAdminClaims(id: string, before: Date): Promise<void> {
    const old = { 'adminClaim.at': trusted({ $lt: before }) };
    const drop = { $unset: { adminClaim: 1 as const } };
    await this.users.updateOne({ _id: id, ...old }, drop).setOptions({ sanitizeFilter: true });
    await this.users.updateMany({ roles: 'admin', ...old }, drop).setOptions({ sanitizeFilter: true });
  }

  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.users
      .updateOne({ _id: id }, { $set: { passwordHash }, $unset: { passwordReset: 1 } })
      .setOptions({ sanitizeFilter: true });
  }

  async replacePasswordHash(id: string, knownHash: string, passwordHash: string): Promise<boolean> {
    const changed = await this.users
      .updateOne(
        { _id: id, passwordHash: knownHash },
        { $set: { passwordHash }, $unset: { passwordReset: 1 } },
      )
      .setOptions({ sanitizeFilter: true });
    return changed.modifiedCount > 0;
  }

  async setPasswordReset(id: string, passwordReset: PendingReset): Promise<void> {
    await this.users.updateOne({ _id: id }, { $set: { passwordReset } }).setOptions({ sanitizeFilter: true });
  }

  async resetPassword(id: string, resetHash: string, passwordHash: string): Promise<boolean> {
    const changed = await this.users
      .updateOne(
        { _id: id, 'passwordReset.hash': resetHash },
        { $set: { passwordHash }, $unset: { passwordReset: 1 } },
      )
      .setOptions({ sanitizeFilter: true });
    return changed.modifiedCount > 0;
  }
}

/** Behind every text that begins with the prefix. */
const LAST_CHARACTER = '\u{10ffff}';

function toQuery({ emailPrefix, role, isDisabled, tenantId }: UserFilter): QueryFilter<UserRecord> {
  return {
    ...(emailPrefix === undefined
      ? {}
      : { email: trusted({ $gte: emailPrefix, $lt: `${emailPrefix}${LAST_CHARACTER}` }) }),
    ...(role === undefined ? {} : { roles: role }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(isDisabled === undefined ? {} : { disabledAt: trusted({ $exists: isDisabled }) }),
  };
}

function toUser({ _id, tenantId, accountId, email, passwordHash, roles, ...rest }: UserRecord): User {
  const { createdAt, tenantSince, disabledAt, signedOutAt, accessRevokedAt, adminClaim, passwordReset } =
    rest;
  return {
    id: _id,
    tenantId,
    ...(tenantSince === undefined ? {} : { tenantSince }),
    accountId,
    ...(email === undefined ? {} : { email }),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    roles,
    createdAt,
    ...(disabledAt === undefined ? {} : { disabledAt }),
    ...(signedOutAt === undefined ? {} : { signedOutAt }),
    ...(accessRevokedAt === undefined ? {} : { accessRevokedAt }),
    ...(adminClaim === undefined ? {} : { adminClaim }),
    ...(passwordReset === undefined ? {} : { passwordReset }),
  };
}

function isOwn(user: User): user is OwnUser {
  return user.email !== undefined && user.passwordHash !== undefined;
}
