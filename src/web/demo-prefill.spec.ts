import type { IncomingMessage } from 'node:http';
import { isFromThisMachine } from './demo-prefill.js';

function request(remoteAddress: string | undefined, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('isFromThisMachine', () => {
  it.each([
    ['127.0.0.1', { host: 'localhost:3000' }],
    ['::ffff:127.0.0.1', { host: '127.0.0.1:3000' }],
    ['::1', { host: '[::1]:3000', 'sec-fetch-site': 'same-origin' }],
  ])('believes %s with %j', (address, headers) => {
    expect(isFromThisMachine(request(address, headers))).toBe(true);
  });

  it.each([
    ['another machine', '192.0.2.7', { host: 'localhost:3000' }],
    ['nobody', undefined, { host: 'localhost' }],
    ['a name that resolves to this machine', '127.0.0.1', { host: 'evil.example:3000' }],
    ['no name', '127.0.0.1', {}],
    ['a proxy on this machine', '127.0.0.1', { host: 'localhost', 'x-forwarded-for': '192.0.2.7' }],
    ['a page of another site', '127.0.0.1', { host: 'localhost', 'sec-fetch-site': 'cross-site' }],
  ])('does not believe %s', (_name, address, headers) => {
    expect(isFromThisMachine(request(address, headers))).toBe(false);
  });
});
