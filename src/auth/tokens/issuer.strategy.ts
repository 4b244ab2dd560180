import type { Request } from 'express';
import passport from 'passport';
import type { Principal } from '../../contract/principal.js';
import { bearerToken } from '../credentials.js';
import type { IssuerTokens } from './issuer-tokens.js';
import { TokenRefusedError } from './token-refused.error.js';

/** Lets those in whom an external issuer vouches for. */
export class IssuerStrategy extends passport.Strategy {
  /** @param principalOf whom the claims of a verified token stand for */
  constructor(
    private readonly tokens: IssuerTokens,
    private readonly principalOf: (payload: unknown, token: string) => Promise<Principal | undefined>,
  ) {
    super();
  }

  override authenticate(request: Request): void {
    const token = bearerToken(request) ?? '';
    this.verified(token).then(
      (principal) => (principal === undefined ? this.fail() : this.success(principal)),
      (error: unknown) => {
        if (error instanceof TokenRefusedError) this.fail(error);
        else this.error(error);
      },
    );
  }

  private async verified(token: string): Promise<Principal | undefined> {
    return this.principalOf(await this.tokens.verify(token), token);
  }
}
