import type { IncomingMessage, ServerResponse } from 'node:http';
import passport, { Strategy } from 'passport';
import { RequestAuthenticator } from './request-authenticator.service.js';

/** Finds the user in a database, which is what may fail. */
class FailingStrategy extends Strategy {
  override readonly name = 'failing';
  constructor(private readonly failure: Error) {
    super();
  }
  override authenticate(): void {
    this.error(this.failure);
  }
}

describe('RequestAuthenticator', () => {
  it.each([
    ['storage_unavailable', Object.assign(new Error('x'), { name: 'DatabaseSilent' })],
    ['internal', new TypeError('x')],
  ])('says %s of what its strategy fails with', async (code, failure) => {
    const strategy = new FailingStrategy(failure);
    passport.use(strategy);
    const authenticator = new RequestAuthenticator(
      { find: () => undefined } as never,
      {} as never,
      { nameFor: () => strategy.name } as never,
      {} as never,
      {} as never,
      {} as never,
    );
    const request = { headers: { authorization: 'Bearer a.b.c' } } as IncomingMessage;
    await expect(authenticator.authenticate(request, {} as ServerResponse)).rejects.toMatchObject({ code });
  });
});
