import type { Drain, LifecycleState } from '../platform/lifecycle/drain.service.js';
import type { BusState, InstanceBus } from './instance-bus.port.js';

/** What an instance says of itself; another moment later. */
export interface InstanceState {
  readonly state: LifecycleState;
  readonly bus: BusState;
  readonly openTurns: number;
  readonly openStreams: number;
}

/** How this instance is now. Those who have turns and streams tell it of them. */
export class InstanceStatus {
  private openStreams = 0;
  private openTurns: () => number = () => 0;

  constructor(
    private readonly drain: Drain,
    private readonly bus: InstanceBus,
  ) {}

  /** @param count how many turns run here, whenever it is called */
  countTurnsBy(count: () => number): void {
    this.openTurns = count;
  }

  /** @param difference of the number of open streams */
  countStreams(difference: number): void {
    this.openStreams += difference;
  }

  now(): InstanceState {
    const { openStreams } = this;
    return { state: this.drain.state, bus: this.bus.state, openTurns: this.openTurns(), openStreams };
  }
}
