import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import { Clock } from '../../platform/clock.port.js';
import { isStorageFailure } from '../../platform/errors/storage-failure.js';
import { Readiness, ReadinessCheck } from '../../platform/health/readiness.service.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { InstanceRegistry } from '../instances/instance-registry.service.js';

/** However often readiness is asked for, the database is written to once in this time. */
export const WRITE_PROOF_INTERVAL_MS = 2000;
/** One that has no end by then is not waited for any longer: the driver has no time limit for an operation, and what became of one says nothing of the next. */
export const WRITE_PROOF_PATIENCE_MS = 10_000;
/** Each that has no end keeps a connection of the pool. */
const MAX_PROOFS = 3;

interface Proof {
  readonly result: Promise<void>;
  readonly begunAt: number;
  endedAt?: number;
}

/**
 * Up when a turn could be admitted and settled: when the database has taken a write, that of this instance's own record. Reads go on over a full
 * disk, and a ping without a primary. The caller bounds the time.
 */
@Injectable()
export class DatabaseReadiness extends ReadinessCheck implements OnModuleInit {
  readonly checkName = 'database';
  private proof: Proof | undefined;
  /** Proofs without an end. */
  private underWay = 0;
  /** Why the last proof failed, in words that anybody may read. */
  private reason: string | undefined;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly instance: InstanceRegistry,
    private readonly readiness: Readiness,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {
    super();
  }

  onModuleInit(): void {
    this.readiness.register(this);
    this.readiness.describe('database', () => this.readReason());
  }

  async check(): Promise<void> {
    // Commands wait in a buffer while mongoose reconnects: a readiness probe must not.
    if (this.connection.readyState !== mongoose.STATES.connected) {
      // What was proved over the lost connection says nothing about the next.
      if (this.proof?.endedAt !== undefined) this.proof = undefined;
      const error = new Error('The database is not connected.');
      this.note(error);
      throw error;
    }
    if (this.proof === undefined || (this.isOld(this.proof) && this.underWay < MAX_PROOFS))
      this.proof = this.prove();
    await this.proof.result;
  }

  private readReason(): Readonly<Record<string, string>> {
    return this.reason === undefined ? {} : { reason: this.reason };
  }

  private isOld({ begunAt, endedAt }: Proof): boolean {
    const now = this.clock.now();
    return endedAt === undefined
      ? now - begunAt >= WRITE_PROOF_PATIENCE_MS
      : now - endedAt >= WRITE_PROOF_INTERVAL_MS;
  }

  private prove(): Proof {
    const begunAt = this.clock.now();
    this.underWay += 1;
    const result = this.instance.proveWrite();
    const proof: Proof = { result, begunAt };
    const end = (error?: unknown): void => {
      this.underWay -= 1;
      proof.endedAt = this.clock.now();
      // What one says that was not waited for any longer is of long ago.
      if (this.proof === proof) this.note(error);
    };
    result.then(() => {
      end();
    }, end);
    return proof;
  }

  /** Tells a change once, not with every probe. */
  private note(error: unknown): void {
    const reason = error === undefined ? undefined : reasonOf(error);
    if (reason === this.reason) return;
    this.reason = reason;
    if (reason === undefined) this.log.warn({}, 'the database takes writes again');
    else this.log.error({ err: error, reason }, 'not ready: the database takes no writes');
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (code === 14031) return 'there is no room for a write';
  if (code === 39) return 'a write to the disk failed';
  return isStorageFailure(error) || code === undefined ? 'it cannot be reached' : 'it refused a write';
}
