import { createHash } from 'node:crypto';
import type { ChargeRules } from '../../../chatflows/chatflow.js';
import { AppError } from '../../../platform/errors/app.error.js';
import { errors } from '../../../platform/errors/errors.js';
import { isStorageFailure } from '../../../platform/errors/storage-failure.js';
import type { OpenQuestion } from '../../../upstream/chat-provider.port.js';
import type { TurnMemories } from '../../records/turn-memories.js';
import type { FinishReason, TurnOutcome, Usage } from '../../../contract/chat-event.js';
import type { StoredAnswer } from '../../records/stored-answer.js';
import { storedBytesOf } from '../../records/stored-bytes.js';
import { TurnAbort, type AbortReason } from './turn-abort.js';
import type { PublicError, Settlement, TurnMeasures } from '../../records/turn.js';

/** How the upstream call ended: normally, or with what it threw. */
export type PumpEnd = { readonly kind: 'done' } | { readonly kind: 'threw'; readonly error: unknown };

export interface TurnFacts {
  readonly end: PumpEnd;
  readonly question: string;
  /** What the question's files take; absent: it has none. */
  readonly attachedBytes?: number;
  readonly answer: StoredAnswer;
  readonly chargeOnStop: boolean;
  readonly chargeOn?: ChargeRules | undefined;
  /** As the upstream has told it. */
  readonly finishReason?: FinishReason | undefined;
  readonly measures: TurnMeasures;
  readonly usage?: Omit<Usage, 'type'>;
  readonly position: number;
  readonly endedAt: Date;
  /** Which upstream memories the turn has made use of. */
  readonly memories: Pick<TurnMemories, 'areUsed' | 'areSeveral' | 'answering'>;
  /** Whether the turn goes on elsewhere than behind the last one: other memories of the session are of another branch then. */
  readonly forks: boolean;
  /** The question to a human that its upstream has ended with. */
  readonly asked?: OpenQuestion;
  /** The question that it should have answered, when its upstream has certainly not heard the answer. */
  readonly unanswered?: OpenQuestion;
  /** Whether the turn before was asked another chatflow, whose upstream will not hear of this one. */
  readonly changesChatflow: boolean;
}

type Decision = Pick<Settlement, 'outcome' | 'finishReason' | 'charge' | 'error' | 'stores'>;

const ABORT_OUTCOMES: Record<AbortReason, TurnOutcome> = {
  stopped: 'stopped',
  'client-gone': 'stopped',
  'access-revoked': 'stopped',
  shutdown: 'interrupted',
  'lease-lost': 'interrupted',
  timeout: 'failed',
  'too-long': 'failed',
};

/**
 * Decides what becomes of a turn whose upstream call has ended: the table in docs/turn-outcomes.md, as code.
 * Pure: no clock, no store.
 */
export function decideSettlement(facts: TurnFacts): Settlement {
  const decision = decide(facts);
  return {
    measures: facts.measures,
    position: facts.position,
    endedAt: facts.endedAt,
    storedBytes: storedBytesOf(facts.question, facts.answer) + (facts.attachedBytes ?? 0),
    ...(facts.answer.events.length > 0 ? { answer: facts.answer } : {}),
    ...(facts.usage === undefined ? {} : { usage: facts.usage }),
    ...decision,
    ...(decision.stores ? { answerHash: hashOf(facts.answer.text) } : {}),
    ...spentBy(decision, facts),
    ...openedBy(decision, facts),
  };
}

function openedBy({ outcome }: Decision, { asked, unanswered }: TurnFacts): Pick<Settlement, 'asks'> {
  const open = outcome === 'completed' ? asked : unanswered;
  return open === undefined ? {} : { asks: open };
}

/**
 * A turn that did not complete may be remembered by its upstreams otherwise than it is shown, or although it is not. One that was asked before
 * the upstream that answered has heard the question and not the answer, all have heard what the turn takes the place of, and those of other
 * chatflows have not heard of the turn at all.
 */
