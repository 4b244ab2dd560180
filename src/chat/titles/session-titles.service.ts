import { randomUUID } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Chatflow } from '../../chatflows/chatflow.js';
import { ChatflowRegistry } from '../../chatflows/chatflow-registry.port.js';
import { canMakeTitles } from '../../chatflows/title-rules.js';
import { newId } from '../../platform/ids.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { Tracing } from '../../platform/tracing/tracing.port.js';
import { ProviderRegistry, type UpstreamConversation } from '../../upstream/chat-provider.port.js';
import { UpstreamCaller, type UpstreamRoute } from '../../upstream/upstream-caller.port.js';
import { HistoryStore } from '../records/history.store.port.js';
import type { TurnRecord } from '../records/turn.js';
import { SearchTitles } from '../search/search-titles.service.js';
import { titleIn, titlePrompt } from './title-text.js';

/** Titles that are made at once on an instance; beyond it sessions keep the first words. */
const TITLES_AT_ONCE = 8;
/** After this the first words do. */
const TITLE_TIMEOUT_MS = 20_000;
/** Who says more than this says no title. */
const MAX_SAID_CHARACTERS = 1000;

/**
 * Names sessions: once their first turn has completed, the chatflow that its chatflow names for it is asked for a title, beside everything else.
 * Nobody waits for it and nobody pays for it; what goes wrong leaves the first words.
 */
@Injectable()
export class SessionTitles implements BeforeApplicationShutdown {
  private readonly underWay = new Set<Promise<void>>();
  private readonly shutdown = new AbortController();

  constructor(
    private readonly chatflows: ChatflowRegistry,
    private readonly providers: ProviderRegistry,
    private readonly upstream: UpstreamCaller,
    private readonly history: HistoryStore,
    private readonly search: SearchTitles,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {}

  /** What was begun has no title. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort();
    await Promise.all(this.underWay);
  }

  /** Of a turn that has completed. Returns at once. @param chatflow its own */
  begin(turn: TurnRecord, answer: string, { title }: Chatflow): void {
    const isFirst = (turn.sessionPlace?.position ?? 0) === 0;
    if (title === undefined || !isFirst || this.shutdown.signal.aborted) return;
    if (this.underWay.size >= TITLES_AT_ONCE) {
      this.log.info({ turnId: turn.id }, 'A session keeps its first words: too many titles are being made');
      return;
    }
    const prompt = titlePrompt(turn.question, answer, title.prompt);
    const making = this.tracing.within(
      'title',
      () => ({ attributes: { 'tollgate.turn.id': turn.id } }),
      () => this.make(turn, title.chatflow, prompt),
    );
    const made = making.catch((error: unknown) =>
      this.log.warn({ turnId: turn.id, err: error }, 'No title was made for a session'),
    );
    this.underWay.add(made);
    void made.then(() => this.underWay.delete(made));
  }

  private async make({ userId, sessionId }: TurnRecord, chatflowId: string, prompt: string): Promise<void> {
    const chatflow = await this.chatflows.find(chatflowId);
    // It may have been changed, disabled or removed since it was named.
    if (chatflow === undefined || chatflow.disabled === true || !canMakeTitles(chatflow)) return;
    const topic = titleIn(await this.ask(chatflow, userId, prompt));
    if (topic !== undefined && (await this.history.titleSession(userId, sessionId, topic)))
      await this.search.put({ userId, id: sessionId, topic });
  }

  private async ask(chatflow: Chatflow, userId: string, question: string): Promise<string> {
    const { id: chatflowId, provider, upstream: target } = chatflow;
    const memory = this.providers.get(provider).memory === 'kept' ? newMemory() : undefined;
    const conversation = memory === undefined ? {} : { conversation: memory };
    const request = { turnId: newId(), userId, chatflowId, target, question, history: [], ...conversation };
    try {
      return await this.read({ provider, request });
    } finally {
      if (memory !== undefined) await this.forget(chatflow, memory);
    }
  }

  private async read(route: UpstreamRoute): Promise<string> {
    const enough = new AbortController();
    const signal = AbortSignal.any([
      enough.signal,
      this.shutdown.signal,
      AbortSignal.timeout(TITLE_TIMEOUT_MS),
    ]);
    const call = this.upstream.call(only(route), signal);
    let said = '';
    try {
      for await (const batch of call.events)
        for (const event of batch) {
          if (event.type === 'text-delta') said += event.text;
          if (said.length > MAX_SAID_CHARACTERS) throw new Error('What was to be a title is too long.');
        }
      return said;
    } catch (error) {
      enough.abort();
      // It would work on.
      await call.stop();
      throw error;
    }
  }

  /** The upstream has nothing to remember of it. */
  private async forget({ id, provider, upstream }: Chatflow, memory: UpstreamConversation): Promise<void> {
    try {
      const forgotten = { id: memory.id, chatflowId: id, target: upstream };
      await this.providers.get(provider).forget(forgotten, AbortSignal.timeout(TITLE_TIMEOUT_MS));
    } catch (error) {
      this.log.warn({ chatflowId: id, err: error }, 'An upstream could not be told to forget a title');
    }
  }
}

/** One that nobody goes on with. */
function newMemory(): UpstreamConversation {
  return { id: randomUUID(), named: () => Promise.resolve() };
}

async function* only(route: UpstreamRoute): AsyncGenerator<UpstreamRoute> {
  yield await Promise.resolve(route);
}
