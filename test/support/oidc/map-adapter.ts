import type { Adapter, AdapterPayload } from 'oidc-provider';

/** What one provider knows of sessions, codes, grants and tokens: in memory, to be forgotten by a test. */
export class MapAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly records: Map<string, AdapterPayload>,
  ) {}

  upsert(id: string, payload: AdapterPayload): Promise<undefined> {
    this.records.set(this.key(id), payload);
    return Promise.resolve(undefined);
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.records.get(this.key(id)));
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.findBy((payload) => payload.userCode === userCode));
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(this.findBy((payload) => payload.uid === uid));
  }

  consume(id: string): Promise<undefined> {
    const payload = this.records.get(this.key(id));
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    return Promise.resolve(undefined);
  }

  destroy(id: string): Promise<undefined> {
    this.records.delete(this.key(id));
    return Promise.resolve(undefined);
  }

  revokeByGrantId(grantId: string): Promise<undefined> {
    for (const [key, payload] of this.records) if (payload.grantId === grantId) this.records.delete(key);
    return Promise.resolve(undefined);
  }

  private key(id: string): string {
    return `${this.model}:${id}`;
  }

  private findBy(isIt: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [key, payload] of this.records)
      if (key.startsWith(`${this.model}:`) && isIt(payload)) return payload;
    return undefined;
  }
}
