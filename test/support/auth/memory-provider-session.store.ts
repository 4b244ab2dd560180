import {
  ProviderSessionStore,
  type ProviderSession,
} from '../../../src/auth/backchannel/provider-session.store.port.js';

/** Held to the same contract suite as the real one. */
export class MemoryProviderSessionStore extends ProviderSessionStore {
  readonly sessions = new Map<string, ProviderSession>();

  find(id: string): Promise<ProviderSession | undefined> {
    return Promise.resolve(this.sessions.get(id));
  }

  ensure(session: ProviderSession): Promise<void> {
    const { id, userId } = session;
    const before = this.sessions.get(id);
    this.sessions.set(
      id,
      before === undefined ? session : { ...before, ...(userId === undefined ? {} : { userId }) },
    );
    return Promise.resolve();
  }

  end({ id, endedAt, expiresAt }: Parameters<ProviderSessionStore['end']>[0]): Promise<ProviderSession> {
    const before = this.sessions.get(id);
    const later = (one: Date, other: Date | undefined) => (other !== undefined && other > one ? other : one);
    const ended = {
      id,
      ...(before?.userId === undefined ? {} : { userId: before.userId }),
      endedAt: later(endedAt, before?.endedAt),
      expiresAt: later(expiresAt, before?.expiresAt),
    };
    this.sessions.set(id, ended);
    return Promise.resolve(ended);
  }

  isUsed(tokenId: string): Promise<boolean> {
    return Promise.resolve(this.sessions.has(tokenId));
  }

  async use(tokenId: string, expiresAt: Date): Promise<boolean> {
    const isNew = !this.sessions.has(tokenId);
    await this.ensure({ id: tokenId, expiresAt });
    return isNew;
  }
}
