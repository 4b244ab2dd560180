import { connect } from 'node:net';

/** What the server's process measured of itself; milliseconds and bytes. */
export interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly rss: number;
}

/** Asks the probe inside the server. */
export class ProbeClient {
  constructor(private readonly path: string) {}

  async reset(): Promise<void> {
    await this.ask('reset');
  }

  async read(): Promise<Measured> {
    return (await this.ask('read')) as Measured;
  }

  /** Resolves when a timer of the server has fired. */
  async timer(): Promise<void> {
    await this.ask('timer');
  }

  private ask(word: 'reset' | 'read' | 'timer'): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.path, () => socket.write(`${word}\n`));
      socket.once('data', (data) => {
        socket.end();
        resolve(JSON.parse(data.toString()));
      });
      socket.once('error', reject);
    });
  }
}
