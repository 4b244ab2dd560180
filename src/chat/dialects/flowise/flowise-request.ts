import type { Principal } from '../../../contract/principal.js';
import type { BroughtEntry } from '../../client-input/client-input.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { questionFrom, sessionIdFrom } from '../client-ids.js';
import { toDecision } from '../human-input.dto.js';
import { toFiles } from '../predict/predict.dto.js';
import type { FlowisePredictionDto } from './flowise.dto.js';

const LABELS = { proceed: 'Proceed', reject: 'Reject' } as const;

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
): TurnRequest {
  const { overrideConfig, history, uploads, humanInput } = body;
  const sessionId =
    sessionIdFrom(overrideConfig?.sessionId, 'overrideConfig.sessionId') ??
    sessionIdFrom(body.chatId, 'chatId');
  const idempotencyKey = parseIdempotencyKey(key);
  return {
    principal,
    chatflowId,
    question: questionFrom(askedBy(body), 'question'),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(history ? { history: history.flatMap(toHistoryEntry) } : {}),
    ...(overrideConfig ? { overrideConfig } : {}),
    ...(uploads ? { uploads: toFiles(uploads) } : {}),
    ...(humanInput ? { humanInput: toDecision(humanInput) } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function askedBy({ question, humanInput, form }: FlowisePredictionDto): string {
  // Flowise's own page asks the name of the button that is pressed.
  if (humanInput && !question?.trim())
    return humanInput.feedback?.trim() ? humanInput.feedback : LABELS[humanInput.type];
  return question ?? formAsText(form ?? {});
}

/** As Flowise itself asks a form. */
function formAsText(form: Record<string, unknown> = {}): string {
  return Object.entries(form)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}

function toHistoryEntry(entry: Record<string, unknown>): BroughtEntry[] {
  const role = entry.role ?? entry.type;
  const content = entry.content ?? entry.message;
  if (typeof role !== 'string' || typeof content !== 'string') return [];
  return [{ role: role === 'apiMessage' || role === 'assistant' ? 'assistant' : 'user', content }];
}
