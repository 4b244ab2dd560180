import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';
import { UpstreamMetrics } from '../../../platform/metrics/upstream-metrics.service.js';
import { Tracing } from '../../../platform/tracing/tracing.port.js';
import { deliver } from '../../../upstream/deliver.js';
import { failedCall } from '../../../upstream/failed-call.js';
import {
  UpstreamCaller,
  type UpstreamCall,
  type UpstreamRoute,
} from '../../../upstream/upstream-caller.port.js';
import type { Chunking } from '../../../contract/chunking.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.service.js';
import type { TurnOutcome } from '../../../contract/chat-event.js';
import type { LiveTurn } from './live-turn.js';
import { LiveTurns } from './live-turns.js';
import { bytesOf } from '../../records/attachment.js';
import { decideSettlement, type PumpEnd } from '../settle/outcome.policy.js';
import { AbandonedTurns } from '../settle/abandoned-turns.service.js';
import { LeaseLost, SettlementService } from '../settle/settlement.service.js';
import { terminalEvents } from '../log/terminal-events.js';
import { FIRST_PLACE, isFork } from '../../records/session-place.js';
import { TurnAbort } from '../settle/turn-abort.js';
import { StoredStreams } from '../log/stored-streams.service.js';
import type { Settlement, TurnRecord } from '../../records/turn.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';

/** Pauses between attempts to settle while the database or the ledger does not answer. */
const SETTLE_RETRY_MS = [100, 200, 500, 1000, 2000, 4000, 8000] as const;

/** Who may answer a turn, and how the answer is shown. */
export interface TurnPlan {
  readonly routes: AsyncIterable<UpstreamRoute>;
  readonly chunking: Chunking | undefined;
}

/** Runs a turn from the upstream call to its end: pump, then settlement, and only then the client's end event. */
@Injectable()
export class TurnRunner {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly upstream: UpstreamCaller,
    private readonly settlement: SettlementService,
    private readonly turns: LiveTurns,
    private readonly metrics: TurnMetrics,
    private readonly upstreamMetrics: UpstreamMetrics,
    private readonly faults: FaultPoints,
    private readonly abandoned: AbandonedTurns,
    private readonly stored: StoredStreams,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {}

  /** Resolves when the turn has ended, with what has become of it as far as that is known here; never rejects. Nobody needs to wait for it. */
  run(turn: LiveTurn, plan: TurnPlan): Promise<TurnOutcome> {
    // An asynchronous function keeps its parameters until it ends; the plan holds what the upstream is asked with.
    return this.runCall(turn, this.callOf(turn, plan));
  }

  private callOf(turn: LiveTurn, { routes, chunking }: TurnPlan): UpstreamCall {
    try {
      return this.upstream.call(routes, turn.signal, chunking);
    } catch (error) {
      return failedCall(error);
    }
  }

  private async runCall(turn: LiveTurn, call: UpstreamCall): Promise<TurnOutcome> {
    let outcome: TurnOutcome = 'interrupted';
    this.metrics.turnStarted();
    turn.call = call;
    try {
      const end = await this.pump(turn, call);
      this.faults.reach('pumped');
      // A flow that was given up would work on: it does not notice a client that leaves.
      if (end.kind === 'threw') void turn.stopUpstream();
      if (wasTakenAway(end)) {
        this.endWithoutSettling(turn);
        return outcome;
      }
      outcome = await this.settleAndEnd(turn, end);
      this.turns.retire(turn);
    } catch (error) {
      this.log.error({ turnId: turn.record.id, err: error }, 'A turn was left to recovery');
      // Also one that is another's by now: what was saved of it last may lie behind its end.
      this.abandoned.add(turn.record);
      this.giveUp(turn);
    } finally {
      this.metrics.turnEnded(outcome, turn.record.provider);
      turn.release();
    }
    return outcome;
  }

  private async pump(turn: LiveTurn, call: UpstreamCall): Promise<PumpEnd> {
    const timeout = setTimeout(() => turn.abort('timeout'), this.config.turns.timeoutMs);
    try {
      await deliver(call, (batch) => turn.take(batch));
      return turn.signal.aborted ? { kind: 'threw', error: turn.signal.reason } : { kind: 'done' };
    } catch (error) {
      return { kind: 'threw', error: turn.signal.aborted ? turn.signal.reason : error };
    } finally {
      clearTimeout(timeout);
      turn.conclude();
    }
  }

