import type { Server, Socket } from 'node:net';
import { endianness } from 'node:os';
import type { StructuredLog } from '../../logging/structured-log.port.js';
import { RepeatingTask } from '../../repeating-task.js';
import { readTcpTables } from './read-tcp-tables.js';
import { SilenceWatch } from './silence-watch.js';
import { connectionKey, unansweredReader, type UnansweredConnection } from './tcp-table.js';

/** Two or three looks within a peer's patience. One costs about 10 µs per connection of the machine, in pieces of a few milliseconds. */
const LOOK_EVERY_MS = 10_000;
/** With thousands of connections the looks are farther apart, so that they take a hundredth of the time at most. */
const AND_PER_CONNECTION_MS = 2;

/** Where the kernel's table comes from; see `readTcpTables`. */
export type TcpTables = () => AsyncIterable<string>;

/** Linux tells how its connections fare; the table is read as little-endian machines write it. */
const TOLD_BY_THE_SYSTEM = process.platform === 'linux' && endianness() === 'LE';

/**
 * Notices clients that vanished without a word: cable pulled, battery empty, network left. Nothing arrives from such a client, not even
 * a refusal, so heartbeats pile up in the kernel until TCP gives up after a quarter of an hour; Node cannot set a shorter time
 * (`TCP_USER_TIMEOUT`). Here the connection is closed within one to one and a half minutes (two when there are ten thousand), and whoever watches it sees it close
 * like any other.
 *
 * It looks only while there are connections, and only on Linux; elsewhere TCP's own time holds.
 */
export class HalfOpenPeers {
  private readonly sockets = new Set<Socket>();
  private readonly silence = new SilenceWatch();
  /** Runs while there are connections. */
  private readonly looks = new RepeatingTask(
    () => LOOK_EVERY_MS + this.sockets.size * AND_PER_CONNECTION_MS,
    () => this.look(),
    { first: 'after-interval', jitter: 0 },
  );
  private server: Server | undefined;

  /** @param tables undefined: the system tells nothing */
  constructor(
    private readonly log: StructuredLog,
    private readonly tables: TcpTables | undefined = TOLD_BY_THE_SYSTEM ? readTcpTables : undefined,
  ) {}

  /** Watches over all connections of one server from now on, until it closes. To be called once, before it listens. */
  watch(server: Server): void {
    if (this.tables === undefined) return;
    this.server = server;
    server.on('connection', this.add);
    server.once('close', () => server.off('connection', this.add));
  }

  /** One look at all connections; drops those whose peers are gone. Never rejects. */
  async look(): Promise<void> {
    const address = this.server?.address();
    if (this.tables === undefined || typeof address !== 'object' || address === null) return;
    const unansweredIn = unansweredReader(address.port);
    const unanswered: UnansweredConnection[] = [];
    try {
      for await (const lines of this.tables()) unanswered.push(...unansweredIn(lines));
    } catch (error) {
      this.log.debug({ err: error }, 'the table of TCP connections cannot be read');
      return;
    }
    const gone = this.silence.look(unanswered, performance.now());
    if (gone.length > 0) this.drop(new Map(gone.map((connection) => [connection.key, connection])));
  }

  private readonly add = (socket: Socket): void => {
    this.sockets.add(socket);
    socket.once('close', () => this.remove(socket));
    this.looks.start();
  };

  private remove(socket: Socket): void {
    this.sockets.delete(socket);
    if (this.sockets.size === 0) void this.looks.stop();
  }

  private drop(gone: ReadonlyMap<string, UnansweredConnection>): void {
    for (const socket of [...this.sockets]) {
      const connection = gone.get(connectionKey(socket));
      if (connection === undefined) continue;
      const { remoteAddress, remotePort } = socket;
      const { attempts, repeats } = connection;
      this.log.debug({ remoteAddress, remotePort, attempts, repeats }, 'client vanished, connection dropped');
      // With a reset the kernel lets go of what nobody will take.
      socket.resetAndDestroy();
    }
  }
}
