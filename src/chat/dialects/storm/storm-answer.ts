import type { FinishedTurn } from '../finished-turn.js';
import { toStormContexts } from './storm-contexts.js';
import type { StormAnswerDto, StormContextsDto } from './storm.dto.js';
import type { StormTurn } from './storm.encoder.js';

interface AnsweredTurn extends StormTurn {
  readonly question: string;
  readonly startedAt: Date;
}

/** A completed turn as Storm answers without streaming. */
export function encodeStormAnswer(turn: AnsweredTurn, finished: FinishedTurn, now: Date): StormAnswerDto {
  const { messageId, sessionId, question, startedAt } = turn;
  return {
    status: 'success',
    data: {
      chat: {
        id: messageId,
        threadId: sessionId,
        question,
        answer: finished.text,
        createdAt: startedAt.toISOString(),
        updatedAt: now.toISOString(),
        status: 'completed',
      },
      contexts: toStormContexts(finished.sources),
    },
  };
}

/** Only what the answer rests on. */
export function encodeStormContexts({ sources }: FinishedTurn): StormContextsDto {
  return { status: 'success', data: { contexts: toStormContexts(sources) } };
}
