import { randomUUID } from 'node:crypto';
import type { Api } from '../../faults/api.js';
import type { LoadUser } from '../../faults/attempt.js';
import { CHATFLOWS, newUser } from '../../faults/population.js';
import type { Violations } from '../../faults/violations.js';
import { questionWord } from '../../faults/words.js';
import { openEventStream } from '../../support/event-stream.js';
import type { ClusterWorld } from './cluster-world.js';

const CHATFLOW = CHATFLOWS[0]!;
/** For two turns, with something left over that is not enough for a third. */
const CREDITS_PER_ROUND = 2 * CHATFLOW.price + 1;
const ASKED_AT_ONCE = 24;
/** Tells its questions from all others. */
const USER = 999;

interface Balance {
  readonly available: number;
  readonly held: number;
}

/** A user with few credits who asks every instance at once, again and again: nobody may spend more than there is. */
export class PoorUser {
  private asked = 0;
  private given = 0;
  private completed = 0;
  refused = 0;

  private constructor(
    private readonly user: LoadUser,
    private readonly world: ClusterWorld,
    private readonly violations: Violations,
  ) {}

  static async make(world: ClusterWorld, violations: Violations): Promise<PoorUser> {
    const user = await newUser(world.api, USER);
    const { available } = await balanceOf(world.api, user);
    const poor = new PoorUser(user, world, violations);
    await poor.adjust(-available);
    return poor;
  }

  /** Gives it something and has it ask for more than that. Never rejects for an instance that goes meanwhile. */
  async askAtOnce(): Promise<void> {
    await this.adjust(CREDITS_PER_ROUND);
    this.given += CREDITS_PER_ROUND;
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, (_, index) => this.ask(index)));
  }

  /** To be called at rest. */
  async judge(): Promise<void> {
    const { available, held } = await balanceOf(this.world.api, this.user);
    const facts = { available, held, given: this.given, completed: this.completed };
    const spent = this.given - available;
    if (available < 0 || held !== 0 || spent % CHATFLOW.price !== 0)
      this.violations.add('overspend', 'a balance that cannot be', facts);
    if (this.completed * CHATFLOW.price > spent)
      this.violations.add('overspend', 'more was answered than was paid for', facts);
  }

  private async ask(index: number): Promise<void> {
    const { instances } = this.world;
    const word = questionWord(USER, this.asked++);
    try {
      const stream = await openEventStream(
        `${instances[index % instances.length]?.url}/predict/stream/store`,
        {
          token: this.user.token,
          body: { chatflow_id: CHATFLOW.id, question: `${word}: Go on.` },
        },
      );
      if (stream.status === 402) this.refused++;
      for await (const { json } of stream) if (json?.event === 'metadata') this.completed++;
    } catch {
      // The instance went.
    }
  }

  private async adjust(amount: number): Promise<void> {
    const { api, people } = this.world;
    const path = `/accounting/accounts/${this.user.userId}/adjustments`;
    const body = { amount, reason: 'Few credits' };
    await api.call('POST', path, people.adminToken, body, undefined, { 'idempotency-key': randomUUID() });
  }
}

function balanceOf(api: Api, { token }: LoadUser): Promise<Balance> {
  return api.get<Balance>('/accounting/balance', token);
}
