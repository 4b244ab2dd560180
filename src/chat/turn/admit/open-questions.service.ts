import { Injectable } from '@nestjs/common';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { errors } from '../../../platform/errors/errors.js';
import type { OpenQuestion } from '../../../upstream/chat-provider.port.js';
import { HistoryStore } from '../../records/history.store.port.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { TurnStore } from '../../records/turn.store.port.js';

/** A question that waits for an answer, and the turn that has ended with it. */
export interface PendingQuestion {
  readonly turnId: string;
  readonly asks: OpenQuestion;
}

/** Questions of agents with which turns have ended: their runs go on when they are answered, in a turn of its own. */
@Injectable()
export class OpenQuestions {
  constructor(
    private readonly history: HistoryStore,
    private readonly turns: TurnStore,
  ) {}

  /**
   * The question that a request answers.
   * @returns undefined for a request that answers none
   * @throws AppError `conflict` when none waits in its session, or another one than it names
   */
  async of(request: TurnRequest, chatflow: Chatflow): Promise<PendingQuestion | undefined> {
    const { humanInput, principal, sessionId } = request;
    if (humanInput === undefined) return undefined;
    const question = sessionId && (await this.lastOf(principal.userId, sessionId, chatflow.id));
    if (!question) throw nothingAsked();
    const { nodeId = question.asks.nodeId } = humanInput;
    if (nodeId !== question.asks.nodeId) throw nothingAsked();
    return question;
  }

  private async lastOf(
    userId: string,
    sessionId: string,
    chatflowId: string,
  ): Promise<PendingQuestion | undefined> {
    const turnId = (await this.history.findSession(userId, sessionId))?.lastTurnId;
    const turn = turnId === undefined ? undefined : await this.turns.find(userId, turnId);
    const asks = turn?.settlement?.asks;
    if (turn === undefined || asks === undefined || turn.chatflowId !== chatflowId) return undefined;
    return { turnId: turn.id, asks };
  }
}

export function nothingAsked() {
  return errors.conflict('No question waits for this answer in the session.');
}
