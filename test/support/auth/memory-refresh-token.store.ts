import {
  RefreshTokenStore,
  type RefreshTokenFamily,
  type Rotation,
} from '../../../src/auth/tokens/refresh-token.store.port.js';

/** Held to the same contract suite as the real one. */
export class MemoryRefreshTokenStore extends RefreshTokenStore {
  readonly families = new Map<string, RefreshTokenFamily>();

  insert(family: RefreshTokenFamily): Promise<void> {
    this.families.set(family.id, family);
    return Promise.resolve();
  }

  rotate({ familyId, fromHash, toHash, now, expiresAt }: Rotation): Promise<{ userId: string } | undefined> {
    const family = this.families.get(familyId);
    if (family?.secretHash !== fromHash || family.expiresAt <= now) return Promise.resolve(undefined);
    this.families.set(familyId, { ...family, secretHash: toHash, expiresAt });
    return Promise.resolve({ userId: family.userId });
  }

  remove(familyId: string): Promise<{ userId: string } | undefined> {
    const family = this.families.get(familyId);
    this.families.delete(familyId);
    return Promise.resolve(family && { userId: family.userId });
  }
}
