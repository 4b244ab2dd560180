import type { KeyValueStorage } from '../auth/browser-token-store.js';

const KEY = 'tollgate.questions';
/** Running turns whose question is kept; the oldest goes first. */
const MAX_REMEMBERED_QUESTIONS = 20;

/**
 * The questions of running turns. The server stores a question only when its turn has ended; a page that is reloaded before shows it from here.
 */
export class RememberedQuestions {
  constructor(private readonly storage: KeyValueStorage | undefined) {}

  find(turnId: string): string | undefined {
    return this.read().find(([id]) => id === turnId)?.[1];
  }

  remember(turnId: string, question: string): void {
    this.write(
      [...this.read().filter(([id]) => id !== turnId), [turnId, question] as const].slice(
        -MAX_REMEMBERED_QUESTIONS,
      ),
    );
  }

  forget(turnId: string): void {
    this.write(this.read().filter(([id]) => id !== turnId));
  }

  clear(): void {
    this.write([]);
  }

  private read(): readonly (readonly [turnId: string, question: string])[] {
    try {
      const value: unknown = JSON.parse(this.storage?.getItem(KEY) ?? '[]');
      return Array.isArray(value) ? (value as [string, string][]) : [];
    } catch {
      // Somebody else's value under our key, or a storage that the browser has closed to us.
      return [];
    }
  }

  private write(entries: readonly (readonly [string, string])[]): void {
    try {
      if (entries.length === 0) this.storage?.removeItem(KEY);
      else this.storage?.setItem(KEY, JSON.stringify(entries));
    } catch {
      // A full or closed storage: a reload will show the answer without its question until it has ended.
    }
  }
}
