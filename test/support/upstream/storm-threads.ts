import { setBounded } from './flowise-double/bounded.js';

/** One question and its answer, as a thread remembers them. */
export interface ThreadEntry {
  readonly question: string;
  readonly answer: string;
}

/** More digits than a number can hold: an id that is read as a number names nothing. */
const FIRST_ID = 7_335_021_897_265_348_600n;

/** The conversations of a Storm server, which gives them their ids. */
export class StormThreads {
  private readonly threads = new Map<string, ThreadEntry[]>();
  private given = 0n;

  nextId(): string {
    this.given += 1n;
    return String(FIRST_ID + this.given);
  }

  open(): string {
    const id = this.nextId();
    setBounded(this.threads, id, []);
    return id;
  }

  ids(): readonly string[] {
    return [...this.threads.keys()];
  }

  /** @returns `undefined`: there is no such thread */
  find(id: string): readonly ThreadEntry[] | undefined {
    return this.threads.get(id);
  }

  /** A thread that was forgotten meanwhile stays forgotten. */
  remember(id: string, entry: ThreadEntry): void {
    this.threads.get(id)?.push(entry);
  }

  forget(): void {
    this.threads.clear();
  }
}
