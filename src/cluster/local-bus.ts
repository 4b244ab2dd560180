import { BusFailure, InstanceBus } from './instance-bus.port.js';

const noop = (): void => undefined;

/** The bus where there is no other instance, or none that could be told anything. */
export class LocalBus extends InstanceBus {
  readonly state = 'alone';

  publish(): void {
    // Nobody hears it.
  }

  send(): void {
    // Nobody hears it.
  }

  request(): Promise<unknown> {
    return Promise.reject(new BusFailure('There is no bus.'));
  }

  listen(): () => void {
    return noop;
  }

  answer(): () => void {
    return noop;
  }

  onRestored(): () => void {
    return noop;
  }
}
