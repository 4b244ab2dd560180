import { Injectable } from '@nestjs/common';
import type { SignupCredits } from '../../auth/signup-credits.port.js';

/** An external service keeps the credits: it decides what a new user starts with. */
@Injectable()
export class NoSignupCredits implements SignupCredits {
  grantOnce(): Promise<void> {
    return Promise.resolve();
  }
}
