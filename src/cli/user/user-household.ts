import { AuditLog } from '../../audit/audit-log.service.js';
import { AccountsService } from '../../auth/accounts/accounts.service.js';
import { PasswordHasher } from '../../auth/accounts/password-hasher.service.js';
import type { UserStore } from '../../auth/accounts/user.store.port.js';
import { RevokedAccess } from '../../auth/directory/revoked-access.service.js';
import type { UserDirectory } from '../../auth/directory/user-directory.port.js';
import { PasswordResets } from '../../auth/passwords/password-resets.service.js';
import { SignInsService } from '../../auth/sign-ins/sign-ins.service.js';
import { SignupCredits } from '../../auth/signup-credits.port.js';
import { OpenSignIns } from '../../auth/tokens/open-sign-ins.service.js';
import { LastAdmin } from '../../auth/users/last-admin.service.js';
import { UsersService } from '../../auth/users/users.service.js';
import { ChangeFeed } from '../../cluster/change-feed.service.js';
import { SharedCaches } from '../../cluster/shared-caches.service.js';
import type { UserCommandConfig } from '../../config/load-config.js';
import { buildMissing } from '../../persistence/indexes/build-missing.js';
import { assertLatestSchema } from '../../persistence/migrations/prepare-schema.js';
import { withRawDatabase } from '../../persistence/migrations/raw-database.js';
import { openBeside, type DatabaseBeside } from '../../persistence/open-beside.js';
import { openUserStores } from '../../persistence/user-stores.js';
import { SystemClock } from '../../platform/clock.port.js';
import { createLog } from '../../platform/logging/create-log.js';
import { StartError } from '../../platform/lifecycle/start.error.js';
import { openBus } from './command-bus.js';

/** What a command works on users with: the server's own services over the same database. */
export interface UserHousehold {
  readonly store: UserStore;
  readonly users: UsersService;
  readonly accounts: AccountsService;
  readonly signIns: SignInsService;
  readonly resets: PasswordResets;
  readonly audit: AuditLog;
  /** Whether a server has the embedded database: it sees a change when it looks again. */
  readonly besideServer: boolean;
  close(): Promise<void>;
}

/** Accounting makes the grant up for when it opens the account. */
class LaterCredits extends SignupCredits {
  grantOnce(): Promise<void> {
    return Promise.resolve();
  }
}

/** @throws StartError, or what the driver throws, when the database cannot be worked on */
export async function openHousehold(config: UserCommandConfig): Promise<UserHousehold> {
  const database = await openBeside(config.database).catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  try {
    await prepare(database, config);
    return await furnish(database, config);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A new database is made ready as a start would; of others the version is looked at. */
async function prepare(
  database: DatabaseBeside,
  { database: { autoIndex } }: UserCommandConfig,
): Promise<void> {
  await assertLatestSchema(database);
  if (autoIndex && !database.isShared) await withRawDatabase(database.uri, buildMissing);
}

async function furnish(database: DatabaseBeside, config: UserCommandConfig): Promise<UserHousehold> {
  const log = createLog({ level: 'silent' });
  const clock = new SystemClock();
  const stores = await openUserStores(database.uri);
  const { users, families } = stores;
  const bus = await openBus(config.cluster.redis, log);
  const changes = new ChangeFeed(bus.bus);
  // Nobody is looked up here, the instances are only told.
  const told: Pick<UserDirectory, 'changed'> = { changed: (userId) => changes.changed('user', userId) };
  const directory = told as UserDirectory;
  const access = new RevokedAccess();
  // The instances look for it once a second; an embedded database has no others.
  access.onRevoked((userId) => stores.revokeRunning(userId, new Date(clock.now())));
  return {
    store: users,
    users: new UsersService(users, directory, access, new LastAdmin(users, clock), clock, log),
    accounts: new AccountsService(users, new PasswordHasher(), new LaterCredits(), clock, log),
    signIns: new SignInsService(
      families,
      new OpenSignIns(families, new SharedCaches(changes, clock)),
      users,
      directory,
      access,
      clock,
    ),
    resets: new PasswordResets(users, clock),
    audit: new AuditLog(stores.audit, clock, config, log),
    besideServer: database.isShared,
    close: async () => {
      await bus.close();
      await stores.close();
      await database.close();
    },
  };
}
