import { Injectable } from '@nestjs/common';
import { KeyCaps, type SpentCap } from '../../auth/api-keys/key-caps.port.js';

/** An external service keeps the credits, and knows nothing of keys. */
@Injectable()
export class NoKeyCaps extends KeyCaps {
  readonly areKept = false;

  set(): Promise<void> {
    return Promise.reject(new Error('An external accounting service keeps the credits.'));
  }

  of(): Promise<ReadonlyMap<string, SpentCap>> {
    return Promise.resolve(new Map<string, SpentCap>());
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }
}
