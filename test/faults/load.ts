import { randomUUID } from 'node:crypto';
import { answerTo } from './answers.js';
import type { Attempt, LoadUser, Manner } from './attempt.js';
import { Client } from './client.js';
import type { Phases } from './phases.js';

/** Turns of one session before a client begins another; its messages fit one page. */
const TURNS_PER_SESSION = 15;

/** A chatflow of the load. */
export interface LoadChatflow {
  readonly id: string;
  readonly price: number;
  readonly chargeOnStop: boolean;
  /** Whether `answerTo` knows its answers. */
  readonly known: boolean;
}

/** Clients that ask one question after the other, for as long as they may. */
export class Load {
  readonly client: Client;
  /** Turns that their clients are done with, to be taken away and judged. */
  finished: Attempt[] = [];
  /** Turns that clients are at. */
  readonly underWay = new Set<Attempt>();
  started = 0;
  private stopped = false;

  constructor(
    url: string,
    private readonly phases: Phases,
    private readonly users: readonly LoadUser[],
    private readonly chatflows: readonly LoadChatflow[],
  ) {
    this.client = new Client(url, phases);
  }

  /** Starts this many clients, spread over the users. @returns resolves when `stop` was called and all are done */
  async run(clients: number): Promise<void> {
    const user = (index: number): LoadUser => this.users[index % this.users.length]!;
    await Promise.all(Array.from({ length: clients }, (_, index) => this.runOne(user(index))));
  }

  /** Lets every client finish the turn it is at. */
  stop(): void {
    this.stopped = true;
  }

  private async runOne(user: LoadUser): Promise<void> {
    let sessionId: string | undefined;
    let turns = 0;
    for (;;) {
      await this.phases.whenOpen();
      if (this.stopped) return;
      const attempt = this.next(user, sessionId);
      this.underWay.add(attempt);
      await this.client.perform(attempt);
      this.underWay.delete(attempt);
      this.finished.push(attempt);
      turns = attempt.sessionId === sessionId ? turns + 1 : 1;
      // A client that left does not wait for its turn: its next question goes to another session.
      const stays = attempt.ended && turns < TURNS_PER_SESSION;
      sessionId = stays ? attempt.sessionId : undefined;
    }
  }

  private next(user: LoadUser, sessionId: string | undefined): Attempt {
    const chatflow = this.chatflows[pick([0.75, 0.15, 0.1])]!;
    const question = `q${this.started++}`;
    const manners: Manner[] = ['read', 'read-once', 'leave', 'stop'];
    return {
      user,
      chatflowId: chatflow.id,
      question,
      ...(chatflow.known ? { expected: answerTo(question).join('') } : {}),
      manner: manners[pick([0.55, 0.2, 0.12, 0.13])]!,
      ...(Math.random() < 0.3 ? { key: randomUUID() } : {}),
      ...(sessionId === undefined ? {} : { askedIn: sessionId, sessionId }),
      text: '',
      lastId: 0,
      ended: false,
      problems: [],
    };
  }
}

/** An index, as often as its weight says; the weights sum to 1. */
function pick(weights: readonly number[]): number {
  let left = Math.random();
  const found = weights.findIndex((weight) => (left -= weight) < 0);
  return Math.max(found, 0);
}
