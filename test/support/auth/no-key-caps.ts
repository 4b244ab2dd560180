import { KeyCaps, type SpentCap } from '../../../src/auth/api-keys/key-caps.port.js';

/** Where credits are kept elsewhere. */
export class NoKeyCaps extends KeyCaps {
  readonly areKept = false;
  set(): Promise<void> {
    return Promise.reject(new Error('There are no caps.'));
  }
  of(): Promise<ReadonlyMap<string, SpentCap>> {
    return Promise.resolve(new Map<string, SpentCap>());
  }
  remove(): Promise<void> {
    return Promise.resolve();
  }
}
