import { openEventStream } from '../support/event-stream.js';
import type { Api } from './api.js';
import type { LoadUser } from './attempt.js';
import { CHATFLOWS, newUser } from './population.js';
import type { Violations } from './violations.js';
import { questionWord } from './words.js';

const CHATFLOW = CHATFLOWS[0]!;
/** For two turns, with something left over that is not enough for a third. */
const CREDITS_PER_ROUND = 2 * CHATFLOW.price + 1;
const ASKED_AT_ONCE = 12;
/** Tells its questions from all others. */
const USER = 998;

/** A key of a user with plenty of credits. */
export interface MadeKey {
  readonly user: LoadUser;
  readonly id: string;
  readonly key: string;
}

interface ShownKey {
  readonly id: string;
  readonly creditCap: number;
  readonly creditsUsed: number;
}

export async function makeCappedKey(api: Api): Promise<MadeKey> {
  const user = await newUser(api, USER);
  const { id, key } = await api.call<{ id: string; key: string }>('POST', '/auth/api-keys', user.token, {
    name: 'a cap',
    creditCap: 1,
  });
  return { user, id, key };
}

/** A key with a cap of credits that asks for more than that at once, while servers are killed: nobody may spend more than it says. */
export class CappedKey {
  private asked = 0;
  private completed = 0;
  private rounds = 0;
  refused = 0;

  constructor(
    private readonly made: MadeKey,
    private readonly url: string,
    private readonly api: Api,
    private readonly violations: Violations,
  ) {}

  /** Raises the cap and asks for more than that. Never rejects for a server that goes meanwhile. */
  async askAtOnce(): Promise<void> {
    const { id, user } = this.made;
    try {
      const { creditsUsed } = await this.shown();
      const creditCap = creditsUsed + CREDITS_PER_ROUND;
      await this.api.call('PATCH', `/auth/api-keys/${id}`, user.token, { creditCap });
      this.rounds++;
    } catch {
      // The server went: it is asked under the cap that there is.
    }
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, () => this.ask()));
  }

  /** To be called at rest. */
  async judge(): Promise<void> {
    const { creditCap, creditsUsed } = await this.shown();
    const facts = { creditCap, creditsUsed, completed: this.completed };
    if (creditsUsed > creditCap || creditsUsed < 0 || creditsUsed % CHATFLOW.price !== 0)
      this.violations.add('overspend', 'a key has spent what cannot be', facts);
    if (this.completed * CHATFLOW.price > creditsUsed)
      this.violations.add('overspend', 'more was answered than counts against the cap', facts);
  }

  /** To be called at the end: a cap that nobody has come up against shows nothing. */
  judgeWhole(): void {
    if (this.rounds > 0 && this.refused === 0)
      this.violations.add('other', 'a key with a cap was never refused', { rounds: this.rounds });
  }

  private async shown(): Promise<ShownKey> {
    const { data } = await this.api.get<{ data: readonly ShownKey[] }>(
      '/auth/api-keys',
      this.made.user.token,
    );
    const found = data.find(({ id }) => id === this.made.id);
    if (found === undefined) throw new Error('The key with a cap is gone');
    return found;
  }

  private async ask(): Promise<void> {
    const word = questionWord(USER, this.asked++);
    try {
      const stream = await openEventStream(`${this.url}/predict/stream/store`, {
        token: this.made.key,
        body: { chatflow_id: CHATFLOW.id, question: `${word}: Go on.` },
      });
      if (stream.status === 402) this.refused++;
      for await (const { json } of stream) if (json?.event === 'metadata') this.completed++;
    } catch {
      // The server went.
    }
  }
}
