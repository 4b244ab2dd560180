import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';

const CONNECT_TIMEOUT_MS = 10_000;
/** Below Node's own five seconds, so that we do not write into a connection the upstream is about to close. */
const KEEP_ALIVE_TIMEOUT_MS = 4000;

/** The connections to all upstreams, kept alive between turns. */
@Injectable()
export class UpstreamAgent implements OnApplicationShutdown {
  readonly dispatcher: Dispatcher = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // A stream keeps its connection to itself.
    pipelining: 1,
  });

  /** Closes every connection; the turns have ended before. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher.destroy();
  }
}
