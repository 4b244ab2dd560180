import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signInByDevice, type DeviceCode } from './provider-login.js';

/** What the token endpoint answers one after the other; a word is an error of the protocol (`cut`: the connection is), a number a status without one. */
type Answers = (string | number | object)[];

describe('signInByDevice', () => {
  let server: Server;
  let answers: Answers;
  let interval: number | undefined;
  let issuer: string;
  const pauses: number[] = [];
  const shown: DeviceCode[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const json = (body: object, status = 200) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      request.resume();
      if (request.url === '/device')
        json({
          device_code: 'd',
          user_code: 'WDJB-MJHT',
          verification_uri: 'https://id.example/device',
          expires_in: 600,
          ...(interval === undefined ? {} : { interval }),
        });
      else if (request.url === '/token') {
        const answer = answers.shift();
        if (answer === 'cut') request.socket.destroy();
        else if (typeof answer === 'string') json({ error: answer }, 400);
        else if (typeof answer === 'number') response.writeHead(answer).end('<html>');
        else json(answer ?? {});
      } else
        json({
          issuer,
          token_endpoint: `${issuer}/token`,
          device_authorization_endpoint: `${issuer}/device`,
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  beforeEach(() => {
    pauses.length = shown.length = 0;
    interval = undefined;
  });

  function signIn(script: Answers, signal = new AbortController().signal) {
    answers = script;
    const provider = { id: 'corp', name: 'Corp', issuer, clientId: 'terminal', scopes: ['openid'] };
    return signInByDevice(
      provider,
      (code) => shown.push(code),
      signal,
      async (milliseconds, until) => {
        until.throwIfAborted();
        pauses.push(milliseconds / 1000);
      },
    );
  }
  const GIVEN = { access_token: 'a', refresh_token: 'r', token_type: 'bearer', expires_in: 60 };

  it('asks every five seconds where the provider does not say', async () => {
    const tokens = await signIn(['authorization_pending', 'authorization_pending', GIVEN]);
    expect(tokens).toMatchObject({ accessToken: 'a', refreshToken: 'r', provider: { id: 'corp' } });
    expect(pauses).toEqual([5, 5, 5]);
    expect(shown).toEqual([{ address: 'https://id.example/device', code: 'WDJB-MJHT', goodForSeconds: 600 }]);
  });

  it('asks as seldom as it is told, and then less often', async () => {
    interval = 2;
    await signIn(['authorization_pending', 'slow_down', 'authorization_pending', 'slow_down', GIVEN]);
    expect(pauses).toEqual([2, 2, 7, 7, 12]);
  });

  it('asks again when the provider is away for a while', async () => {
    interval = 1;
    await signIn(['cut', 503, GIVEN]);
    expect(pauses).toEqual([1, 6, 11]);
  });

  it.each([
    ['access_denied', 'The sign-in was denied at Corp.'],
    ['expired_token', 'The code has expired before anybody used it. Sign in again.'],
    ['invalid_client', 'Corp refused the sign-in: invalid_client'],
  ])('tells %s in words', async (error, message) => {
    await expect(signIn(['authorization_pending', error])).rejects.toThrow(message);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(signIn([GIVEN], controller.signal)).rejects.toThrow('enough');
  });
});
