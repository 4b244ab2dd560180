import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { UserStore } from '../accounts/user.store.port.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../max-staleness.js';
import { ErasedIdentities } from './erased-identities.service.js';
import {
  UserDirectory,
  type DirectoryEntry,
  type ExternalIdentity,
  type FirstToken,
} from './user-directory.port.js';
import { UserIdentityStore } from './user-identity.store.port.js';

/** Of each kind of look-up; some hundred bytes each. */
const MAX_CACHED = 20_000;

/** A directory over the stored users and identities. */
@Injectable()
export class StoredUserDirectory extends UserDirectory {
  private readonly byUser: SharedCache<DirectoryEntry | undefined>;
  private readonly identityByUser: SharedCache<
    { readonly identity: ExternalIdentity | undefined } | undefined
  >;
  /** Whose an identity is: written once, never changed. */
  private readonly byIdentity: SharedCache<{ readonly userId: string } | undefined>;

  constructor(
    private readonly users: UserStore,
    private readonly identities: UserIdentityStore,
    private readonly erased: ErasedIdentities,
    private readonly clock: Clock,
    caches: SharedCaches,
  ) {
    super();
    // What was not found may be there a moment later.
    const keepFor = (milliseconds: number) => (found: unknown) => (found === undefined ? 0 : milliseconds);
    this.byUser = caches.of({
      maxEntries: MAX_CACHED,
      keepForMs: keepFor(MAX_AUTHORITY_STALENESS_MS),
      kind: 'user',
      load: (userId) => this.load(userId),
    });
    const common = { maxEntries: MAX_CACHED, keepForMs: keepFor(Infinity) };
    this.identityByUser = caches.of({
      ...common,
      kind: 'user',
      madeOf: ['identity'],
      load: (userId) => this.loadIdentity(userId),
    });
    this.byIdentity = caches.of({
      ...common,
      kind: 'identity',
      load: (key) => this.userOf(key),
    });
  }

  changed(userId: string): void {
    this.byUser.changed(userId);
  }

  removed(userId: string, identity?: ExternalIdentity): void {
    if (identity !== undefined) this.byIdentity.changed(keyOf(identity));
    this.byUser.changed(userId);
  }

  async find(userId: string): Promise<DirectoryEntry | undefined> {
    return this.byUser.get(userId);
  }

  async accountOf(userId: string): Promise<string | undefined> {
    return (await this.find(userId))?.accountId;
  }

  async identityOf(userId: string): Promise<ExternalIdentity | undefined> {
    return (await this.identityByUser.get(userId))?.identity;
  }

  async findByIdentity(identity: ExternalIdentity): Promise<DirectoryEntry | undefined> {
    const found = await this.byIdentity.get(keyOf(identity));
    const user = found && (await this.find(found.userId));
    // Without the bus nobody says that they were erased: they may have come again as another one.
    if (found !== undefined && user === undefined) this.byIdentity.changed(keyOf(identity));
    return user;
  }

  async ensureIdentity(identity: ExternalIdentity, token?: FirstToken): Promise<DirectoryEntry | undefined> {
    return (await this.findByIdentity(identity)) ?? this.make(identity, token);
  }

  private async load(userId: string): Promise<DirectoryEntry | undefined> {
    const user = await this.users.findById(userId);
    if (user === undefined) return undefined;
    const { id, tenantId, tenantSince, accountId, roles, disabledAt, signedOutAt, accessRevokedAt } = user;
    return {
      userId: id,
      tenantId,
      ...(tenantSince === undefined ? {} : { tenantSince: tenantSince.getTime() }),
      accountId,
      roles,
      isDisabled: disabledAt !== undefined,
      ...(signedOutAt === undefined ? {} : { signedOutAt }),
      ...(accessRevokedAt === undefined ? {} : { accessRevokedAt }),
    };
  }

  private async loadIdentity(userId: string): Promise<{ readonly identity: ExternalIdentity | undefined }> {
    const found = await this.identities.findByUser(userId);
    return { identity: found && { issuer: found.issuer, subject: found.subject } };
  }

  private async userOf(key: string): Promise<{ readonly userId: string } | undefined> {
    const [issuer, subject] = JSON.parse(key) as [string, string];
    const found = await this.identities.find(issuer, subject);
    return found && { userId: found.userId };
  }

  /**
   * Both writes keep what is there: whoever was first, or was cut off between the two, is gone on from. Of somebody who was erased the tokens of before are as
   * good as those of a user who was signed out then: none of them makes a user, or stands for one that is made by a later one.
   */
  private async make(
    identity: ExternalIdentity,
    token: FirstToken | undefined,
  ): Promise<DirectoryEntry | undefined> {
    const signedOutAt = await this.erased.erasedAt(identity);
    if (token !== undefined && signedOutAt !== undefined && token.issuedAt <= signedOutAt.getTime())
      return undefined;
    const createdAt = new Date(this.clock.now());
    const { userId } = await this.identities.ensure({ ...identity, userId: newId(), createdAt });
    await this.users.ensure({
      id: userId,
      tenantId: token?.tenantId ?? DEFAULT_TENANT,
      ...(token?.tenantId === undefined ? {} : { tenantSince: new Date(token.issuedAt) }),
      ...(signedOutAt === undefined ? {} : { signedOutAt }),
      accountId: randomUUID(),
      roles: [],
      createdAt,
    });
    return this.load(userId);
  }
}

/** No two identities have the same, whatever characters are in them. */
const keyOf = ({ issuer, subject }: ExternalIdentity): string => JSON.stringify([issuer, subject]);
