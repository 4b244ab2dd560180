import { randomUUID } from 'node:crypto';
import type { HumanInput, MemoryEntry } from './flow.js';

/** A prediction's body as Flowise reads it. */
export interface Prediction {
  readonly flowId: string;
  readonly question: string;
  readonly streaming: boolean;
  readonly chatId: string;
  readonly sessionId: string;
  /** Told to the flow before its memory, never remembered. */
  readonly history: readonly MemoryEntry[];
  readonly uploads: unknown;
  readonly humanInput?: HumanInput;
}

type Body = Readonly<Record<string, unknown>>;

/** The chat id falls back on the session id, and the session id on the chat id. */
export function readPrediction(flowId: string, body: Body): Prediction {
  const overrideConfig = (body.overrideConfig ?? {}) as Body;
  const chatId = asId(body.chatId) ?? asId(overrideConfig.sessionId) ?? randomUUID();
  const humanInput = body.humanInput as HumanInput | undefined;
  return {
    flowId,
    question: questionOf(body, humanInput),
    streaming: body.streaming === true || body.streaming === 'true',
    chatId,
    sessionId: asId(overrideConfig.sessionId) ?? chatId,
    history: Array.isArray(body.history) ? (body.history as readonly MemoryEntry[]) : [],
    uploads: body.uploads,
    ...(humanInput !== undefined && { humanInput }),
  };
}

/** Only agent flows look closely. @throws Error in Flowise's words */
export function checkHistory(history: readonly MemoryEntry[]): void {
  if (history.every(isEntry)) return;
  throw new Error(
    'Invalid history format. Each history item must have: { role: "apiMessage" | "userMessage", content: string }',
  );
}

/** What is remembered as the user's words: Flowise takes a human's feedback for want of a question. */
function questionOf({ question, form }: Body, humanInput: HumanInput | undefined): string {
  if (typeof question === 'string' && question !== '') return question;
  if (typeof form === 'object' && form !== null) {
    return Object.entries(form)
      .map(([key, value]) => `${key}: ${String(value)}`)
      .join('\n');
  }
  return humanInput?.feedback ?? ' ';
}

const asId = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function isEntry(entry: unknown): boolean {
  const { role, content } = (entry ?? {}) as Body;
  return (role === 'userMessage' || role === 'apiMessage') && typeof content === 'string';
}
