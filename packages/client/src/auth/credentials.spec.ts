import { FixedCredentials } from './credentials.js';

describe('FixedCredentials', () => {
  it('asks for the token of each request, and tells which one was refused', async () => {
    const asked: (string | undefined)[] = [];
    let token = 'a';
    const credentials = new FixedCredentials((refused) => {
      asked.push(refused);
      if (refused !== undefined) token = 'b';
      return token;
    });
    const used = await credentials.headers();
    expect(used).toEqual({ authorization: 'Bearer a' });
    expect(await credentials.renewAfterRefusal(used)).toBe(true);
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer b' });
    expect(asked).toEqual([undefined, 'a', undefined]);
  });

  it('sees no use in the same token again', async () => {
    const fixed = new FixedCredentials('key');
    expect(await fixed.renewAfterRefusal(await fixed.headers())).toBe(false);
    const stubborn = new FixedCredentials(() => 'a');
    expect(await stubborn.renewAfterRefusal(await stubborn.headers())).toBe(false);
  });
});
