import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { UserStore } from '../accounts/user.store.port.js';
import { MAX_USER_STALENESS_MS, UserDirectory, type DirectoryEntry } from './user-directory.port.js';
import { UserIdentityStore } from './user-identity.store.port.js';

/** Of each kind of look-up; some hundred bytes each. */
const MAX_CACHED = 20_000;

/** A directory over the stored users and identities. */
@Injectable()
export class StoredUserDirectory extends UserDirectory {
  private readonly byUser: SharedCache<DirectoryEntry | undefined>;
  private readonly subjects: SharedCache<{ readonly subject: string | undefined } | undefined>;
  /** Whose a subject is: written once, never changed. */
  private readonly bySubject: SharedCache<{ readonly userId: string } | undefined>;

  constructor(
    private readonly users: UserStore,
    private readonly identities: UserIdentityStore,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    caches: SharedCaches,
  ) {
    super();
    // What was not found may be there a moment later.
    const keepFor = (milliseconds: number) => (found: unknown) => (found === undefined ? 0 : milliseconds);
    this.byUser = caches.of({
      maxEntries: MAX_CACHED,
      keepForMs: keepFor(MAX_USER_STALENESS_MS),
      kind: 'user',
      load: (userId) => this.load(userId),
    });
    const common = { maxEntries: MAX_CACHED, keepForMs: keepFor(Infinity) };
    this.subjects = caches.of({
      ...common,
      kind: 'user',
      madeOf: ['identity'],
      load: async (userId) => ({ subject: (await this.identities.findByUser(userId))?.subject }),
    });
    this.bySubject = caches.of({
      ...common,
      kind: 'identity',
      load: (subject) => this.identityOf(subject),
    });
  }

  changed(userId: string): void {
    this.byUser.changed(userId);
  }

  async find(userId: string): Promise<DirectoryEntry | undefined> {
    return this.byUser.get(userId);
  }

  async accountOf(userId: string): Promise<string | undefined> {
    return (await this.find(userId))?.accountId;
  }

  async subjectOf(userId: string): Promise<string | undefined> {
    return (await this.subjects.get(userId))?.subject;
  }

  async findBySubject(subject: string): Promise<DirectoryEntry | undefined> {
    const identity = await this.bySubject.get(subject);
    return identity && this.find(identity.userId);
  }

  async ensureSubject(subject: string): Promise<DirectoryEntry | undefined> {
    return (await this.findBySubject(subject)) ?? this.make(subject);
  }

  private async load(userId: string): Promise<DirectoryEntry | undefined> {
    const user = await this.users.findById(userId);
    if (user === undefined) return undefined;
    const { id, tenantId, accountId, roles, disabledAt, signedOutAt, accessRevokedAt } = user;
    return {
      userId: id,
      tenantId,
      accountId,
      roles,
      isDisabled: disabledAt !== undefined,
      ...(signedOutAt === undefined ? {} : { signedOutAt }),
      ...(accessRevokedAt === undefined ? {} : { accessRevokedAt }),
    };
  }

  private async identityOf(subject: string): Promise<{ readonly userId: string } | undefined> {
    const { issuer } = this.config.auth;
    if (issuer === undefined) return undefined;
    const identity = await this.identities.find(issuer.issuer, subject);
    return identity && { userId: identity.userId };
  }

  /** Both writes keep what is there: whoever was first, or was cut off between the two, is gone on from. */
  private async make(subject: string): Promise<DirectoryEntry | undefined> {
    const { issuer } = this.config.auth;
    if (issuer === undefined) return undefined;
    const createdAt = new Date(this.clock.now());
    const { userId } = await this.identities.ensure({
      issuer: issuer.issuer,
      subject,
      userId: newId(),
      createdAt,
    });
    await this.users.ensure({
      id: userId,
      tenantId: DEFAULT_TENANT,
      accountId: randomUUID(),
      roles: [],
      createdAt,
    });
    return this.load(userId);
  }
}