  private async settleAndEnd(turn: LiveTurn, end: PumpEnd): Promise<TurnOutcome> {
    const decision = decideSettlement({
      end,
      question: turn.record.question,
      attachedBytes: bytesOf(turn.record.attachments),
      answer: turn.answer,
      chargeOnStop: turn.record.chargeOnStop,
      chargeOn: turn.record.chargeOn,
      finishReason: turn.finishReason,
      measures: turn.measures,
      usage: turn.usage,
      position: turn.stream.log.end,
      endedAt: new Date(this.clock.now()),
      memories: turn.memories,
      forks: isFork(turn.record.sessionPlace ?? FIRST_PLACE),
      asked: turn.question,
      unanswered: turn.unanswered,
      changesChatflow: changesChatflow(turn.record),
    });
    this.report(turn, end, decision);
    await turn.whenSaved();
    const startedAt = this.clock.now();
    const charged = await this.tracing.span('settlement', {}, async (span) => {
      const credits = await this.settleWithRetries(turn, decision);
      span.note({ 'tollgate.outcome': decision.outcome, 'tollgate.credits': credits });
      return credits;
    });
    this.metrics.settled((this.clock.now() - startedAt) / 1000);
    for (const event of terminalEvents(turn.record, decision, charged)) turn.stream.append(event);
    turn.stream.end(decision.answer === undefined ? undefined : this.stored.readBackOf(turn.record));
    this.faults.reach('ended');
    return decision.outcome;
  }

  private async settleWithRetries(turn: LiveTurn, decision: Settlement): Promise<number> {
    for (const pauseMs of SETTLE_RETRY_MS) {
      try {
        return await this.settlement.settle(turn.record, decision, turn.accessToken);
      } catch (error) {
        if (error instanceof LeaseLost) throw error;
        this.log.warn({ turnId: turn.record.id, err: error }, 'A settlement step failed and is repeated');
        await delay(pauseMs);
      }
    }
    return this.settlement.settle(turn.record, decision, turn.accessToken);
  }

  /**
   * The lease has lapsed or is another instance's: the turn is settled by whoever recovers it, as interrupted. Its readers are told now, or
   * they would go on to read for free what is not stored.
   */
  private endWithoutSettling(turn: LiveTurn): void {
    const { code, publicMessage: message } = errors.turnInterrupted();
    this.log.error({ turnId: turn.record.id }, 'A turn has lost its lease and was ended');
    const interrupted = {
      outcome: 'interrupted',
      finishReason: 'error',
      error: { code, message },
      stores: false,
    } as const;
    for (const event of terminalEvents(turn.record, interrupted, 0)) turn.stream.append(event);
    void turn.whenSaved().then(() => this.abandoned.add(turn.record));
    this.giveUp(turn);
  }

  /**
   * The end could not be written, or another instance writes it. How the turn ends and whether it is charged is not known here, so the
   * stream stops without an end, as a lost connection does: whoever comes back learns what recovery has made of it.
   */
  private giveUp(turn: LiveTurn): void {
    this.turns.forget(turn);
    turn.stream.end();
  }

  private report(turn: LiveTurn, end: PumpEnd, { outcome, error, measures }: Settlement): void {
    const { provider, id, userId, chatflowId } = turn.record;
    const { firstTokenMs, textEvents } = measures;
    if (firstTokenMs !== undefined) this.metrics.firstToken(provider, firstTokenMs / 1000);
    this.metrics.tokensSent(provider, textEvents);
    this.upstreamMetrics.streamed(provider, measures);
    if (turn.call !== undefined) this.metrics.providerReported(provider, turn.call.report);
    if (outcome === 'failed' && error !== undefined) this.metrics.upstreamFailed(provider, error.code);
    const { current } = this.tracing;
    current.note({
      'tollgate.outcome': outcome,
      'tollgate.first_token_ms': firstTokenMs,
      'tollgate.text_events': textEvents,
      'tollgate.retries': measures.retries,
      'tollgate.fell_back': measures.fellBack,
    });
    if (outcome === 'failed') current.fail(end.kind === 'threw' ? end.error : { name: error?.code });
    const level = outcome === 'failed' ? 'warn' : 'info';
    const cause = outcome === 'failed' && end.kind === 'threw' ? { err: end.error } : {};
    this.log[level](
      { turnId: id, userId, chatflowId, provider, outcome, code: error?.code, ...measures, ...cause },
      'A turn has ended',
    );
  }
}

function wasTakenAway(end: PumpEnd): boolean {
  return end.kind === 'threw' && end.error instanceof TurnAbort && end.error.reason === 'lease-lost';
}

function changesChatflow({ chatflowId, sessionPlace }: TurnRecord): boolean {
  const session = sessionPlace?.session;
  return session !== undefined && (session.lastChatflowId ?? session.chatflowId) !== chatflowId;
}
