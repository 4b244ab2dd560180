import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import { Readiness, ReadinessCheck } from '../../platform/health/readiness.service.js';

/** Up when the database answers a ping. The caller bounds the time. */
@Injectable()
export class DatabaseReadiness extends ReadinessCheck implements OnModuleInit {
  readonly checkName = 'database';

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly readiness: Readiness,
  ) {
    super();
  }

  onModuleInit(): void {
    this.readiness.register(this);
  }

  async check(): Promise<void> {
    // Commands wait in a buffer while mongoose reconnects: a readiness probe must not.
    if (this.connection.readyState !== mongoose.STATES.connected)
      throw new Error('The database is not connected.');
    await this.connection.db?.command({ ping: 1 });
  }
}
