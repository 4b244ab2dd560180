import type { Principal } from '../../../auth/principal.js';
import type { HistoryEntry } from '../../../upstream/chat-provider.port.js';
import { parseIdempotencyKey } from '../../turn/idempotency-key.js';
import type { StartTurn } from '../../turn/start-turn.js';
import { questionFrom, sessionIdFrom } from '../client-ids.js';
import type { FlowisePredictionDto } from './flowise.dto.js';

/** Flowise's clients send the flag as a boolean, its forms as a string. */
export function wantsStream({ streaming }: Pick<FlowisePredictionDto, 'streaming'>): boolean {
  return streaming === true || streaming === 'true';
}

/** @throws AppError `validation_failed` */
export function toStartTurn(
  principal: Principal,
  chatflowId: string,
  body: FlowisePredictionDto,
  key: string | undefined,
): StartTurn {
  const { overrideConfig, history, uploads } = body;
  const sessionId =
    sessionIdFrom(overrideConfig?.sessionId, 'overrideConfig.sessionId') ??
    sessionIdFrom(body.chatId, 'chatId');
  const idempotencyKey = parseIdempotencyKey(key);
  return {
    principal,
    chatflowId,
    question: questionFrom(body.question ?? formAsText(body.form), 'question'),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(history === undefined ? {} : { history: history.flatMap(toHistoryEntry) }),
    ...(overrideConfig === undefined ? {} : { overrideConfig }),
    ...(uploads === undefined ? {} : { uploads }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/** As Flowise itself asks a form. */
function formAsText(form: Record<string, unknown> = {}): string {
  return Object.entries(form)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}

function toHistoryEntry(entry: Record<string, unknown>): HistoryEntry[] {
  const role = entry.role ?? entry.type;
  const content = entry.content ?? entry.message;
  if (typeof role !== 'string' || typeof content !== 'string') return [];
  return [{ role: role === 'apiMessage' || role === 'assistant' ? 'assistant' : 'user', content }];
}
