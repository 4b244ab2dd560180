import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { UserStore } from '../accounts/user.store.port.js';
import { UserDirectory, type DirectoryEntry } from './user-directory.port.js';
import { UserIdentityStore } from './user-identity.store.port.js';

/** Of each kind of look-up; some hundred bytes each. */
const MAX_CACHED = 20_000;

/** A directory over the stored users and identities. */
@Injectable()
export class StoredUserDirectory extends UserDirectory {
  private readonly byUser: SharedCache<DirectoryEntry | undefined>;
  private readonly subjects: SharedCache<{ readonly subject: string | undefined } | undefined>;
  private readonly bySubject: SharedCache<DirectoryEntry | undefined>;

  constructor(
    private readonly users: UserStore,
    private readonly identities: UserIdentityStore,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    caches: SharedCaches,
  ) {
    super();
    // What was found stays true; what was not may be there a moment later.
    const keepForMs = (found: unknown): number => (found === undefined ? 0 : Infinity);
    const common = { maxEntries: MAX_CACHED, keepForMs };
    this.byUser = caches.of({ ...common, kind: 'user', load: (userId) => this.load(userId) });
    this.subjects = caches.of({
      ...common,
      kind: 'user',
      madeOf: ['identity'],
      load: async (userId) => ({ subject: (await this.identities.findByUser(userId))?.subject }),
    });
    this.bySubject = caches.of({
      ...common,
      kind: 'identity',
      madeOf: ['user'],
      load: (subject) => this.loadBySubject(subject),
    });
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
    return this.bySubject.get(subject);
  }

  async ensureSubject(subject: string): Promise<DirectoryEntry | undefined> {
    return (await this.bySubject.get(subject)) ?? this.make(subject);
  }

  private async load(userId: string): Promise<DirectoryEntry | undefined> {
    const user = await this.users.findById(userId);
    return user && { userId: user.id, tenantId: user.tenantId, accountId: user.accountId };
  }

  private async loadBySubject(subject: string): Promise<DirectoryEntry | undefined> {
    const { issuer } = this.config.auth;
    if (issuer === undefined) return undefined;
    const identity = await this.identities.find(issuer.issuer, subject);
    return identity && this.load(identity.userId);
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
