import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { MODELS } from '../models.js';
import { boundWaits } from './bounded-collection.js';
import { DatabaseSilence } from './database-silence.js';

/** Bounds the waits for all collections of the product, once there are all models and before anything is served. */
@Injectable()
export class BoundWaits implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly silence: DatabaseSilence,
  ) {}

  onModuleInit(): void {
    for (const { name } of MODELS) boundWaits(this.connection.model(name), this.silence);
  }
}
