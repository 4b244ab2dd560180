import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../max-staleness.js';
import { RefreshTokenStore } from './refresh-token.store.port.js';

const MAX_CACHED = 20_000;

/**
 * Which sign-ins have not ended, so that an access token is no longer good than its own. Look-ups are cached: an end counts at once here, within a
 * second on other instances, without the bus within ten; so do the ends of all sign-ins of a user.
 */
@Injectable()
export class OpenSignIns {
  private readonly open: SharedCache<boolean>;

  constructor(families: RefreshTokenStore, caches: SharedCaches) {
    this.open = caches.of({
      kind: 'sign-in',
      // Of all of them only their user is told.
      madeOf: ['user'],
      maxEntries: MAX_CACHED,
      load: (familyId) => families.exists(familyId),
      // Ids are not guessed: a token's signature was verified before.
      keepForMs: () => MAX_AUTHORITY_STALENESS_MS,
    });
  }

  isOpen(familyId: string): Promise<boolean> {
    return this.open.get(familyId);
  }

  /** To be called after it was ended in the store. */
  ended(familyId: string): void {
    this.open.changed(familyId);
  }
}
