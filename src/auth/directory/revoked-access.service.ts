import { Injectable } from '@nestjs/common';

/** Ends what a user is in the middle of, on every instance; resolves once that is certain to happen. */
export type RevocationListener = (userId: string) => Promise<void>;

/** Tells whoever keeps something going for users that one of them may not go on: disabled, or signed out by an administrator. */
@Injectable()
export class RevokedAccess {
  private readonly listeners = new Set<RevocationListener>();

  /** @returns stops it */
  onRevoked(listener: RevocationListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** To be called after it was stored and told to `UserDirectory`. @throws what a listener throws: then it is to be told again */
  async revoked(userId: string): Promise<void> {
    await Promise.all([...this.listeners].map((listener) => listener(userId)));
  }
}
