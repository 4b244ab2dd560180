import type { Api } from './api.js';
import type { Attempt, LoadUser } from './attempt.js';
import { Client } from './client.js';
import type { Phases } from './phases.js';
import type { Random } from './random.js';
import { Sessions } from './sessions.js';
import { User } from './user.js';
import type { Violations } from './violations.js';

/** A chatflow of the load. */
export interface LoadChatflow {
  readonly id: string;
  /** The kind of flow that answers; absent: not the double's. */
  readonly kind?: 'chain' | 'toolAgent' | 'agentflow2' | 'humanInput' | 'sequentialAgents' | 'nonStreaming';
  readonly price: number;
  readonly chargeOnStop: boolean;
  readonly onDisconnect: 'continue' | 'stop';
  /** How often a session is begun with it. */
  readonly weight: number;
  readonly fallback?: string;
}

export interface LoadWorld {
  readonly url: string;
  readonly api: Api;
  readonly users: readonly LoadUser[];
  readonly chatflows: readonly LoadChatflow[];
  readonly random: (name: string) => Random;
  /** Statuses that say nothing about what was asked: whoever gets one tries again. None for clients that speak to their server itself. */
  readonly passing?: readonly number[];
  /**
   * Milliseconds between the arrival of a question and its turn's opening, at most. An instance knows of the turns of others only by what it
   * finds when it opens its own: a repeat may miss one that has ended meanwhile. None where a single instance knows of all.
   */
  readonly admissionMs?: number;
}

/** What clients have done besides asking. */
export interface Deeds {
  yielded: number;
  repeated: number;
  attached: number;
  regenerated: number;
  raced: number;
}

/** Clients that ask one question after the other, for as long as they may. */
export class Load {
  readonly client: Client;
  readonly sessions: Sessions;
  /** Turns that their clients are done with, to be taken away and judged. */
  finished: Attempt[] = [];
  /** Turns that clients are at. */
  readonly underWay = new Set<Attempt>();
  /** Every question that was asked, by its word. */
  readonly asked = new Map<string, Attempt[]>();
  readonly deeds: Deeds = { yielded: 0, repeated: 0, attached: 0, regenerated: 0, raced: 0 };
  started = 0;
  isStopped = false;

  constructor(
    readonly world: LoadWorld,
    readonly phases: Phases,
    readonly violations: Violations,
  ) {
    const { url, api, passing = [] } = world;
    this.client = new Client(url, phases, world.random('client'), passing);
    this.sessions = new Sessions(url, api, phases, violations, passing);
  }

  /**
   * Starts this many clients, spread over the users; those of one user have sessions of their own, with names that clients of the others have
   * too. @returns resolves when `stop` was called and all are done
   */
  async run(clients: number): Promise<void> {
    const { users } = this.world;
    await Promise.all(
      Array.from({ length: clients }, (_, index) => {
        const user = users[index % users.length];
        if (user === undefined) throw new Error('There is no user');
        return new User(this, user, Math.floor(index / users.length)).run();
      }),
    );
  }

  /** Lets every client finish the turn it is at. */
  stop(): void {
    this.isStopped = true;
  }

  begin(attempt: Attempt): void {
    const { word } = attempt.asking;
    this.asked.set(word, [...(this.asked.get(word) ?? []), attempt]);
    this.underWay.add(attempt);
  }

  finish(attempt: Attempt): void {
    this.underWay.delete(attempt);
    this.finished.push(attempt);
  }
}
