import { getConnectionToken } from '@nestjs/mongoose';
import { SignJWT, type JWTPayload } from 'jose';
import type { Connection } from 'mongoose';
import type { Scope } from '../../../src/contract/principal.js';
import { newId } from '../../../src/platform/ids.js';
import { TestIssuer } from '../auth/test-issuer.js';
import { startTestServer, type TestServer } from '../test-server.js';

export type Credentials = Readonly<Record<string, string>>;

export interface Person {
  readonly userId: string;
  readonly token: Credentials;
}

const SECRET = 'a secret of those who share a house, long enough';
const SETTINGS = {
  TURNS_PER_MINUTE: '1000000',
  CONCURRENT_TURNS: '1000000',
  DEFAULT_CHATFLOW: 'assistant',
  STORM_CHATFLOW: 'assistant',
};

const bearer = (token: string): Credentials => ({ authorization: `Bearer ${token}` });

/** A server, and whoever lets its users in: itself, or an issuer outside. */
export class House {
  private constructor(
    readonly server: TestServer,
    private readonly issuer: TestIssuer | undefined,
  ) {}

  static async open(kind: 'own accounts' | 'external issuer'): Promise<House> {
    if (kind === 'own accounts')
      return new House(await startTestServer({ ...SETTINGS, JWT_SECRET: SECRET }), undefined);
    const issuer = await TestIssuer.start(['RS256']);
    return new House(await startTestServer({ ...SETTINGS, ...issuer.env }), issuer);
  }

  async newPerson(): Promise<Person> {
    if (this.issuer === undefined) {
      const { userId, token } = await this.server.registerUser();
      return { userId, token: bearer(token) };
    }
    const token = bearer(await this.issuer.token({ sub: `person-${newId()}` }));
    const { body } = await this.server.request.get('/auth/me').set(token).expect(200);
    return { userId: String(body.userId), token };
  }

  /** A person who is an admin as well. */
  async newAdmin(): Promise<Person> {
    if (this.issuer !== undefined) {
      const token = bearer(await this.issuer.token({ sub: `admin-${newId()}`, roles: ['admin'] }));
      const { body } = await this.server.request.get('/auth/me').set(token).expect(200);
      return { userId: String(body.userId), token };
    }
    const { userId, token } = await this.server.registerUser();
    await this.server.request
      .patch(`/users/${userId}`)
      .set(bearer((await this.server.admin()).token))
      .send({ roles: ['user', 'admin'] })
      .expect(200);
    return { userId, token: bearer(token) };
  }

  /** @param scopes those that a key has by itself when absent */
  async newKey(
    { token }: Person,
    scopes?: readonly Scope[],
  ): Promise<{ readonly id: string; readonly headers: Credentials }> {
    const { body } = await this.server.request
      .post('/auth/api-keys')
      .set(token)
      .send({ name: 'a program', expiresAt: '2099-12-31T23:59:59Z', scopes })
      .expect(201);
    return { id: String(body.id), headers: { 'x-api-key': String(body.key) } };
  }

  /** Credentials that let nobody in, by what they are; those that once did were the person's. */
  async refusedOf(person: Person): Promise<Readonly<Record<string, Credentials>>> {
    const revoked = await this.newKey(person);
    await this.server.request.delete(`/auth/api-keys/${revoked.id}`).set(person.token).expect(204);
    const lapsed = await this.newKey(person);
    await this.database
      .collection<{ _id: string }>('api_keys')
      .updateOne({ _id: lapsed.id }, { $set: { expiresAt: new Date(Date.now() - 1000) } });
    const past = Math.floor(Date.now() / 1000) - 3600;
    const expired = { sub: person.userId, iat: past, exp: past + 60 };
    return {
      nobody: {},
      'an expired token': bearer(await (this.issuer?.token(expired) ?? this.signed(expired))),
      'a forged token': bearer(
        await this.signed({ sub: person.userId }, 'another secret, which is as long as the first'),
      ),
      'a malformed token': bearer('a.b.c'),
      'a revoked key': revoked.headers,
      'an expired key': lapsed.headers,
      'a key of nobody': { 'x-api-key': `tg_${'0'.repeat(43)}` },
      ...(this.issuer === undefined
        ? {}
        : { 'a token for others': bearer(await this.issuer.token({ aud: 'others' })) }),
    };
  }

  /** Of whom keys may have the scope `admin`. */
  get hasAdminKeys(): boolean {
    return this.issuer === undefined;
  }

  get database(): Connection {
    return this.server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.issuer?.close();
  }

  private signed(claims: JWTPayload, secret = SECRET): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iat: now, exp: now + 3600, sid: newId(), ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret));
  }
}
