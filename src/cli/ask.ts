import { TollgateError, type StoppedTurn, type TollgateClient } from '@tollgate/client';
import type { Reply, ReplyTo } from './agent-question.js';
import { AgentReplies } from './agent-replies.js';
import { AnswerDisplay } from './answer-display.js';
import { say } from './terminal.js';

export interface AskOptions {
  readonly client: TollgateClient;
  readonly question: string;
  /** Left out: the session's, and in a new one the built-in assistant. */
  readonly chatflow: string | undefined;
  readonly session: string | undefined;
  readonly json: boolean;
  readonly reasoning: boolean;
  /** Asks the person what an agent wants to know; left out when nobody is there. */
  readonly replyTo?: ReplyTo;
}

export interface Asked {
  readonly sessionId: string | undefined;
  /** Whether the person stopped it. */
  readonly isStopped: boolean;
}

/**
 * Asks one question, and answers what agents ask back, until there is nothing to answer any more. Ctrl-C stops the turn and waits until it is settled; a
 * second one ends the program.
 * @throws TollgateError when a turn did not complete for another reason
 */
export async function ask(options: AskOptions): Promise<Asked> {
  const { client, session } = options;
  // A conversation belongs to its chatflow, and is charged as that.
  const chatflow =
    options.chatflow ?? (session === undefined ? undefined : (await client.sessions.get(session)).chatflowId);
  let turn = await oneTurn({ ...options, chatflow }, undefined);
  while (turn.reply !== undefined) {
    const { reply, sessionId } = turn;
    const question = reply.content ?? reply.action;
    turn = await oneTurn({ ...options, chatflow, session: sessionId, question }, reply);
  }
  return turn;
}

/** @param given what the person has replied to the question that the session's last turn has ended with */
async function oneTurn(
  { client, question, chatflow, session, json, reasoning, replyTo }: AskOptions,
  given: Reply | undefined,
): Promise<Asked & { readonly reply?: Reply }> {
  const display = new AnswerDisplay({ json, reasoning });
  const replies = new AgentReplies(replyTo, {
    give: (reply) => provide(client, stream.turnId, reply),
    stop: () => stopping.stop(),
  });
  const stream = client.chat.stream({
    question,
    ...(chatflow === undefined ? {} : { chatflowId: chatflow }),
    ...(session === undefined ? {} : { sessionId: session }),
    ...(given === undefined ? {} : { humanInput: humanInput(given) }),
    onToken: (text) => {
      replies.takeBack();
      return display.text(text);
    },
    onThinking: (text) => display.thought(text),
    onToolCall: (call) => display.toolCall(call),
    onReconnect: ({ attempt }) => display.note(`connection lost, reconnecting (${attempt})`),
    onInputRequest: (request) => {
      display.pause();
      replies.ask(request);
    },
  });
  const stopping = stopOnInterrupt(() => stream.stop());
  display.begin();
  try {
    const result = await stream.result();
    // Before anything else is said: somebody may be typing it.
    const reply = await replies.rest();
    display.completed(result);
    return { sessionId: stream.sessionId, isStopped: false, ...(reply === undefined ? {} : { reply }) };
  } catch (error) {
    replies.takeBack();
    display.end();
    const stopped = await stopping.outcome();
    if (stopped === undefined || !(error instanceof TollgateError) || !error.is('turn_stopped')) throw error;
    display.stopped(stopped, { text: stream.text, sessionId: stream.sessionId });
    return { sessionId: stream.sessionId, isStopped: true };
  } finally {
    stopping.release();
  }
}

/** @returns whether the turn has waited for the reply */
async function provide(client: TollgateClient, turnId: string | undefined, reply: Reply): Promise<boolean> {
  if (turnId === undefined) return false;
  const { action, content } = reply;
  try {
    await client.turns.provideInput(turnId, content === undefined ? { action } : { content });
    return true;
  } catch (error) {
    if (error instanceof TollgateError && error.is('conflict')) return false;
    throw error;
  }
}

const humanInput = ({ action, content }: Reply) => ({
  type: action,
  ...(content === undefined ? {} : { feedback: content }),
});

function stopOnInterrupt(stop: () => Promise<StoppedTurn>) {
  let stopped: Promise<StoppedTurn | undefined> | undefined;
  const stopOnce = (): void => {
    stopped ??= stop().catch((error: unknown) => {
      say(error instanceof Error ? error.message : String(error));
      return undefined;
    });
  };
  const onInterrupt = (): void => {
    if (stopped !== undefined) process.exit(130);
    stopOnce();
  };
  process.on('SIGINT', onInterrupt);
  return {
    stop: stopOnce,
    outcome: async (): Promise<StoppedTurn | undefined> => stopped,
    release: () => process.off('SIGINT', onInterrupt),
  };
}
