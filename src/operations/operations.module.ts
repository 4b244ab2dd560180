import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { InstancesController } from './instances.controller.js';

/** What operators look at, beside health and metrics. Needs, from global modules: the stores. */
@Module({ controllers: [InstancesController, AuditController] })
export class OperationsModule {}
