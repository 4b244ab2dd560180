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
    const rotated = { fromHash, at: now };
    this.families.set(familyId, { ...family, secretHash: toHash, expiresAt, rotated });
    return Promise.resolve({ userId: family.userId });
  }

  findRotated(
    { familyId, fromHash, toHash, now }: Parameters<RefreshTokenStore['findRotated']>[0],
    after: Date,
  ): Promise<{ userId: string; at: Date } | undefined> {
    const family = this.families.get(familyId);
    const { rotated } = family ?? {};
    const isTheLast =
      family?.secretHash === toHash && family.expiresAt > now && rotated?.fromHash === fromHash;
    return Promise.resolve(
      isTheLast && rotated.at > after ? { userId: family.userId, at: rotated.at } : undefined,
    );
  }

  exists(familyId: string): Promise<boolean> {
    return Promise.resolve(this.families.has(familyId));
  }

  listOf(userId: string, now: Date, limit: number): Promise<readonly RefreshTokenFamily[]> {
    const found = [...this.families.values()].filter((one) => one.userId === userId && one.expiresAt > now);
    found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    return Promise.resolve(found.slice(0, limit));
  }

  removeOf(userId: string, familyId: string): Promise<boolean> {
    const isTheirs = this.families.get(familyId)?.userId === userId;
    return Promise.resolve(isTheirs && this.families.delete(familyId));
  }

  removeAllOf(userId: string, exceptId?: string): Promise<void> {
    for (const family of this.families.values())
      if (family.userId === userId && family.id !== exceptId) this.families.delete(family.id);
    return Promise.resolve();
  }

  remove(familyId: string): Promise<{ userId: string } | undefined> {
    const family = this.families.get(familyId);
    this.families.delete(familyId);
    return Promise.resolve(family && { userId: family.userId });
  }
}
