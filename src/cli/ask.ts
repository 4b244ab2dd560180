import {
  TollgateError,
  type ChatResult,
  type StoppedTurn,
  type StreamStatistics,
  type TollgateClient,
} from '@tollgate/client';
import { dim, printable, say, Spinner } from './terminal.js';

export interface AskOptions {
  readonly client: TollgateClient;
  readonly question: string;
  readonly chatflow: string | undefined;
  readonly session: string | undefined;
  readonly json: boolean;
}

export interface Asked {
  readonly sessionId: string | undefined;
  /** Whether the person stopped it. */
  readonly isStopped: boolean;
}

/**
 * Asks one question and writes the answer as it comes. Ctrl-C stops the turn and waits until it is settled; a second one ends the program.
 * @throws TollgateError when the turn did not complete for another reason
 */
export async function ask({ client, question, chatflow, session, json }: AskOptions): Promise<Asked> {
  const spinner = new Spinner();
  let endsInNewline = true;
  const stream = client.chat.stream({
    question,
    ...(chatflow === undefined ? {} : { chatflowId: chatflow }),
    ...(session === undefined ? {} : { sessionId: session }),
    onToken: (text) => {
      spinner.stop();
      if (json || text === '') return undefined;
      endsInNewline = text.endsWith('\n');
      return write(printable(text));
    },
    onToolCall: ({ name, output }) => {
      if (json || output !== undefined) return;
      spinner.stop();
      say(dim(`· ${printable(name)}`));
      spinner.start('Working');
    },
    onReconnect: ({ attempt }) => {
      if (!json) say(dim(`· connection lost, reconnecting (${attempt})`));
    },
  });
  const stopping = stopOnInterrupt(() => stream.stop());
  if (!json) spinner.start('Thinking');
  try {
    const result = await stream.result();
    spinner.stop();
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      if (!endsInNewline) process.stdout.write('\n');
      say(dim(summary(result)));
    }
    return { sessionId: stream.sessionId, isStopped: false };
  } catch (error) {
    spinner.stop();
    if (!endsInNewline) process.stdout.write('\n');
    const stopped = await stopping.outcome();
    if (stopped === undefined || !(error instanceof TollgateError) || !error.is('turn_stopped')) throw error;
    if (json)
      process.stdout.write(
        `${JSON.stringify({ ...stopped, text: stream.text, sessionId: stream.sessionId })}\n`,
      );
    else say(dim(`Stopped · ${credits(stopped.charged)} charged`));
    return { sessionId: stream.sessionId, isStopped: true };
  } finally {
    stopping.release();
  }
}

/** Resolves when the terminal or the pipe has taken it, so that a slow reader holds the answer back. */
function write(text: string): Promise<void> | undefined {
  if (process.stdout.write(text)) return undefined;
  return new Promise((resolve) => process.stdout.once('drain', resolve));
}

function stopOnInterrupt(stop: () => Promise<StoppedTurn>) {
  let stopped: Promise<StoppedTurn | undefined> | undefined;
  const onInterrupt = (): void => {
    if (stopped !== undefined) process.exit(130);
    stopped = stop().catch((error: unknown) => {
      say(error instanceof Error ? error.message : String(error));
      return undefined;
    });
  };
  process.on('SIGINT', onInterrupt);
  return {
    outcome: async (): Promise<StoppedTurn | undefined> => stopped,
    release: () => process.off('SIGINT', onInterrupt),
  };
}

/** The line after an answer. */
export function summary({
  charged,
  statistics,
  sources,
}: Pick<ChatResult, 'charged' | 'statistics' | 'sources'>): string {
  return [
    credits(charged),
    firstToken(statistics),
    `${(statistics.durationMs / 1000).toFixed(1)} s`,
    ...(statistics.tokensPerSecond > 0 ? [`${Math.round(statistics.tokensPerSecond)} tokens/s`] : []),
    ...(sources.length > 0 ? [`${sources.length} ${sources.length === 1 ? 'source' : 'sources'}`] : []),
    ...(statistics.retries > 0 ? [`${statistics.retries} reconnects`] : []),
  ].join(' · ');
}

const firstToken = ({ firstTokenMs }: StreamStatistics): string =>
  firstTokenMs === undefined ? 'no text' : `first token after ${Math.round(firstTokenMs)} ms`;

const credits = (amount: number): string => `${amount} ${amount === 1 ? 'credit' : 'credits'}`;
