import type { FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import type { Attempt } from './attempt.js';
import type { Incarnation } from './incarnation.js';
import type { Violations } from './violations.js';
import { wordsIn } from './words.js';

type Asked = ReadonlyMap<string, readonly Attempt[]>;

/** Looks at what the upstream was told and what it remembers. */
export class UpstreamChecks {
  constructor(
    private readonly double: FlowiseDouble,
    private readonly asked: Asked,
    private readonly violations: Violations,
  ) {}

  /** @returns how many memories of deleted sessions there still are */
  countDeadMemories(): number {
    return this.memories().filter(({ lives }) => lives.some(({ isDeleted }) => isDeleted)).length;
  }

  /** To be called when deleted sessions must be forgotten. */
  judge(): { readonly memories: number } {
    const memories = this.memories();
    for (const { flowId, sessionId, lives, content } of memories) {
      const facts = { flowId, sessionId, content };
      if (lives.length > 1) this.violations.add('leak', 'one memory of several sessions', facts);
      if (lives.some(({ isDeleted }) => isDeleted))
        this.violations.add('leak', 'a deleted session is remembered', facts);
    }
    this.judgeIds();
    return { memories: memories.length };
  }

  /** One run, one chat id, unless it goes on behind a human's answer; and nothing that a client chose. */
  private judgeIds(): void {
    const chats = new Set<string>();
    const chosen = new Set([...this.asked.values()].flat().map(({ asking }) => asking.askedIn));
    for (const { body } of this.double.requests) {
      const chatId = String(body.chatId);
      const memory = String((body.overrideConfig as { sessionId?: unknown } | undefined)?.sessionId);
      if (chats.has(chatId) && body.humanInput === undefined)
        this.violations.add('leak', 'two runs under one chat id', body);
      chats.add(chatId);
      if (chosen.has(chatId) || chosen.has(memory))
        this.violations.add('leak', 'the upstream was given an id of a client', body);
    }
  }

  private memories() {
    const ids = new Map(
      this.double.runs.map(({ flowId, sessionId }) => [`${flowId} ${sessionId}`, { flowId, sessionId }]),
    );
    return [...ids.values()].flatMap(({ flowId, sessionId }) => {
      const content = this.double.memoryOf(flowId, sessionId).map((entry) => entry.content);
      if (content.length === 0) return [];
      return [{ flowId, sessionId, content, lives: this.livesIn(content) }];
    });
  }

  private livesIn(content: readonly string[]): readonly Incarnation[] {
    const words = content.flatMap((text) => wordsIn(text).map(({ question }) => question));
    const attempts = [...new Set(words)].flatMap((word) => this.asked.get(word) ?? []);
    return [...new Set(attempts.flatMap(({ incarnation }) => incarnation ?? []))];
  }
}
