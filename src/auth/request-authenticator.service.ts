import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import passport from 'passport';
import { AuditFailures, type Failure } from '../audit/audit-failures.service.js';
import type { Principal } from '../contract/principal.js';
import { classifyError } from '../platform/errors/classify-error.js';
import { errors } from '../platform/errors/errors.js';
import { RequestAuthentication } from '../platform/http/request-authentication.port.js';
import { CallerStanding } from './caller-standing.service.js';
import { ApiKeyAuthenticator, isRefusedKey, type RefusedKey } from './api-keys/api-key.authenticator.js';
import { readCredentials } from './credentials.js';
import { addressBlock } from './login/address-block.js';
import { KeySetOutageError } from './tokens/issuer-keys.js';
import { AccessTokenStrategy } from './tokens/access-token.strategy.js';
import { refusalOf } from './tokens/token-refusal-reasons.js';
import { TokenRefusals } from './tokens/token-refusals.service.js';
import { VerifiedTokens } from './tokens/verified-tokens.service.js';

const WORDS: Readonly<Record<RefusedKey['refusal'], string>> = {
  expired: 'The API key has expired, or was rotated some time ago.',
  'owner-without-sign-in':
    "The API key's owner cannot sign in here any more: their identity provider was removed from the settings.",
};

/**
 * Verifies credentials, once per request: before its body is read, or in the guard. Access tokens go through the passport strategy unless one was
 * verified a moment ago; API keys are looked up. Whether the user is still who they were is asked each time.
 */
@Injectable()
export class RequestAuthenticator extends RequestAuthentication {
  private readonly results = new WeakMap<IncomingMessage, Promise<Principal>>();

  constructor(
    private readonly verified: VerifiedTokens,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly strategy: AccessTokenStrategy,
    private readonly refusals: TokenRefusals,
    private readonly standing: CallerStanding,
    private readonly failures: AuditFailures,
  ) {
    super();
  }

  override authenticate(request: IncomingMessage, response: ServerResponse): Promise<Principal> {
    const known = this.results.get(request);
    if (known !== undefined) return known;
    const result = this.verify(request, response);
    this.results.set(request, result);
    return result;
  }

  private async verify(request: IncomingMessage, response: ServerResponse): Promise<Principal> {
    const credentials = readCredentials(request);
    if (credentials === undefined) throw errors.unauthenticated();
    const principal =
      credentials.kind === 'access-token'
        ? (this.verified.find(credentials.token) ??
          (await this.askStrategy(credentials.token, request, response)))
        : await this.keyHolder(credentials.key, request);
    return this.standing.of(principal);
  }

  private async keyHolder(key: string, request: IncomingMessage): Promise<Principal> {
    const judged = await this.apiKeys.judge(key);
    if (judged !== undefined && !isRefusedKey(judged)) return judged;
    const about = judged && { userId: judged.userId, apiKeyId: judged.apiKeyId };
    this.failures.note({
      action: 'api-key.refuse',
      code: 'unauthenticated',
      ...fromWhere(request),
      ...about,
    });
    // Told to whoever has the secret of a real key, and to nobody who guesses.
    throw errors.unauthenticated(judged === undefined ? 'The API key is not valid.' : WORDS[judged.refusal]);
  }

  private askStrategy(token: string, request: IncomingMessage, response: ServerResponse): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const onResult = (error: unknown, user: Principal | false | null | undefined, info: unknown): void => {
        if (error instanceof KeySetOutageError) reject(keysAway(error));
        else if (error !== null && error !== undefined) reject(classifyError(error));
        else if (user) resolve(user);
        else reject(this.refusalOf(info, request));
      };
      const run = passport.authenticate(this.strategy.nameFor(token), { session: false }, onResult) as (
        request: IncomingMessage,
        response: ServerResponse,
        next: (error?: unknown) => void,
      ) => void;
      run(request, response, (error) => {
        reject(classifyError(error));
      });
    });
  }

  /** @param info what the strategy says of the token; the log has it, the client only that the token is refused */
  private refusalOf(info: unknown, request: IncomingMessage): Error {
    this.refusals.note(info);
    // Every client's token expires now and then.
    if (refusalOf(info).reason !== 'expired')
      this.failures.note({ action: 'access-token.refuse', code: 'unauthenticated', ...fromWhere(request) });
    return errors.unauthenticated('The access token is not valid.', info);
  }
}

function fromWhere(request: IncomingMessage): Pick<Failure, 'address'> {
  return { address: addressBlock((request as Partial<Request>).ip ?? '') };
}

function keysAway(error: KeySetOutageError): Error {
  return errors.upstreamUnavailable("The identity provider's keys cannot be fetched.", error);
}
