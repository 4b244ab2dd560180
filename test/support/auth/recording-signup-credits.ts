import { SignupCredits } from '../../../src/auth/signup-credits.port.js';

/** Remembers whom it granted credits; fails on demand. */
export class RecordingSignupCredits extends SignupCredits {
  readonly granted: string[] = [];
  failure: Error | undefined;

  grantOnce(userId: string): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.granted.push(userId);
    return Promise.resolve();
  }
}
