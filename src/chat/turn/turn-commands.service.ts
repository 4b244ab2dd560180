import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BusFailure, InstanceBus } from '../../cluster/instance-bus.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { isObject } from '../../platform/json/json-object.js';
import type { HumanInput, StopReceipt } from '../../upstream/chat-provider.port.js';
import type { TurnRecord } from '../records/turn.js';
import { LiveTurns } from './run/live-turns.js';

const TOPICS = { stop: 'turn.stop', input: 'turn.input' } as const;

/** An upstream has a second to acknowledge, and the settlement takes milliseconds. */
const STOP_ANSWERED_WITHIN_MS = 2500;
const INPUT_ANSWERED_WITHIN_MS = 1000;

type TurnOf = Pick<TurnRecord, 'id' | 'userId' | 'lease'>;

/** What the owner of a turn says to an answer for its agent. */
type InputReply =
  | { readonly taken: true }
  /** It does not run there, or does not wait; in the second case with the reason. */
  | { readonly taken: false; readonly reason?: string };

/** Tells a running turn to stop, or what it waits for: here, or over the bus on the instance that runs it. */
@Injectable()
export class TurnCommands implements OnModuleInit {
  constructor(
    private readonly bus: InstanceBus,
    private readonly turns: LiveTurns,
  ) {}

  onModuleInit(): void {
    this.bus.answer(TOPICS.stop, async (asked) => (await this.stopHere(keyIn(asked))) ?? null);
    this.bus.answer(TOPICS.input, (asked) => this.answerHere(asked));
  }

  /**
   * Stops it and waits until it is settled.
   * @returns undefined when it does not run here
   */
  async stopHere({ id, userId }: Pick<TurnOf, 'id' | 'userId'>): Promise<StopReceipt | undefined> {
    const live = this.turns.find(id);
    if (live?.record.userId !== userId) return undefined;
    live.abort('stopped');
    await live.settled.wait();
    return live.stopUpstream();
  }

  /**
   * The same by its owner.
   * @returns undefined when the owner does not run it or was not heard: it may be stopped all the same
   */
  async stopThere({ id, userId, lease }: TurnOf): Promise<StopReceipt | undefined> {
    if (lease === undefined) return undefined;
    try {
      const receipt = await this.bus.request(
        lease.owner,
        TOPICS.stop,
        { id, userId },
        STOP_ANSWERED_WITHIN_MS,
      );
      return isObject(receipt) ? { acknowledged: receipt.acknowledged === true } : undefined;
    } catch (error) {
      if (error instanceof BusFailure) return undefined;
      throw error;
    }
  }

  /**
   * @returns false when it does not run here
   * @throws AppError `conflict` when it does not wait for an answer
   */
  async provideInputHere({ id, userId }: Pick<TurnOf, 'id' | 'userId'>, input: HumanInput): Promise<boolean> {
    const live = this.turns.find(id);
    if (live?.record.userId !== userId) return false;
    if (live.call?.provideInput === undefined) throw errors.conflict('This turn is not waiting for input.');
    await live.call.provideInput(input);
    return true;
  }

  /** The same by its owner. @throws AppError `conflict` likewise, `overloaded` when the owner was not heard: it may have taken the answer */
  async provideInputThere({ id, userId, lease }: TurnOf, input: HumanInput): Promise<boolean> {
    if (lease === undefined) return false;
    const asked = { id, userId, input };
    let reply: InputReply;
    try {
      reply = (await this.bus.request(
        lease.owner,
        TOPICS.input,
        asked,
        INPUT_ANSWERED_WITHIN_MS,
      )) as InputReply;
    } catch (error) {
      if (error instanceof BusFailure) throw errors.instanceUnreachable();
      throw error;
    }
    if (!reply.taken && reply.reason !== undefined) throw errors.conflict(reply.reason);
    return reply.taken;
  }

  private async answerHere(asked: unknown): Promise<InputReply> {
    const input = isObject(asked) && isObject(asked.input) ? (asked.input as HumanInput) : {};
    try {
      return (await this.provideInputHere(keyIn(asked), input)) ? { taken: true } : { taken: false };
    } catch (error) {
      if (error instanceof AppError) return { taken: false, reason: error.publicMessage };
      throw error;
    }
  }
}

function keyIn(asked: unknown): Pick<TurnOf, 'id' | 'userId'> {
  const { id, userId } = isObject(asked) ? asked : {};
  return { id: String(id), userId: String(userId) };
}