function spentBy(
  { outcome, stores }: Decision,
  { memories, forks, changesChatflow, unanswered }: TurnFacts,
): Pick<Settlement, 'spends'> {
  // What waits in a memory can still be answered there.
  if (unanswered !== undefined && outcome !== 'completed') return {};
  if (outcome !== 'completed')
    return memories.areUsed || ((forks || changesChatflow) && stores) ? { spends: {} } : {};
  if (!forks && !changesChatflow && !(memories.areUsed && memories.areSeveral)) return {};
  // That of a fallback will not hear of the turns that its chatflow answers itself.
  const answering = memories.areSeveral ? undefined : memories.answering;
  return { spends: answering === undefined ? {} : { except: answering } };
}

/** What becomes of a turn whose owner died: what was saved is kept and shown as partial, nothing is charged. */
export function decideInterrupted(
  facts: Omit<TurnFacts, 'end' | 'memories' | 'changesChatflow'>,
): Settlement {
  const memories = { areUsed: true, areSeveral: true, answering: undefined };
  const end: PumpEnd = { kind: 'threw', error: new TurnAbort('shutdown') };
  return decideSettlement({ ...facts, memories, changesChatflow: false, end });
}

function decide({ end, answer, chargeOnStop, chargeOn, finishReason = 'stop' }: TurnFacts): Decision {
  const hasContent = answer.text !== '' || answer.events.some(asksClient);
  if (end.kind === 'done') {
    return hasContent
      ? { outcome: 'completed', finishReason, charge: chargeFor(finishReason, chargeOn), stores: true }
      : failed(errors.upstreamFailed('The upstream answered nothing.'));
  }
  if (!(end.error instanceof TurnAbort)) return failed(end.error);
  const outcome = ABORT_OUTCOMES[end.error.reason];
  if (outcome === 'failed') return failed(abortError(end.error.reason));
  const charge = outcome === 'stopped' && hasContent && chargeOnStop ? 'capture' : 'release';
  const finished = outcome === 'stopped' ? 'other' : 'error';
  return {
    outcome,
    finishReason: finished,
    charge,
    stores: hasContent,
    error: publicError(abortError(end.error.reason)),
  };
}

/** An answer that is not whole is paid like any other unless the chatflow says otherwise. */
function chargeFor(reason: FinishReason, rules: ChargeRules = {}): Settlement['charge'] {
  const isFree = (reason === 'length' || reason === 'content-filter') && rules[reason] === false;
  return isFree ? 'release' : 'capture';
}

/** An agent's question, or a tool that the client has to run: without a word of text, that is what there is to say. */
function asksClient(event: StoredAnswer['events'][number]): boolean {
  return (
    event.type === 'input-request' || (event.type === 'tool-call' && event.clientArguments !== undefined)
  );
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function failed(error: unknown): Decision {
  return {
    outcome: 'failed',
    finishReason: 'error',
    charge: 'release',
    stores: false,
    error: publicError(error),
  };
}

function abortError(reason: AbortReason): AppError {
  switch (reason) {
    case 'stopped':
    case 'client-gone':
      return errors.turnStopped();
    case 'access-revoked':
      return errors.accessRevoked();
    case 'shutdown':
    case 'lease-lost':
      return errors.turnInterrupted();
    case 'timeout':
      return errors.upstreamTimeout('The answer took longer than a turn may take.');
    case 'too-long':
      return errors.upstreamFailed('The answer is longer than a turn may be.');
  }
}

function publicError(error: unknown): PublicError {
  const known = error instanceof AppError ? error : unexpected(error);
  const { code, publicMessage: message, retryAfterSeconds } = known;
  const isTold = code === 'upstream_unavailable' && retryAfterSeconds !== undefined;
  return { code, message, ...(isTold ? { retryAfterSeconds } : {}) };
}

/** A turn may have to look into the database before it asks its upstream. */
function unexpected(error: unknown): AppError {
  return isStorageFailure(error) ? errors.storageUnavailable(error) : errors.internal(error);
}
