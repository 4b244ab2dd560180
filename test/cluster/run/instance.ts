import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerProcess, serverMain } from '../../support/server-process.js';
import { lastingPort } from '../../support/ports.js';
import type { LanHost, Peer } from './lan.js';

const READY_POLL_MS = 50;
/** Also on a busy machine an instance is ready by then. */
const READY_PATIENCE_MS = 180_000;

/** One of the instances: always on the same address, one process after the other. */
export class Instance {
  /** Starts that came to nothing, because the database was not reached in time. */
  startsGivenUp = 0;
  /** Settings that its next starts have instead. */
  overrides: Readonly<Record<string, string>> = {};
  private server: ServerProcess | undefined;
  private isWanted = false;

  private constructor(
    readonly number: number,
    private readonly host: LanHost,
    private readonly port: number,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly logFile: string,
  ) {}

  /** @param logFile gets what all of its processes write */
  static async on(
    number: number,
    host: LanHost,
    settings: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<Instance> {
    return new Instance(number, host, host.port === 0 ? await lastingPort() : host.port, settings, logFile);
  }

  /** Host and port. */
  get authority(): string {
    return `${this.host.address}:${this.port}`;
  }

  get url(): string {
    return `http://${this.authority}`;
  }

  /** The last of what its process wrote. */
  get tail(): string {
    return this.server?.tail ?? '';
  }

  get isRunning(): boolean {
    return this.server !== undefined && !this.server.hasExited;
  }

  start(): void {
    this.isWanted = true;
    const env = { HOST: this.host.address, PORT: String(this.port), ...this.settings, ...this.overrides };
    this.server = new ServerProcess(env, [serverMain], this.host.within, (text) =>
      appendFileSync(this.logFile, text),
    );
  }

  /**
   * Resolves when it takes requests and its database is there, or when it was ended meanwhile. One that gives its start up is started again, as
   * whatever supervises it does. @throws Error when it does not get ready
   */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_PATIENCE_MS;
    while (this.isWanted && !(await this.isReady())) {
      if (performance.now() > deadline)
        throw new Error(`instance ${this.number} does not get ready: ${this.tail}`);
      if (this.isWanted && this.server?.hasExited !== false) {
        this.startsGivenUp++;
        this.start();
      }
      await delay(READY_POLL_MS);
    }
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2000) });
      await response.text();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  async kill(): Promise<void> {
    this.isWanted = false;
    await this.server?.kill();
  }

  /** Ends it in order. @returns its exit code, or the signal that ended it */
  async end(): Promise<number | NodeJS.Signals> {
    this.isWanted = false;
    this.server?.signal('SIGTERM');
    return (await this.server?.exited) ?? 0;
  }

  cutOffFrom(peer: Peer): void {
    this.host.cutOffFrom(peer);
  }

  rejoin(peer: Peer): void {
    this.host.rejoin(peer);
  }
}
