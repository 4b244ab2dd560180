import { randomUUID } from 'node:crypto';
import type { Phases } from '../faults/phases.js';
import type { Random } from '../faults/random.js';
import type { AdminRequest, Deed } from './admin-request.js';

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

const CHATFLOWS = 6;
/** More than anybody has. */
const TOO_MUCH = -100_000_000;
const SHARES = [
  ['adjust', 0.3],
  ['put', 0.15],
  ['delete', 0.08],
  ['key', 0.12],
  ['rotate', 0.05],
  ['revoke', 0.08],
  ['user', 0.1],
  ['sign-out', 0.04],
  ['reset', 0.04],
  ['sign-in', 0.04],
] as const;

/** One admin who changes keys, users, credits and chatflows, one thing after the other, whatever happens to the server. */
export class Admin {
  /** Ids of keys that it made. */
  private readonly keys: string[] = [];
  private count = 0;

  constructor(
    private readonly index: number,
    private readonly person: Person,
    private readonly victims: readonly Person[],
    private readonly urlOf: () => string,
    private readonly random: Random,
    private readonly deeds: Deed[],
  ) {}

  async run(phases: Phases, isOver: () => boolean): Promise<void> {
    for (;;) {
      await phases.whenOpen();
      if (isOver()) return;
      this.deeds.push(await this.ask(this.next()));
    }
  }

  private async ask(request: AdminRequest): Promise<Deed> {
    const { word, kind, method, path, body, headers } = request;
    try {
      const answer = await fetch(`${this.urlOf()}${path}`, {
        method,
        headers: {
          ...(kind === 'sign-in' ? {} : { authorization: `Bearer ${this.person.token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          'x-request-id': word,
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const read = (text === '' ? {} : JSON.parse(text)) as { readonly id?: string; readonly code?: string };
      if (kind === 'key' && answer.ok && read.id !== undefined) this.keys.push(read.id);
      return { request, status: answer.status, code: answer.ok ? undefined : read.code };
    } catch {
      return { request, status: undefined, code: undefined };
    }
  }

  private next(): AdminRequest {
    const { random } = this;
    const word = `w${this.index}-${(this.count += 1)}`;
    const kind = random.pick(SHARES);
    const victim = this.victims[random.below(this.victims.length)];
    if (victim === undefined) throw new Error('There is nobody');
    const { userId, email, password } = victim;
    const chatflow = `/chatflows/flow-${random.below(CHATFLOWS)}`;
    switch (kind) {
      case 'adjust': {
        const amount = random.chance(0.1) ? TOO_MUCH : 1 + random.below(9);
        const path = `/accounting/accounts/${userId}/adjustments`;
        const headers = { 'idempotency-key': randomUUID() };
        return { word, kind, method: 'POST', path, body: { amount, reason: word }, headers };
      }
      case 'put': {
        const body = { name: word, provider: 'assistant', price: { credits: 1 }, access: { public: true } };
        return { word, kind, method: 'PUT', path: chatflow, body };
      }
      case 'delete':
        return { word, kind, method: 'DELETE', path: chatflow };
      case 'key':
        // Of a hundred that one may have the oldest make room.
        if (this.keys.length > 80) return this.revokeOldest(word);
        return { word, kind, method: 'POST', path: '/auth/api-keys', body: { name: word } };
      case 'rotate': {
        const path = `/auth/api-keys/${this.keys.at(-1) ?? 'none'}/rotate`;
        return { word, kind, method: 'POST', path, body: { overlapSeconds: 60 } };
      }
      case 'revoke':
        return this.revokeOldest(word);
      case 'user': {
        const body = random.chance(0.5)
          ? { disabled: random.chance(0.5) }
          : { roles: random.chance(0.5) ? ['user'] : ['user', 'admin'] };
        return { word, kind, method: 'PATCH', path: `/users/${userId}`, body };
      }
      case 'sign-out':
        return { word, kind, method: 'DELETE', path: `/users/${userId}/sign-ins` };
      case 'reset':
        return { word, kind, method: 'POST', path: `/users/${userId}/password-reset` };
      case 'sign-in':
        return { word, kind, method: 'POST', path: '/auth/login', body: { email, password } };
    }
  }

  private revokeOldest(word: string): AdminRequest {
    const path = `/auth/api-keys/${this.keys.shift() ?? 'none'}`;
    return { word, kind: 'revoke', method: 'DELETE', path };
  }
}
